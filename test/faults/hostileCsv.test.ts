// CSV: tables that claim more cells than they have, cells that take a pattern long to refuse; then
// fuzzed text.
import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { type CsvTable, readCsv } from "../../src/formats/csv.ts";
import { refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { damaged, fuzz, oneLine, within } from "./fuzz.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

function refused(text: string, message: RegExp): void {
  const bytes = utf8(text);
  const before = process.memoryUsage().arrayBuffers;
  refuses(() => readCsv(bytes, "a.csv"), "DataError", message);
  within(before, 9 * bytes.length);
  try {
    readCsv(bytes, "a.csv");
  } catch (error) {
    oneLine(error, "a.csv");
  }
}

/** Cell by cell, without the reader's patterns. */
function means({ rows, columns, data }: CsvTable, bytes: Uint8Array): void {
  is(data.length, rows * columns);
  const lines = new TextDecoder()
    .decode(bytes)
    .trimEnd()
    .split(/\r\n|\n|\r/)
    .slice(-rows);
  const cells = lines.flatMap((line) => line.split(",").map((cell) => cell.replaceAll('"', "").trim().toLowerCase()));
  const number = (cell: string) =>
    cell.includes("inf") ? (cell[0] === "-" ? -1 : 1) / 0 : cell.includes("nan") ? NaN : Number(cell);
  equal([...data].map(String), cells.map(number).map(String));
}

describe("hostile csv", {
  "many lines and one wide line: rows × columns that the file never held": () => {
    refused(`${"1,".repeat(30_000)}1\n${"1\n".repeat(30_000)}`, /expected 30001 cells in line 2, as in line 1, got 1/);
    refused(
      `${"1,".repeat(300_000)}1\n${"\n".repeat(300_000)}1`,
      /expected 300001 cells in line 2, as in line 1, got 1/,
    );
    refused(
      `${"a,".repeat(300_000)}a\n${"\n".repeat(300_000)}1`,
      /expected 300001 cells in line 2, as in line 1, got 1/,
    );
  },
  "a cell of a million digits and one letter, and one of a million digits": () => {
    equal(readCsv(utf8(`${"1".repeat(2 ** 21)}x\n1`), "a.csv").rows, 1, "a header");
    refused(`1\n${"1".repeat(2 ** 21)}x`, /expected a number in line 2, column 1, got "1+…1+x"$/);
    refused(`1\n${"1.".repeat(2 ** 20)}`, /expected a number in line 2, column 1, got /);
    refused(`1\n${'"'.repeat(2 ** 20)}`, /expected a number in line 2, column 1, got /);
    refused(`1\n${" ".repeat(2 ** 20)}x`, /got "x"$/);
    equal(readCsv(utf8(`1\n0.${"0".repeat(2 ** 20)}1`), "a.csv").data, Float64Array.of(1, 0));
  },
  "cells that only look like numbers": () => {
    for (const cell of [
      "0x10",
      "1_000",
      "1e",
      "e1",
      ".",
      "+",
      "--1",
      "1 2",
      "١",
      "1\u0000",
      "Infinit",
      "nanan",
      "1;2",
      "__proto__",
    ]) {
      refused(`1\n${cell}`, /expected a number in line 2, column 1, got "/);
    }
    equal(
      [...readCsv(utf8("1e999\n-1e999\n1e-999\n9007199254740993"), "a.csv").data],
      [Infinity, -Infinity, 0, 2 ** 53],
    );
  },
  "bytes that are no text, and text in one line whatever it holds": () => {
    refuses(() => readCsv(Uint8Array.of(0x31, 0x0a, 0xff), "a.csv"), "DataError", /expected text in UTF-8/);
    refuses(() => readCsv(Uint8Array.of(0xff, 0xfe, 0x31, 0), "a.csv"), "DataError", /expected text in UTF-8/);
    refused("1\n\u2028\u202e\u0085x", /got "(\\u[0-9a-f]{4})*x"/);
    refused("1\n\u001b[2J", /got "\\u001b\[2J"/);
    refused("", /expected rows of numbers, got nothing/);
    refused("\n\r\n  ", /expected rows of numbers, got nothing/);
  },
  "200 fuzzed tables are read as what they mean or refused": async () => {
    const cell = fc.oneof(
      fc.double({ noNaN: true }).map(String),
      fc.constantFrom("1", "-2.5", "1e999", "nan", "-inf", '"7"', " 8 ", "", "x", "__proto__", "0x1", "1,", "\u0000"),
    );
    const right = fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.array(fc.integer(), { minLength: 3, maxLength: 12 }))
      .map(([columns, values]) =>
        utf8(
          values
            .slice(0, values.length - (values.length % columns))
            .map((value, i) => `${value}${(i + 1) % columns === 0 ? "\n" : ","}`)
            .join(""),
        ),
      );
    const loose = fc
      .array(fc.array(cell, { minLength: 1, maxLength: 3 }), { maxLength: 5 })
      .map((lines) => utf8(lines.map((line) => line.join(",")).join("\n")));
    const words = ["\n", ",", ",,,,,,", '"', "1e", "nan", "\r"];
    await fuzz({ read: readCsv, means, files: fc.oneof(right, loose, damaged(right, words)), seed: 106, times: 9 });
  },
});
