import { powerOfTwo } from "../math/float64.ts";
import { DataError } from "./error.ts";
import { decodeStrictUtf8 } from "./utf8.ts";

/** Numbers in rows, as a .csv file holds them. */
export interface CsvTable {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns]. */
  readonly data: Float64Array<ArrayBuffer>;
}

/**
 * A number. The expression matches a text in one way only: with two ways, backtracking over a cell
 * of n digits and a letter would take n² steps.
 */
const NUMBER = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|nan|inf(?:inity)?)$/i;

/** The greatest length of a string in V8; a text in UTF-8 has no more characters than bytes. */
const maxBytes = powerOfTwo(29) - 24;

/**
 * Reads comma-separated numbers, one row per line; nan and inf count as numbers. A first line
 * without any number is a header and is skipped. Blanks and double quotes around cells, a byte
 * order mark and blank lines at the end are ignored.
 *
 * @param name what the errors call the file.
 * @throws DataError naming line and column (both from 1) for a cell that is empty or no number, and
 *   the line for a row of another length.
 */
export function readCsv(bytes: Uint8Array, name: string): CsvTable {
  if (bytes.length > maxBytes) {
    throw new DataError(
      `csv: ${name}: expected at most ${maxBytes} bytes of text, got ${bytes.length}; save it as .npy`,
    );
  }
  let text: string;
  try {
    text = decodeStrictUtf8(bytes);
  } catch (error) {
    throw new DataError(`csv: ${name}: expected text in UTF-8, got other bytes`, { cause: error });
  }
  const lines = text.trimEnd().split(/\r\n|\n|\r/);
  const cellsOf = (line: string): string[] =>
    line.split(",").map((cell) =>
      cell
        .trim()
        .replace(/^"([^"]*)"$/, "$1")
        .trim(),
    );
  const header = !cellsOf(lines[0] ?? "").some((cell) => NUMBER.test(cell));
  const rows = lines.length - (header ? 1 : 0);
  if (rows === 0)
    throw new DataError(
      `csv: ${name}: expected rows of numbers, got ${text.trim() === "" ? "nothing" : "a header alone"}`,
    );
  const columns = cellsOf(lines[0] as string).length;
  // A cell takes at least one byte with its separator. Where rows × columns exceeds the number of
  // bytes, some line is too short, and the loop below reports it.
  const data = new Float64Array(Math.min(rows * columns, bytes.length));
  for (let r = 0; r < rows; r++) {
    const line = r + (header ? 2 : 1);
    const cells = cellsOf(lines[line - 1] as string);
    if (cells.length !== columns) {
      throw new DataError(`csv: ${name}: expected ${columns} cells in line ${line}, as in line 1, got ${cells.length}`);
    }
    for (const [c, cell] of cells.entries()) {
      if (!NUMBER.test(cell)) {
        const got = cell === "" ? "an empty cell" : JSON.stringify(cell);
        throw new DataError(`csv: ${name}: expected a number in line ${line}, column ${c + 1}, got ${got}`);
      }
      data[r * columns + c] = Number(cell.replace(/inf(?:inity)?/i, "Infinity").replace(/nan/i, "NaN"));
    }
  }
  return { rows, columns, data };
}
