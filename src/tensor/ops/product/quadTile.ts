/** Greatest number of rows of a quad: drivers take many times as long to compile twice as many. */
const MOST_ROWS = 16;

/**
 * The tile of a quad of family `quads` for m rows and n columns: `rows`, and the columns of each of
 * its four lanes. A step of a kernel then has at most 128 products, since longer ones are slower on
 * a CPU; few rows or columns are not padded to a whole tile.
 */
export function quadTile(m: number, n: number): { readonly rows: number; readonly COLUMNS: number } {
  const rows = 4 * Math.ceil(m / 4 / Math.ceil(m / MOST_ROWS));
  return { rows, COLUMNS: Math.ceil(n / 4 / Math.ceil(n / 32)) };
}
