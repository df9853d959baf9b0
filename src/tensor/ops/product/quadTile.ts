/** Greatest number of rows of a quad: drivers take several times as long to compile twice as many. */
const MOST_ROWS = 16;

/**
 * The tile of a quad of family `quads` for m rows and n columns: at most `most` rows, and the
 * columns of each of its four lanes, at most 8. Few rows or columns are not padded to a whole tile.
 */
export function quadTile(
  m: number,
  n: number,
  most: number = MOST_ROWS,
): { readonly rows: number; readonly COLUMNS: number } {
  const rows = 4 * Math.ceil(m / 4 / Math.ceil(m / most));
  return { rows, COLUMNS: Math.ceil(n / 4 / Math.ceil(n / 32)) };
}
