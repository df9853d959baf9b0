import * as assert from "uvu/assert";
import type { BrowserRow } from "../../bench/browser/row.ts";
import { browserTable } from "../../bench/browser/table.ts";
import { describe } from "../support/suite.ts";

const row: BrowserRow = {
  name: "matmul",
  shape: "2³",
  flops: 16e6,
  adapter: "a driver",
  family: "quads",
  results: {
    ours: {
      samples: [
        { wall: 9, cpu: 16 },
        { wall: 2, cpu: 4 },
        { wall: 4, cpu: 8 },
      ],
    },
    slow: { samples: [{ wall: 80, cpu: 20 }] },
    thrifty: { samples: [{ wall: 100, cpu: 12 }] },
    other: { wrong: "y: element 0 is 1, expected 2" },
  },
};

describe("bench: table of a page", {
  "has medians, and the ratio of the best peer for each kind of time"() {
    const [head = "", , line = ""] = browserTable([row]).split("\n");
    const cells = (text: string): string[] => text.split("|").map((cell) => cell.trim());
    const of = (name: string): string | undefined => cells(line)[cells(head).indexOf(name)];
    assert.is(of("ours ms wall / CPU"), "4.00 / 8.00");
    assert.is(of("GFLOP per CPU s"), "2.00");
    assert.is(of("slow"), "80.0 / 20.0");
    assert.is(of("other"), "–");
    assert.is(of("wall"), "20.0×");
    assert.is(of("CPU"), "1.50×");
  },
});
