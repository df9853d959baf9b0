// Small inputs on which exact solvers have failed: closed rings, whose last point is the first but
// for rounding, decimals that are not quite equal, and masses too small for float64.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { readNpy } from "../../src/formats/npy.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-exact-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, rows: readonly (readonly number[])[]): void =>
  writeFileSync(join(folder, name), `${rows.map((row) => row.join(",")).join("\n")}\n`);

const ring = (count: number): number[][] =>
  Array.from({ length: count }, (_, i) => {
    const t = (2 * Math.PI * i) / (count - 1);
    return [Math.cos(t), Math.sin(t)];
  });
const SQUARE = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
  [0.5, 0.5],
];
write("ring5.csv", ring(5));
write("ring9.csv", ring(9));
write("tenths.csv", [
  [0.3, 0],
  [0.1 + 0.2, 0],
  [1, 0],
  [0, 1],
]);
write("square.csv", SQUARE);
for (const last of [1e-12, 1e-40, 1e-308]) write(`masses${last}.csv`, [[1], [1], [1], [1], [last]]);

let runs = 0;
/** Solves exactly and returns what was written and said. */
async function exact(points: string, ...flags: string[]) {
  const out = `run${runs++}`;
  const { code, err, out: said } = await command(folder, "transport", [points, "--exact", "--out", out, ...flags]);
  assert.is(code, 0, err);
  const text = readFileSync(join(folder, out, "summary.json"), "utf8");
  assert.not.match(text, "NaN");
  const array = (name: string) => [...readNpy(readFileSync(join(folder, out, `${name}.npy`)), name).data].map(Number);
  const masses = array("masses");
  assert.ok(masses.every((mass) => mass >= 0) && array("centres").every(Number.isFinite));
  const picture = readFileSync(join(folder, out, "cells.svg"), "utf8");
  const dots = picture.split("<circle").length - 1;
  return { err, said, masses, dots, heights: array("heights"), summary: JSON.parse(text) };
}

function assertMasses(masses: readonly number[], expected: readonly number[]): void {
  expected.forEach((mass, i) => {
    assert.ok(Math.abs((masses[i] as number) - mass) <= 1e-9, `mass ${i} is ${masses[i]}, expected ${mass}`);
  });
}

describe("exact cases", {
  async "a closed ring: equal shares, its two ends two shares together"() {
    for (const [name, count] of [
      ["ring5.csv", 5],
      ["ring9.csv", 9],
    ] as const) {
      const { err, said, masses, dots, heights, summary } = await exact(name);
      const last = count - 1;
      assert.is(dots, 2 * last, "a dot with an outline for each target with a cell, none over another");
      assertMasses(
        [...masses.slice(1, last), (masses[0] as number) + (masses[last] as number)],
        [...new Array(count - 2).fill(1 / count), 2 / count],
      );
      assert.match(err, new RegExp(`^1 point is too close .*\\(row ${last} with 0\\)$`, "m"));
      assert.is(heights[last], Number.NEGATIVE_INFINITY);
      assert.equal(
        [summary.stop, summary.reached, summary.gathered, summary.targetsWithMass],
        ["reached", true, 1, last],
      );
      const [low, high] = summary.w2;
      assert.ok(low < high && high - low < 1e-12);
      if (count === 5) {
        assert.match(said, "W2 0.909409;");
        assert.ok(low <= 0.9094093305 && high >= 0.9094093304, `${summary.w2}`);
      }
    }
  },

  async ".3 and .1 + .2: half the mass together, a quarter each for the others"() {
    for (const [source, w2] of [
      ["gaussian", "1.20587"],
      ["cube", "0.623814"],
    ] as const) {
      const { said, masses } = await exact("tenths.csv", "--source", source);
      assertMasses(
        [(masses[0] as number) + (masses[1] as number), masses[2] as number, masses[3] as number],
        [0.5, 0.25, 0.25],
      );
      assert.match(said, `W2 ${w2};`);
    }
  },

  async "a mass of 1e-12, 1e-40 or 1e-308 beside four of 1"() {
    for (const last of [1e-12, 1e-40, 1e-308]) {
      const { err, said, masses, summary } = await exact("square.csv", "--masses", `masses${last}.csv`);
      assertMasses(masses, [0.25, 0.25, 0.25, 0.25, 0]);
      assert.match(said, "W2 1.18500;");
      if (last > 1e-13) {
        assert.ok(Math.abs((masses[4] as number) / 2.5e-13 - 1) < 1e-3, `${masses[4]}`);
        assert.is(summary.negligible, 0);
      } else {
        assert.match(err, /^1 mass is too small for float64 and is treated as 0 \(row 4\)$/m);
        assert.equal([masses[4], summary.negligible, summary.targetsWithMass, summary.emptyCells], [0, 1, 4, 0]);
      }
    }
  },

  async "weights exp(−20 r²) on 30 points"() {
    const random = hostRandom(5, 0);
    const rows = Array.from({ length: 30 }, () => [random.normal(), random.normal()]);
    const weights = rows.map(([x = 0, y = 0]) => Math.exp(-20 * (x * x + y * y)));
    write("points.csv", rows);
    write(
      "weights.csv",
      weights.map((w) => [w]),
    );
    const { err, masses, summary } = await exact("points.csv", "--masses", "weights.csv");
    const total = weights.reduce((a, b) => a + b, 0);
    assertMasses(
      masses,
      weights.map((w) => w / total),
    );
    assert.match(err, /masses are too small for float64 and are treated as 0 \(rows \d+(?:, \d+){5}, and \d+ more\)$/m);
    assert.ok(summary.negligible > 6 && summary.w2[1] - summary.w2[0] < 1e-9, `${summary.w2}`);
  },

  async "--help lists every stop of the exact solver"() {
    const { out } = await command(folder, "transport", ["--help"]);
    const told = /stop, reached {2}(.*?)\n {2}chi2/s.exec(out)?.[1] ?? "";
    for (const stop of ["reached", "rounding", "stalled", "budget", "single"]) assert.match(told, stop);
  },
});
