// CSV: tables that claim more cells than they have, cells that take a pattern long to refuse; then
// fuzzed text.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { equal, is, ok } from "uvu/assert";
import { csvReader, readCsv } from "../../src/formats/csv.ts";
import type { CsvTable } from "../../src/formats/csvTable.ts";
import { inFolder, refuses } from "../datasets/fixture.ts";
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

/** The lines of a text as cells, by another way than the reader's: one character at a time. */
function cellsBy(text: string, separator: string): string[][] {
  const lines: string[][] = [[""]];
  let quotes = 0;
  const add = (character: string) => {
    const line = lines.at(-1) as string[];
    line[line.length - 1] += character;
  };
  for (const character of text.replace(/\r\n?/g, "\n")) {
    const line = lines.at(-1) as string[];
    const comment = line.length === 1 && line[0]?.trimStart().startsWith("#");
    if (character === '"' && (quotes % 2 === 1 || line.at(-1)?.trim() === "" || quotes > 0)) quotes++;
    if (quotes % 2 === 0 && character === "\n") lines.push([""]);
    else if (quotes % 2 === 0 && !comment && (separator === " " ? /[ \t]/.test(character) : character === separator)) {
      line.push("");
    } else add(character);
    if (quotes % 2 === 0 && (character === separator || character === "\n")) quotes = 0;
  }
  return lines
    .filter(([first = "", ...more]) => !first.trimStart().startsWith("#") && (more.length > 0 || first.trim() !== ""))
    .map((line) =>
      line.map((cell) =>
        cell
          .trim()
          .replace(/^"(.*)"$/s, "$1")
          .trim(),
      ),
    )
    .map((line) => (separator === " " ? line.filter((cell) => cell !== "") : line));
}

/** Some separator makes the same numbers, after a header if the notes tell of one. */
function means({ rows, columns, data, notes }: CsvTable, bytes: Uint8Array): void {
  is(data.length, rows * columns);
  const number = (cell: string) => {
    const small = cell.toLowerCase();
    return small.includes("inf") ? (small[0] === "-" ? -1 : 1) / 0 : small.includes("nan") ? NaN : Number(cell);
  };
  const header = notes.some((note) => note.includes(", a header: ")) ? 1 : 0;
  const found = [",", ";", "\t", " "].some((separator) => {
    const lines = cellsBy(new TextDecoder().decode(bytes), separator).slice(header);
    const values = lines.flatMap((line) => line.slice(0, columns).map(number));
    const closed = lines.every((line) => line.length <= columns + 1 && (line[columns] ?? "") === "");
    return closed && lines.length === rows && [...data].every((value, i) => Object.is(value, values[i]));
  });
  ok(found, `${JSON.stringify(new TextDecoder().decode(bytes))} was read as ${rows} x ${columns}: ${data.join(" ")}`);
}

describe("hostile csv", {
  "many lines and one wide line: rows × columns that the file never held": () => {
    refused(`${"1,".repeat(30_000)}1\n${"1\n".repeat(30_000)}`, /expected 30001 cells in line 2, as in line 1, got 1/);
    refused(
      `${"1,".repeat(300_000)}1\n${"\n".repeat(300_000)}1`,
      /expected 300001 cells in line 300002, as in line 1, got 1/,
    );
    refused(
      `${"a,".repeat(300_000)}a\n${"\n".repeat(300_000)}1`,
      /expected 300001 cells in line 300002, as in line 1, got 1/,
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
  "50 MB of commas, and some of any other piece, are refused in little memory and one short line": () => {
    const pieces = [";", "\t", ",a", "a,", '"', '"",', "1,\n,", "#", "NA,", "1,x\n", "\u0000", "\n\n", "# \n", " "];
    for (const [text, pushes] of [[",", 48] as const, ...pieces.map((text) => [text, 2] as const)]) {
      const piece = utf8(text.repeat(2 ** 20 / text.length));
      const before = process.memoryUsage().arrayBuffers;
      const reader = csvReader("a.csv");
      try {
        for (let i = 0; i < pushes; i++) reader.push(piece);
        reader.end();
        throw new Error(`${JSON.stringify(text)} was read`);
      } catch (error) {
        oneLine(error, "a.csv");
        ok((error as Error).message.length < 300, (error as Error).message);
      }
      within(before, 2 ** 20);
    }
  },
  "memory at its peak is at most 4 times that of the numbers": () =>
    inFolder((folder) => {
      const path = join(folder, "a.csv");
      writeFileSync(path, "1,2\n3,4\n5,6\n".repeat(2 ** 21));
      const source = new URL("../../src/run/pointCloud.js", import.meta.url);
      const script =
        `const { readPointCloud } = await import("${source}");` +
        `const { rows } = readPointCloud(process.argv[1], () => {});` +
        `const status = (await import("node:fs")).readFileSync("/proc/self/status", "utf8");` +
        `console.log(rows.byteLength, rows.at(-1), 1024 * Number(/VmHWM:\\s+(\\d+) kB/.exec(status)[1]));`;
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script, path]);
      const [bytes = 0, last, peak = NaN] = stdout.toString().trim().split(" ").map(Number);
      equal([bytes, last], [8 * 6 * 2 ** 21, 6], stderr.toString());
      ok(peak <= 4 * bytes, `expected at most ${4 * bytes} bytes, got ${peak}`);
    }),
  "a cell of 5 MB is quoted by its ends": () => {
    for (const text of [
      "x".repeat(5e6),
      `"${"x".repeat(4e6)}"`,
      `1\n${"x,".repeat(2.5e6)}`,
      `1\n${"9".repeat(4e6)}x`,
    ]) {
      try {
        readCsv(utf8(text), "a.csv");
        throw new Error("read");
      } catch (error) {
        oneLine(error, "a.csv");
        ok((error as Error).message.length < 200, (error as Error).message);
      }
    }
  },
  "bytes that are no text, and text in one line whatever it holds": () => {
    refuses(() => readCsv(Uint8Array.of(0x31, 0x0a, 0xff), "a.csv"), "DataError", /expected text in UTF-8/);
    refuses(() => readCsv(Uint8Array.of(0xff, 0xfe, 0x31, 0), "a.csv"), "DataError", /expected text in UTF-8/);
    refused("1\n\u2028\u202e\u0085x", /got "(\\u[0-9a-f]{4})*x"/);
    refused("1\n\u001b[2J", /got "\\u001b\[2J"/);
    refused("", /expected rows of numbers, got nothing/);
    refused("\n\r\n  ", /expected rows of numbers, got nothing/);
  },
  "500 fuzzed tables are read as what they mean or refused": async () => {
    const cell = fc.oneof(
      fc.double({ noNaN: true }).map(String),
      fc.constantFrom("NA", "#N/A", "0,5", '"0;5"', '""', '"a""b"', "# x", "1 2"),
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
      .chain((lines) => fc.constantFrom(",", ";", "\t", " ").map((separator) => [lines, separator] as const))
      .map(([lines, separator]) => utf8(lines.map((line) => line.join(separator)).join("\n")));
    const words = ["\n", ",", ",,,,,,", '"', "1e", "nan", "\r"];
    await fuzz({
      read: readCsv,
      means,
      files: fc.oneof(right, loose, damaged(right, words)),
      seed: 106,
      times: 9,
      runs: 1000,
    });
  },
});
