import { quoted } from "./error.ts";

/** A table as it was read. */
export interface ReadTable {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns]. */
  readonly data: Float64Array;
  /** The first names of the header; none where there is no header. */
  readonly names: readonly string[];
  /** The line of the header, or of the first row. */
  readonly firstLine: number;
  /** Whether a separator ends a line. */
  readonly closed: boolean;
}

/** What pandas and R call a column that counts the rows, or no name at all; in small letters. */
const INDEX_NAMES = ["", "index", "id", "row", "rowname", "rownames", "row.names", "row_names", "unnamed: 0"];

/** Rows that have to count up until their column is taken for an index. */
const FEWEST_COUNTED = 3;

/** What the user has to know about how a table was read, in sentences. */
export function notesOn(table: ReadTable): string[] {
  const { names, columns, firstLine, closed } = table;
  const notes: string[] = [];
  if (names.length > 0) {
    const more = columns > names.length ? ", …" : "";
    notes.push(`skipped line ${firstLine}, a header: ${names.map(quoted).join(", ")}${more}`);
  }
  if (closed)
    notes.push(`passed over the separator at the end of lines: ${columns === 1 ? "1 column" : `${columns} columns`}`);
  const index = indexOf(table);
  if (index !== undefined) {
    notes.push(
      `column 1 ${index}, as an index of pandas or R does, but is read like the others; ` +
        "if it is one, save the file with index=False or row.names=FALSE",
    );
  }
  if (countsColumns(table)) {
    notes.push(
      `line ${firstLine} counts the columns from 0, as a header of pandas does, but is read as a row; ` +
        "if it is one, save the file with header=False",
    );
  }
  return notes;
}

/** What makes the first column look like an index; undefined where nothing does. */
function indexOf({ rows, columns, data, names }: ReadTable): string | undefined {
  const [name = ""] = names;
  if (columns < 2 || !INDEX_NAMES.includes(name.toLowerCase())) return undefined;
  const [start = 0] = data;
  if (rows >= FEWEST_COUNTED && (start === 0 || start === 1)) {
    let counted = 1;
    while (counted < rows && data[counted * columns] === start + counted) counted++;
    if (counted === rows) return `counts the rows from ${start}`;
  }
  return name === "" && names.length > 0 ? "has no name" : undefined;
}

/** Whether the first row is 0, 1, 2, … while fractions follow. */
function countsColumns({ rows, columns, data, names }: ReadTable): boolean {
  if (names.length > 0 || columns < 2 || rows < 2) return false;
  for (let c = 0; c < columns; c++) if (data[c] !== c) return false;
  return data.subarray(columns).some((value) => !Number.isInteger(value));
}
