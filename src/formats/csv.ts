import { type CellScanner, cellScanner, type Separator } from "./csvScanner.ts";
import { findSeparator } from "./csvSeparator.ts";
import { type CsvTable, type CsvTableMaker, csvTable } from "./csvTable.ts";
import { DataError } from "./error.ts";
import { strictUtf8Stream } from "./utf8.ts";

/** Takes the bytes of a file in pieces, which may be cut anywhere and are not kept. */
export interface CsvReader {
  push(bytes: Uint8Array): void;
  /** The table of all that was pushed. */
  end(): CsvTable;
}

/** Greatest length of the text by which the separator is found, in characters. */
const SAMPLE = 65_536;

/** Greatest number of bytes that are decoded at once: their text is short-lived garbage. */
const PIECE = 65_536;

/**
 * Reads a table of numbers in one piece; see `csvReader`.
 *
 * @param name what errors and notes call the file.
 * @throws DataError as `csvReader` does.
 */
export function readCsv(bytes: Uint8Array, name: string): CsvTable {
  const reader = csvReader(name);
  reader.push(bytes);
  return reader.end();
}

/**
 * Reads a table of numbers, one row per line, as .csv, .tsv and .txt files hold it. It takes the
 * memory of the numbers, 8 bytes each, and as much again when it ends.
 *
 * - The text is UTF-8, with or without a byte order mark. Lines end with \n, \r\n or \r.
 * - Cells are those of RFC 4180: in double quotes or not, with or without blanks around them.
 * - The separator is found by `findSeparator` in the first 2¹⁶ characters, or named by a first line
 *   `sep=;` as spreadsheets know it. It may also end the lines.
 * - nan and inf, in letters of any size, count as numbers; decimal commas are refused.
 * - Lines that begin with # and blank lines are passed over, but a blank line before a row of a
 *   single column is an empty cell.
 * - The first row is a header, and is skipped, if every cell of it has a letter and none is NA,
 *   NaN, null and the like, hexadecimal, `1_000` or `1.0D+00`. Where pandas or R leave the name of
 *   their index out, the first cell is empty.
 *
 * The notes tell of a header, of separators at the ends of lines, and of a column or a first row
 * that looks like the index or the header of pandas or R.
 *
 * @param name what errors and notes call the file.
 * @throws DataError naming line and column (both from 1) for a cell that is empty or no number, and
 *   the line for a row of another length; also for other bytes than UTF-8, a cell of more than 2²²
 *   characters, and more than 2²⁸ numbers.
 */
export function csvReader(name: string): CsvReader {
  const decode = strictUtf8Stream();
  /** Text of which no cell has been taken. */
  let waiting = "";
  /** A \r at the end of a piece, as a \n may follow. */
  let half = "";

  /** Takes the next piece of the file, or its end. */
  const wait = (piece?: Uint8Array): void => {
    let text = half;
    try {
      text += decode(piece);
    } catch (error) {
      throw new DataError(`csv: ${name}: expected text in UTF-8, got other bytes; save it as UTF-8`, { cause: error });
    }
    half = piece !== undefined && text.endsWith("\r") ? "\r" : "";
    if (half !== "") text = text.slice(0, -1);
    waiting += text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
  };

  const begin = (): { readonly table: CsvTableMaker; readonly scanner: CellScanner } => {
    const named = /^"?sep=([;\t, ])"?\n/i.exec(waiting);
    if (named !== null) waiting = waiting.slice(named[0].length);
    const sample = waiting.length < SAMPLE ? `${waiting}\n` : waiting.slice(0, SAMPLE);
    const separator = (named?.[1] ?? findSeparator(sample)) as Separator;
    const table = csvTable(name, separator);
    return { table, scanner: cellScanner(name, separator, table, named === null ? 1 : 2) };
  };
  let begun: ReturnType<typeof begin> | undefined;
  const scan = (): ReturnType<typeof begin> => {
    begun ??= begin();
    begun.scanner.push(waiting);
    waiting = "";
    return begun;
  };

  return {
    push(bytes) {
      for (let at = 0; at < bytes.length; at += PIECE) {
        wait(bytes.subarray(at, at + PIECE));
        if (begun !== undefined || waiting.length >= SAMPLE) scan();
      }
    },
    end() {
      wait();
      const { scanner, table } = scan();
      scanner.end();
      return table.end();
    },
  };
}
