import fc from "fast-check";
import { equal, is, match } from "uvu/assert";
import { csvReader, readCsv } from "../../src/formats/csv.ts";
import { holds, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readCsv(utf8(text), "a.csv");
const refused = (text: string, message: RegExp) => refuses(() => read(text), "DataError", message);

/** Asserts that a text is read as these rows, with one note for each pattern. */
function reads(text: string, rows: readonly (readonly number[])[], ...notes: readonly RegExp[]): void {
  const table = read(text);
  equal([table.rows, table.columns], [rows.length, rows[0]?.length], text);
  equal([...table.data], rows.flat(), text);
  is(table.notes.length, notes.length, table.notes.join("\n"));
  notes.forEach((pattern, i) => {
    match(table.notes[i] as string, pattern);
  });
}

const header = /^csv: a\.csv: skipped line 1, a header: /;
const closed = /^csv: a\.csv: passed over the separator at the end of lines: /;
const index = /column 1 counts the rows from [01], as an index of pandas or R does/;

describe("csv", {
  "rows of numbers are read, with or without a header": () => {
    equal(read("1,2\n3,-4.5e-3\n"), { rows: 2, columns: 2, data: Float64Array.of(1, 2, 3, -4.5e-3), notes: [] });
    reads("x,y\r\n1,2\r\n", [[1, 2]], /skipped line 1, a header: "x", "y"$/);
    reads('\ufeff"x"\n "7" \n+.5\n6.\n\n', [[7], [0.5], [6]], /skipped line 1, a header: "x"$/);
    equal([...read("nan,-inf,Infinity").data].map(String), ["NaN", "-Infinity", "Infinity"]);
    reads("\n# by hand\n\na,b,c,d,e\n1,2,3,4,5", [[1, 2, 3, 4, 5]], /skipped line 4, a header: "a", "b", "c", "d", …$/);
    reads("my points\n1\n2\n", [[1], [2]], /a header: "my points"$/);
    reads("größe,日\n1,2", [[1, 2]], header);
  },
  "a first row that holds data but no number is refused, never taken for a header": () => {
    for (const [cell, what] of [
      ["NA", /a missing value; leave its line out/],
      ["na", /a missing value/],
      ["N/A", /a missing value/],
      ["#N/A", /a missing value/],
      ["null", /a missing value/],
      ["NULL", /a missing value/],
      ["None", /a missing value/],
      ["0x1", /a hexadecimal number; write it in decimals/],
      ["-0XaF", /a hexadecimal number/],
      ["0x1.8p-3", /a hexadecimal number/],
      ["1_000", /underscores within a number/],
      ["1_000.5e3", /underscores within a number/],
      ["1.0D+00", /an exponent of Fortran; write an e for its letter/],
      ["-1d5", /an exponent of Fortran/],
      ["\u22121", /a minus sign that is not the one of ASCII/],
      ["#DIV/0!", /an error of a spreadsheet/],
      ["#VALUE!", /an error of a spreadsheet/],
      ["?", /got "\?"$/],
      ["-", /got "-"$/],
      ["2024-01-31", /got "2024-01-31"$/],
    ] as const) {
      for (const [text, column] of [
        [`${cell},${cell}\n0,0\n`, 1],
        [`${cell},1\n0,0\n`, 1],
        [`1,${cell}\n0,0\n`, 2],
        [`x,${cell}\n0,0\n`, 2],
        [`${cell}\n0\n`, 1],
      ] as const) {
        refused(text, new RegExp(`^csv: a\\.csv: expected a number in line 1, column ${column}, got `));
        refused(text, what);
      }
    }
    refused("x,1\n0,0\n", /line 1, column 1, got "x"$/);
    refused("1,x\n0,0\n", /line 1, column 2, got "x"$/);
    refused(",\n0,0\n", /line 1, column 1, got an empty cell$/);
    refused(",1\n0,0\n", /line 1, column 1, got an empty cell; .*index=False/);
    refused("x,,z\n0,0,0\n", /line 1, column 2, got an empty cell$/);
    refused('""\n0\n', /line 1, column 1, got an empty cell$/);
  },
  "what is no table of numbers is refused with its place": () => {
    refused("", /^csv: a\.csv: expected rows of numbers, got nothing$/);
    refused("# nothing\n\n", /expected rows of numbers, got nothing$/);
    refused("x,y\n", /expected rows of numbers, got a header alone/);
    refused("1,2\n3\n", /expected 2 cells in line 2, as in line 1, got 1; cells are separated by commas$/);
    refused("x,y\n1,2\n3,4,5\n", /expected 2 cells in line 3, as in line 1, got 3/);
    refused("x,y\n1,2,3\n", /expected 2 cells in line 2/);
    refused("x,y\n1,\n", /expected a number in line 2, column 2, got an empty cell/);
    refused("1,2,3\n4,5,\n", /expected a number in line 2, column 3, got an empty cell/);
    refused("1,2\n3,4,,\n", /expected 2 cells in line 2, as in line 1, got 4/);
    refused("1\n\n3\n", /expected a number in line 2, column 1, got an empty cell/);
    refused("x\n\n3\n", /expected a number in line 2, column 1, got an empty cell/);
    refused("1\t2\n\t\n3\t4\n", /expected a number in line 2, column 1, got an empty cell/);
    refused("1,2\n3,0x10\n", /line 2, column 2, got "0x10"/);
    refused("1,2\n3,0x10\n5,6", /line 2, column 2, got "0x10"/);
    refuses(() => readCsv(Uint8Array.of(0x31, 0xff), "a.csv"), "DataError", /expected text in UTF-8/);
    refuses(() => readCsv(Uint8Array.of(0x31, 0x0a, 0xe2, 0x88), "a.csv"), "DataError", /expected text in UTF-8/);
  },
  "cells in quotes may hold separators, line ends and quotes": () => {
    reads('"x, mm","y ""up"""\n"1","2"\n', [[1, 2]], /a header: "x, mm", "y "up""$/);
    reads('"x\nmm",y\n3,4\n', [[3, 4]], /skipped line 1, a header: "x\\u000amm", "y"$/);
    reads('"x\r\nmm",y\r3,4', [[3, 4]], header);
    refused('"x\n\nmm",y\n3,4\n5,z\n', /line 5, column 2, got "z"/);
    refused('1,2\n"3,4\n5,6\n', /expected the quotes of line 2 to be closed, got the end of the file/);
    refused('1,2\n"3"4,5\n', /line 2, column 1, got ""3"4"/);
    refused('1,2\n3,4"\n', /line 2, column 2, got "4""/);
    refused('1,2\n"",4\n', /line 2, column 1, got an empty cell/);
  },
  "the separator is the first of semicolon, tab, comma and blanks that splits all lines alike": () => {
    for (const separator of [";", "\t", ",", " ", "   ", " \t "]) {
      reads(`1${separator}2\n3${separator}4\n`, [
        [1, 2],
        [3, 4],
      ]);
      reads(`x${separator}y\n1${separator}2\n`, [[1, 2]], header);
    }
    reads("  1.5   2\n -3.25  4  \n", [
      [1.5, 2],
      [-3.25, 4],
    ]);
    reads("1 , 2\n3, 4\n", [
      [1, 2],
      [3, 4],
    ]);
    reads("x mm\ty mm\n1\t2\n", [[1, 2]], header);
    reads("my x, my y\n1, 2\n", [[1, 2]], header);
    reads("sep=;\r\n1;2\r\n", [[1, 2]]);
    refused("sep=;\n1,2\n", /line 2, column 1, got "1,2", a decimal comma/);
    refused("1;2\n3\n", /expected 2 cells in line 2, as in line 1, got 1; cells are separated by semicolons/);
    refused("1\t2\n3\n", /cells are separated by tabs/);
    refused("1 2\n3\n", /line 1, column 1, got "1 2", blanks within a number/);
    refused("1,2\n3;4\n", /line 2, column 1, got "3;4"/);
  },
  "decimal commas are named": () => {
    refused("0,5;0,1\n1,5;0,2\n", /line 1, column 1, got "0,5", a decimal comma/);
    refused("x;y\n1;0,25\n", /line 2, column 2, got "0,25", a decimal comma/);
    refused("0,5\t0,1\n", /line 1, column 1, got "0,5", a decimal comma/);
    refused('1,"0,5"\n', /line 1, column 2, got "0,5", a decimal comma/);
    refused('"1.234,5";2\n', /got "1\.234,5", a decimal comma, or one between thousands/);
  },
  "blank lines, comments and separators at the ends of lines are passed over": () => {
    reads("1,2\n\n3,4\n \t\n\n", [
      [1, 2],
      [3, 4],
    ]);
    reads("# a\n1,2\n  # b, c\n3,4\n#", [
      [1, 2],
      [3, 4],
    ]);
    reads("#x y\n1.0e+00 2.0e+00\n", [[1, 2]]);
    reads(
      "1,2,\n3,4,\n",
      [
        [1, 2],
        [3, 4],
      ],
      /passed over the separator at the end of lines: 2 columns$/,
    );
    reads(
      "1,2,\n3,4\n",
      [
        [1, 2],
        [3, 4],
      ],
      closed,
    );
    reads(
      "1,2\n3,4,\n",
      [
        [1, 2],
        [3, 4],
      ],
      closed,
    );
    reads("x;y;\n1;2;\n", [[1, 2]], header, closed);
    reads("1,\n2,\n", [[1], [2]], /1 column$/);
    reads("1\t2\t\n", [[1, 2]], closed);
  },
  "an index and a header that pandas or R wrote are told of": () => {
    reads(
      ",x,y\n0,0.5,1\n1,2,3\n2,4,5\n",
      [
        [0, 0.5, 1],
        [1, 2, 3],
        [2, 4, 5],
      ],
      header,
      index,
    );
    reads(
      '"","V1","V2"\n"1",0,0\n"2",1,0\n"3",0,1\n',
      [
        [1, 0, 0],
        [2, 1, 0],
        [3, 0, 1],
      ],
      header,
      index,
    );
    reads(
      ",x\n7,0.5\n3,2\n",
      [
        [7, 0.5],
        [3, 2],
      ],
      header,
      /column 1 has no name, as an index of pandas or R does/,
    );
    reads(
      "Unnamed: 0,x\n0,5\n1,5\n2,5\n",
      [
        [0, 5],
        [1, 5],
        [2, 5],
      ],
      header,
      index,
    );
    reads(
      "0,.5\n1,.5\n2,.5\n",
      [
        [0, 0.5],
        [1, 0.5],
        [2, 0.5],
      ],
      index,
    );
    reads(
      "t,x\n0,5\n1,5\n2,5\n",
      [
        [0, 5],
        [1, 5],
        [2, 5],
      ],
      header,
    );
    reads(
      "0,1,2\n.5,1,4\n",
      [
        [0, 1, 2],
        [0.5, 1, 4],
      ],
      /line 1 counts the columns from 0, as a header of pandas does/,
    );
    reads("0,1\n1,4\n", [
      [0, 1],
      [1, 4],
    ]);
    refused(
      '"V1" "V2"\n"1" 0 0\n"2" 1 0\n',
      /expected 2 cells in line 2, .*, got 3; if R wrote it, .*row\.names=FALSE/,
    );
    refused("V1,V2\na,1,0\nb,0,1\n", /line 2, column 1, got "a"/);
  },
  "a table in pieces is the table in one piece": () => {
    const texts = ['\ufeff"größe\r\n""x""";y\r\n1;2\r\n\r# ä\r"3";4;\r\n', "1 2\r3  4\n", "x\n1\n2"];
    for (const text of texts) {
      const bytes = utf8(text);
      const whole = readCsv(bytes, "a.csv");
      for (let size = 1; size <= 7; size++) {
        const reader = csvReader("a.csv");
        const piece = new Uint8Array(size);
        for (let at = 0; at < bytes.length; at += size) {
          piece.set(bytes.subarray(at, at + size));
          reader.push(piece.subarray(0, Math.min(size, bytes.length - at)));
        }
        equal(reader.end(), whole);
      }
    }
  },
  "any text is read or refused": () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("1", "-", ".", "e", ",", ";", "\t", "\n", "\r", '"', " ", "#", "nan", "x"), {
          maxLength: 20,
        }),
        (parts) => holds(() => read(parts.join(""))),
      ),
      { seed: 1, numRuns: 1000, includeErrorInReport: true },
    ),
});
