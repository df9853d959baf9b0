// Close points, few samples and what to do about them, as the command `transport` tells it when it
// solves by samples.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { readNpy } from "../../src/formats/npy.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-samples-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const transport = (...args: string[]) => command(folder, "transport", args);
const summary = (run: string) => JSON.parse(readFileSync(join(folder, run, "summary.json"), "utf8"));
const array = (run: string, name: string) => readNpy(readFileSync(join(folder, run, name)), name).data;
function write(name: string, rows: readonly (readonly number[])[]): void {
  writeFileSync(join(folder, name), rows.map((row) => `${row.join(",")}\n`).join(""));
}
const random = hostRandom(1, 0);
const cloud = (count: number, d: number): number[][] =>
  Array.from({ length: count }, () => Array.from({ length: d }, () => random.uniform()));

describe("solving by samples", {
  async "ten points in space, the last 1e-5 from the first: one for the device, said, and solved"() {
    const rows = cloud(9, 3);
    const [first = []] = rows;
    write("pair.csv", [...rows, [(first[0] as number) + 1e-5, ...first.slice(1)]]);
    const { code, out, err } = await transport("pair.csv", "--out", "pair");
    assert.is(code, 0, err);
    assert.match(
      out,
      /^pair: chi² -?\d\.\d+ ± \d\.\d+ \(asked 0\.02\), W2 \d\.\d+ to \d\.\d+; look at pair\/report\.html\n$/,
    );
    assert.match(
      err,
      /^1 point is too close to another for the device's float32 and one with it, which has all mass \(row 9 with 0\)$/m,
    );
    assert.not.match(err, /equal/);
    const { reached, stop, gathered, duplicates, targets, targetsWithMass, emptyCells, w2 } = summary("pair");
    assert.equal([reached, stop, gathered, duplicates], [true, "reached", 1, 0]);
    assert.equal([targets, targetsWithMass, emptyCells], [10, 9, 0]);
    assert.ok(w2[0] < w2[1] && w2[1] - w2[0] < 0.02 * w2[1], `${w2}`);
    const [heights, masses] = [array("pair", "heights.npy"), array("pair", "masses.npy")];
    assert.equal([...heights].map(Number.isFinite), [...Array<boolean>(9).fill(true), false]);
    assert.ok(Math.abs((masses[0] as number) - 0.2) < 0.03 && masses[9] === 0, `${masses}`);
  },

  async "pairs in the plane, 1e-8 and 1e-4 apart and equal: gathered, solved and counted, each as what it is"() {
    write("plane.csv", [
      [0, 0],
      [1, 0],
      [0.3, 0.7],
      [0.30000001, 0.7],
      [0, 0],
      [1, 1e-4],
    ]);
    const { code, err } = await transport("plane.csv", "--out", "plane");
    assert.is(code, 0, err);
    assert.match(err, /^1 point equals an earlier one, which has its mass$/m);
    assert.match(err, /^1 point is too close to another for the device's float32 .*\(row 3 with 2\)$/m);
    const { reached, gathered, duplicates, targetsWithMass, w2 } = summary("plane");
    assert.equal([reached, gathered, duplicates, targetsWithMass], [true, 1, 1, 4]);
    const masses = array("plane", "masses.npy");
    [1 / 3, 1 / 6, 1 / 3, 0, 0, 1 / 6].forEach((mass, i) => {
      assert.ok(Math.abs((masses[i] as number) - mass) < 0.03, `${masses}`);
    });
    // The exact solver tells both pairs apart, so that its W2 is that of the points as given.
    const exact = await transport("plane.csv", "--exact", "--out", "plane-exact");
    assert.is(exact.code, 0, exact.err);
    const [low, high] = summary("plane-exact").w2;
    assert.ok(w2[0] <= low && high <= w2[1], `${w2} around ${low} to ${high}`);
  },

  async "all points within the last bits of one: solved as what float32 can hold of them"() {
    write("one.csv", [
      [1e6, 1],
      [1e6, 1 + 1e-15],
      [1e6 + 1e-10, 1],
    ]);
    const { code, err } = await transport("one.csv", "--out", "one");
    assert.is(code, 0, err);
    const { reached, stop, w2 } = summary("one");
    assert.ok(reached && (stop === "reached" || stop === "single"), stop);
    const right = Math.sqrt(2 + 1e12 + 1);
    assert.ok(w2[0] <= right * (1 + 1e-12) && right * (1 - 1e-12) <= w2[1], `${w2} around ${right}`);
  },

  async "five samples to sixty points: refused before the work, by what a map cannot do and what can be done"() {
    write("five.csv", cloud(5, 2));
    write("sixty.csv", cloud(60, 2));
    const args = ["sixty.csv", "--source", "five.csv"];
    const { code, out, err } = await transport(...args, "--out", "few");
    assert.is(code, 4);
    assert.is(out, "");
    assert.is(
      err,
      "transport: five.csv: expected more samples than 5 for 60 points: a map sends each to one point and cannot split " +
        "it, so that chi² is at least 11.0 (asked 0.02); give more samples, make the points the source and the samples " +
        "the points, ask for a larger --chi2, or take the best with --best-effort\n",
    );
    assert.not.ok(existsSync(join(folder, "few")));
    const best = await transport(...args, "--best-effort", "--budget", "100000", "--out", "best");
    assert.is(best.code, 0, best.err);
    const { stop, reached, chi2, chi2Target } = summary("best");
    assert.equal([stop, reached, chi2Target], ["samples", false, 0.02]);
    assert.ok(Math.abs(chi2 - 11) < 0.5, `${chi2}`);
  },

  async "a larger --budget is advised where it can help, and nowhere else"() {
    write("many.csv", cloud(300, 6));
    const short = await transport("many.csv", "--chi2", "1e-5", "--budget", "20000", "--out", "short");
    assert.is(short.code, 1);
    assert.is(summary("short").stop, "budget");
    assert.match(short.err, /; ask for a larger --chi2 or --budget, or take it with --best-effort\n$/);
    // Of samples at 10^6 float32 holds a sixteenth, so that cells have steps for borders.
    write("small.csv", cloud(60, 2));
    write(
      "far.csv",
      Array.from({ length: 4000 }, () => [1e6 + random.normal(), 1e6 + random.normal()]),
    );
    const far = await transport("small.csv", "--source", "far.csv", "--budget", "1000000", "--out", "far");
    assert.is(far.code, 1);
    assert.is(summary("far").stop, "stalled");
    assert.match(far.err, /; ask for a larger --chi2, or take it with --best-effort\n$/);
  },
});
