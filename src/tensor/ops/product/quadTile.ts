/**
 * The tile of a quad of family `quads` for m rows and n columns: at most `most` rows, and the
 * columns of each of its four lanes, at most 8. Few rows or columns are not padded to a whole tile.
 * Drivers take several times as long to compile 32 rows as 16.
 */
export function quadTile(m: number, n: number, most = 16): { readonly rows: number; readonly COLUMNS: number } {
  const rows = 4 * Math.ceil(m / 4 / Math.ceil(m / most));
  return { rows, COLUMNS: Math.ceil(n / 4 / Math.ceil(n / 32)) };
}
