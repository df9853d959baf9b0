// The whole kind: tables of any numbers, in every form that is read, and the same with one cell
// that is no number.
import fc from "fast-check";
import { equal, is, match, ok } from "uvu/assert";
import { csvReader, readCsv } from "../../src/formats/csv.ts";
import { describe } from "../support/suite.ts";

/** A number and how a file may write it: both are the same number exactly. */
const written = fc
  .tuple(
    fc.oneof(fc.double(), fc.double({ min: -1000, max: 1000 }), fc.integer({ min: -9, max: 9 })),
    fc.constantFrom("shortest", "exponent", "long", "plus", "quoted", "capital"),
  )
  .map(([value, form]) => {
    const minus = Object.is(value, -0) ? "-" : "";
    const shortest = `${minus}${value}`;
    const text = new Map([
      ["exponent", `${minus}${value.toExponential()}`],
      ["long", `${minus}${value.toExponential(20)}`],
      ["plus", value > 0 ? `+${shortest}` : shortest],
      ["quoted", `"${shortest}"`],
      ["capital", shortest.toUpperCase()],
    ]).get(form);
    return { value, text: text ?? shortest };
  });

/** Cells that are no numbers; each may stand anywhere. */
const JUNK = [
  "NA",
  "N/A",
  "null",
  "None",
  "0x1F",
  "1_000",
  "1.0D+00",
  "\u22121",
  "x",
  "1x",
  "-",
  ".",
  "e5",
  "1e",
  "--1",
  "1.2.3",
  "true",
  "1/2",
  "50%",
  "$1",
  "2024-01-31",
  "12:30",
  "1+2i",
  '""',
  '"a""b"',
  "\u0661",
  "\u200b1",
  "#DIV/0!",
  "'1'",
];

const NAMES = ["x", "y mm", '"x, mm"', '"a;b"', '"two\nlines"', '"say ""x"""', "größe", "x1", "\u65e5"];

/** The form of a file, and a table of cells to be written in it. */
const tables = fc.record({
  separator: fc.constantFrom(",", ";", "\t", " ", "   ", " , ", "; "),
  end: fc.constantFrom("\n", "\r\n", "\r"),
  columns: fc.integer({ min: 1, max: 5 }),
  cells: fc.array(written, { minLength: 1, maxLength: 40 }),
  header: fc.boolean(),
  names: fc.array(fc.constantFrom(...NAMES), { minLength: 5, maxLength: 5 }),
  closed: fc.boolean(),
  lastEnd: fc.boolean(),
  mark: fc.boolean(),
  between: fc.array(fc.constantFrom("", "", "", '# a, "comment; 1 2', " ", "#"), { minLength: 1, maxLength: 5 }),
  sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
});
type Form = typeof tables extends fc.Arbitrary<infer T> ? T : never;

interface Written {
  readonly text: string;
  readonly rows: readonly (readonly string[])[];
  /** The line of each row, from 1. */
  readonly lines: readonly number[];
}

/** The text of a file; its rows are cells as texts. */
function write(form: Form, rows: readonly (readonly string[])[]): Written {
  const { separator, end, columns, header, names, closed, lastEnd, mark, between } = form;
  const blank = separator.trim() === "" && separator !== "\t";
  const ending = closed && !blank ? separator.trimEnd() || separator : "";
  const out: string[] = [];
  const lines: number[] = [];
  let line = 1;
  const put = (text: string): void => {
    out.push(text);
    line += text.split("\n").length;
  };
  // In a single column a blank line is an empty cell, and a name must not look like two cells.
  const gap = (i: number): void => {
    const text = between[i % between.length] as string;
    if (text.trim() !== "" || (columns > 1 && i % 2 === 0)) put(text);
  };
  gap(1);
  if (header)
    put(
      names
        .slice(0, columns)
        .map((name) => (blank ? name.replace(/^(\w) (\w+)$/, '"$1 $2"') : name))
        .join(separator) + ending,
    );
  rows.forEach((row, i) => {
    gap(i);
    lines.push(line);
    put(row.join(separator) + ending);
  });
  const text = out.map((part) => part.replaceAll("\n", end)).join(end);
  return { text: `${mark ? "\ufeff" : ""}${text}${lastEnd ? end : ""}`, rows, lines };
}

function rowsOf({ columns, cells }: Form): { readonly texts: string[][]; readonly values: number[][] } {
  const count = Math.max(1, Math.floor(cells.length / columns));
  const rows = Array.from({ length: count }, (_, r) =>
    Array.from({ length: columns }, (_, c) => cells[(r * columns + c) % cells.length] as (typeof cells)[number]),
  );
  return {
    texts: rows.map((row) => row.map(({ text }) => text)),
    values: rows.map((row) => row.map(({ value }) => value)),
  };
}

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("csv tables", {
  // Seed 11, 1500 tables, exact.
  "every table in every form is read to its exact numbers, in one piece and in many": () =>
    fc.assert(
      fc.property(tables, (form) => {
        const { texts, values } = rowsOf(form);
        const bytes = utf8(write(form, texts).text);
        const table = readCsv(bytes, "a.csv");
        equal([table.rows, table.columns], [values.length, form.columns]);
        values.flat().forEach((value, i) => {
          ok(Object.is(table.data[i], value), `number ${i}: expected ${value}, got ${table.data[i]}`);
        });
        is(
          table.notes.some((note) => note.includes(", a header: ")),
          form.header,
        );
        const reader = csvReader("a.csv");
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = form.sizes[i % form.sizes.length] as number;
          reader.push(bytes.slice(at, at + size));
          at += size;
        }
        const again = reader.end();
        is(Buffer.compare(Buffer.from(again.data.buffer), Buffer.from(table.data.buffer)), 0);
        equal({ ...again, data: 0 }, { ...table, data: 0 });
      }),
      { seed: 11, numRuns: 1500, includeErrorInReport: true },
    ),
  // Seed 12, 1500 tables.
  "a cell that is no number is refused with its line and column, wherever it stands": () =>
    fc.assert(
      fc.property(tables, fc.nat(1000), fc.constantFrom(...JUNK, ""), (form, place, junk) => {
        const { texts } = rowsOf(form);
        const [r, c] = [Math.floor(place / form.columns) % texts.length, place % form.columns];
        const blank = form.separator.trim() === "" && form.separator !== "\t";
        // An empty cell is one only where the separators around it show it.
        const bad = junk === "" && (blank || c === form.columns - 1) ? '"?"' : junk;
        (texts[r] as string[])[c] = bad;
        const { text, lines } = write({ ...form, closed: false }, texts);
        let message = "";
        try {
          const { rows, notes } = readCsv(utf8(text), "a.csv");
          // A first row of one column that is a name is a header, which is said.
          const named = r === 0 && form.columns === 1 && !form.header && rows === texts.length - 1;
          ok(named && notes[0]?.includes(`skipped line ${lines[0]}, a header`), `${JSON.stringify(text)} was read`);
          return;
        } catch (error) {
          is((error as Error).name, "DataError", (error as Error).stack);
          message = (error as Error).message;
        }
        if (r === 0 && form.columns === 1 && texts.length === 1) return;
        match(message, new RegExp(`^csv: a\\.csv: expected a number in line ${lines[r]}, column ${c + 1}, got `));
      }),
      { seed: 12, numRuns: 1500, includeErrorInReport: true },
    ),
});
