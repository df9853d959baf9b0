import { cellNumber, isEmpty, isName, showCell } from "./csvCell.ts";
import { notesOn } from "./csvNotes.ts";
import type { CellSink, Separator } from "./csvScanner.ts";
import { SEPARATOR_NAMES } from "./csvSeparator.ts";
import { DataError } from "./error.ts";
import { growingFloat64 } from "./growingFloat64.ts";

/** Numbers in rows, as a .csv, .tsv or .txt file holds them. */
export interface CsvTable {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns]. */
  readonly data: Float64Array<ArrayBuffer>;
  /** What the user has to know about how the file was read: a line each, which names the file. */
  readonly notes: readonly string[];
}

/** Takes the cells of a file and makes a table of them. */
export interface CsvTableMaker extends CellSink {
  end(): CsvTable;
}

/** Names of a header that are kept for the note about it. */
const MOST_NAMES = 4;

/** Greatest number of numbers: 2 GiB of them. */
const MOST_NUMBERS = 268_435_456;

/**
 * Makes a table of the cells of a file. The first row is a header, and is skipped, if all of its
 * cells are names by `isName`; its first cell may be empty, as above an index of pandas or R. An
 * empty cell at the end of a line, after as many cells as the table has columns, is none.
 *
 * @param name what errors and notes call the file.
 * @throws DataError naming line and column (both from 1) for a cell that is empty or no number, and
 *   the line for a row of another length; also for more than 2²⁸ numbers.
 */
export function csvTable(name: string, separator: Separator): CsvTableMaker {
  const numbers = growingFloat64();
  const names: string[] = [];
  /** The line of the header, or of the first row. */
  let firstLine = 0;
  /** 0 until the first line has ended. */
  let columns = 0;
  let rows = 0;
  /** How many cells the present line has had. */
  let cells = 0;
  /** The first cell of the first line that is no number, and its column, from 1; 0 for none. */
  let [odd, oddColumn] = ["", 0];
  let closed = false;
  /** The first blank line since the last row; 0 for none. */
  let blank = 0;

  const fail = (what: string): never => {
    throw new DataError(`csv: ${name}: ${what}`);
  };
  const failAt = (line: number, column: number, got: string): never =>
    fail(`expected a number in line ${line}, column ${column}, got ${got}`);

  /** A cell of the first line: either all of them are numbers, or all are names. */
  const takeFirst = (cell: string, value: number | undefined, last: boolean, line: number): void => {
    if (cells === 1) firstLine = line;
    if (value !== undefined) numbers.push(value);
    else if (cell === "" && last && cells > 1) {
      closed = true;
      cells--;
    } else {
      const empty = isEmpty(cell);
      if (!isName(cell) && !(empty && cells === 1)) failAt(line, cells, showCell(cell));
      if (oddColumn === 0) [odd, oddColumn] = [cell, cells];
      if (names.length < MOST_NAMES) names.push(empty ? "" : cell);
    }
    if (oddColumn > 0 && (numbers.length > 0 || (last && cells === 1 && isEmpty(odd)))) {
      const index = isEmpty(odd) && cells > 1 ? "; save an index of pandas or R by index=False or row.names=FALSE" : "";
      failAt(line, oddColumn, `${showCell(odd)}${index}`);
    }
    if (!last) return;
    [columns, rows, cells] = [cells, names.length > 0 ? 0 : 1, 0];
  };

  const endRow = (cell: string, line: number): void => {
    if (cells === columns + 1 && cell === "") closed = true;
    else if (cells !== columns) {
      const advice =
        rows === 0 && cells === columns + 1
          ? "if R wrote it, save it with row.names=FALSE"
          : `cells are separated by ${SEPARATOR_NAMES[separator]}`;
      const expected = columns === 1 ? "1 cell" : `${columns} cells`;
      fail(`expected ${expected} in line ${line}, as in line ${firstLine}, got ${cells}; ${advice}`);
    }
    rows++;
    cells = 0;
  };

  return {
    cell(cell, plain, last, line) {
      cells++;
      if (numbers.length === MOST_NUMBERS)
        fail(`expected at most ${MOST_NUMBERS} numbers, got more; take a part of them`);
      if (blank > 0 && columns === 1) failAt(blank, 1, "an empty cell");
      blank = 0;
      // The number of a plain cell takes one step; whatever else a cell holds is told apart by
      // patterns.
      const quick = plain ? Number(cell) : Number.NaN;
      const value = Number.isNaN(quick) ? cellNumber(cell) : quick;
      if (columns === 0) {
        takeFirst(cell, value, last, line);
        return;
      }
      if (cells <= columns) numbers.push(value ?? failAt(line, cells, showCell(cell)));
      if (last) endRow(cell, line);
    },
    blankLine(line) {
      if (blank === 0) blank = line;
    },
    end() {
      if (rows === 0) fail(`expected rows of numbers, got ${columns === 0 ? "nothing" : "a header alone"}`);
      const data = numbers.toArray();
      const notes = notesOn({ rows, columns, data, names, firstLine, closed });
      return { rows, columns, data, notes: notes.map((note) => `csv: ${name}: ${note}`) };
    },
  };
}
