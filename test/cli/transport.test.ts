// The transport command from end to end.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import * as assert from "uvu/assert";
import { writeFileAtomic } from "../../src/files/atomicWrite.ts";
import { encodeNpy, readNpy } from "../../src/formats/npy.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-transport-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const transport = (...args: string[]) => command(folder, "transport", args);
const file = (...path: string[]) => readFileSync(join(folder, ...path));
const array = (...path: string[]) => readNpy(file(...path), path.join("/"));
const summary = (run: string) => JSON.parse(file(run, "summary.json").toString());
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const NO_ADAPTER = { env: { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json" } };

const random = hostRandom(1, 0);
const cloud = Float64Array.from({ length: 200 }, () => random.normal());
writeFileAtomic(join(folder, "cloud.npy"), encodeNpy({ shape: [100, 2], dtype: "<f8", data: cloud }));
const deep = Float32Array.from({ length: 40 * 5 }, () => random.normal());
writeFileAtomic(join(folder, "deep.npy"), encodeNpy({ shape: [40, 5], dtype: "<f4", data: deep }));
const masses = Float64Array.from({ length: 100 }, (_, i) => i % 10);
writeFileAtomic(join(folder, "masses.npy"), encodeNpy({ shape: [100], dtype: "<f8", data: masses }));
write("x.csv", "x,y\n0.1,0.2\n-3,1\n0,0\n");

const PLAIN = ["centres.npy", "heights.npy", "masses.npy", "report.html", "summary.json"];

/** The row of `cloud` whose score at (a, b) is greatest. */
function best(heights: ArrayLike<number>, a: number, b: number): number {
  const scores = Array.from(
    { length: 100 },
    (_, i) => a * (cloud[2 * i] as number) + b * (cloud[2 * i + 1] as number) + (heights[i] as number),
  );
  return scores.indexOf(Math.max(...scores));
}

describe("transport command", {
  async "solves exactly, without an adapter, and maps source points"() {
    const args = ["cloud.npy", "--masses", "masses.npy", "--exact", "--apply", "x.csv", "--out", "exact"];
    const { code, out, err } = await command(folder, "transport", args, NO_ADAPTER);
    assert.is(code, 0, err);
    assert.match(out, /^exact: greatest relative error \d\.\de-1\d, W2 \d\.\d+; look at exact\/report\.html\n$/);
    assert.equal(readdirSync(join(folder, "exact")).sort(), ["cells.png", "cells.svg", ...PLAIN, "mapped.npy"].sort());
    const { data: heights } = array("exact", "heights.npy");
    const { shape, data } = array("exact", "masses.npy");
    assert.equal(shape, [100]);
    const total = masses.reduce((a, b) => a + b, 0);
    masses.forEach((mass, i) => {
      assert.ok(Math.abs((data[i] as number) - mass / total) < 1e-12, `mass ${i}`);
      if (mass === 0) assert.is(heights[i], Number.NEGATIVE_INFINITY);
    });
    assert.equal(array("exact", "centres.npy").shape, [100, 2]);
    const mapped = array("exact", "mapped.npy");
    assert.equal(mapped.shape, [3, 2]);
    const expected = [
      [0.1, 0.2],
      [-3, 1],
      [0, 0],
    ].flatMap(([a = 0, b = 0]) => {
      const i = best(heights, a, b);
      return [cloud[2 * i] as number, cloud[2 * i + 1] as number];
    });
    assert.equal([...mapped.data], expected);
    const told = summary("exact");
    assert.is(told.stop, "reached");
    assert.equal([told.adapter, told.method, told.samples, told.targetsWithMass], [null, "exact", 0, 90]);
    assert.ok(told.maxRelativeError <= 1e-10 && told.chi2 < 1e-18 && told.emptyCells === 0);
    const { width, height } = PNG.sync.read(file("exact", "cells.png"));
    assert.ok(width > 1000 && height > 600);
    assert.match(
      file("exact", "cells.svg").toString(),
      /^<svg [\s\S]*<polygon [\s\S]*singular set: \d+ edges[\s\S]*<\/svg>\n$/,
    );
  },

  async "solves by samples, with the same bytes for the same seed, and agrees with the exact solution"() {
    const run = (out: string, ...more: string[]) =>
      transport("cloud.npy", "--chi2", "0.02", "--source", "cube", "--apply", "x.csv", "--out", out, ...more);
    const first = await run("a");
    assert.is(first.code, 0, first.err);
    assert.match(
      first.out,
      /^a: chi² -?0\.\d+ ± 0\.\d+ \(asked 0\.02\), W2 \d\.\d+ to \d\.\d+; look at a\/report\.html\n$/,
    );
    const { code, err } = await run("b", "--exact");
    assert.is(code, 0, err);
    const [sampled, exact] = [summary("a"), summary("b")];
    const { chi2, chi2Interval, reached, stop } = sampled;
    assert.equal([reached, stop], [true, "reached"]);
    assert.ok(chi2Interval[0] < chi2 && chi2 < chi2Interval[1] && chi2Interval[1] <= 0.02, `${chi2Interval}`);
    assert.ok(sampled.maxRelativeErrorFloor > 0.03 && sampled.maxRelativeErrorFloor < 0.5);
    assert.ok(sampled.l1 > 0 && sampled.l1Floor > 0 && sampled.samples > 1e5 && sampled.adapter.name.length > 0);
    const [low, high] = sampled.w2;
    assert.ok(exact.w2[0] < exact.w2[1] && exact.w2[1] - exact.w2[0] <= 1e-12 * exact.w2[1], exact.w2.join(" to "));
    assert.ok(low <= exact.w2[0] && exact.w2[0] <= high && high - low < 0.02 * high, `${sampled.w2} and ${exact.w2}`);
    assert.is((await run("c")).code, 0);
    for (const name of ["heights.npy", "masses.npy", "centres.npy", "mapped.npy", "cells.svg", "cells.png"]) {
      assert.ok(file("a", name).equals(file("c", name)), `${name} differs`);
    }
  },

  async "five dimensions by samples, one dimension without an adapter"() {
    const { code, err } = await transport("deep.npy", "--chi2", "0.05", "--apply", "deep.npy", "--out", "five");
    assert.is(code, 0, err);
    assert.equal(readdirSync(join(folder, "five")).sort(), [...PLAIN, "mapped.npy"].sort());
    const mapped = array("five", "mapped.npy");
    assert.ok(mapped.data instanceof Float32Array);
    assert.equal(mapped.shape, [40, 5]);
    const { w2, w2Confidence } = summary("five");
    assert.ok(w2[0] > 0 && w2[0] < w2[1] && w2[1] < 1.1 * w2[0], w2.join(" to "));
    assert.is(w2Confidence, 0.99);
    write("line.csv", "3\n1\n2\n2\n");
    write("line-x.csv", "-1\n0\n1\n9\n");
    const line = await command(folder, "transport", ["line.csv", "--apply", "line-x.csv", "--out", "line"], NO_ADAPTER);
    assert.is(line.code, 0, line.err);
    assert.match(line.err, /^1 point equals an earlier one, which has its mass$/m);
    assert.is(summary("line").duplicates, 1);
    assert.match(line.out, /^line: greatest relative error .*; look at line\/report\.html\n$/);
    assert.equal([...array("line", "mapped.npy").data], [1, 2, 3, 3]);
    assert.equal(
      [...array("line", "masses.npy").data].map((m) => m.toFixed(12)),
      ["0.25", "0.25", "0.50", "0.00"].map((m) => Number(m).toFixed(12)),
    );
  },

  async "a chi² out of reach is exit 1 with the best so far, and 0 with --best-effort"() {
    for (const chi2 of ["1e-30", "1e-60"]) {
      const { code, err } = await transport("cloud.npy", "--exact", "--chi2", chi2, "--out", `short${chi2}`);
      assert.is(code, 1, err);
      assert.match(
        err,
        /transport: expected chi² of 1e-[36]0, got \d\.\d+e-\d+ \(rounding\); the best so far is in short1e-[36]0; ask for a larger --chi2, or take it/,
      );
      const { reached, stop } = summary(`short${chi2}`);
      assert.equal([reached, stop], [false, "rounding"]);
    }
    const kind = await transport("cloud.npy", "--exact", "--chi2", "1e-60", "--out", "kind", "--best-effort");
    assert.is(kind.code, 0, kind.err);
  },

  async "a --budget too small for the chi² is exit 1, 0 with --best-effort, and leaves all files"() {
    const run = (out: string, ...more: string[]) =>
      transport("deep.npy", "--chi2", "1e-5", "--budget", "9600", "--apply", "deep.npy", "--out", out, ...more);
    const [short, kind] = [await run("less"), await run("enough", "--best-effort")];
    assert.equal([short.code, kind.code], [1, 0], short.err + kind.err);
    assert.match(
      short.err,
      /expected chi² of 0\.00001, got 0\.\d+ \(budget\); the best so far is in less; ask for a larger --chi2 or --budget, or/,
    );
    for (const out of ["less", "enough"]) {
      assert.equal(readdirSync(join(folder, out)).sort(), [...PLAIN, "mapped.npy"].sort());
      for (const name of ["heights", "masses"]) assert.equal(array(out, `${name}.npy`).shape, [40]);
      for (const name of ["centres", "mapped"]) assert.equal(array(out, `${name}.npy`).shape, [40, 5]);
      const { reached, stop, chi2Interval, samples } = summary(out);
      assert.equal([reached, stop], [false, "budget"]);
      assert.ok(chi2Interval[1] > 1e-5 && samples < 3e5, `${chi2Interval} after ${samples}`);
    }
  },

  async "samples of a file as the source: its points alone are moved, and duplicates are said"() {
    const source = Float32Array.from({ length: 3000 }, () => 2 + random.uniform());
    writeFileAtomic(join(folder, "source.npy"), encodeNpy({ shape: [1500, 2], dtype: "<f4", data: source }));
    const four = [0, 0, 9, 0, 0, 9, 9, 9];
    write("four.csv", "0,0\n9,0\n0,9\n9,9\n0,0\n9,0\n");
    const args = ["four.csv", "--source", "source.npy", "--chi2", "0.001", "--apply", "source.npy", "--out", "own"];
    const { code, out, err } = await transport(...args);
    assert.is(code, 0, err);
    assert.match(out, /; look at own\/report\.html\n$/);
    assert.match(err, /^2 points equal an earlier one, which has their mass$/m);
    assert.equal(readdirSync(join(folder, "own")).sort(), [...PLAIN, "mapped.npy"].sort());
    const told = summary("own");
    assert.equal([told.source, told.duplicates, told.targetsWithMass], ["source.npy", 2, 4]);
    // Two of the four points have the mass of two: 1/3, 1/3, 1/6, 1/6 of the 1500 samples, each of
    // which goes to one point.
    const mapped = array("own", "mapped.npy").data;
    const share = [0, 1, 2, 3].map(
      (i) =>
        Array.from(
          { length: 1500 },
          (_, m) => mapped[2 * m] === four[2 * i] && mapped[2 * m + 1] === four[2 * i + 1],
        ).filter(Boolean).length / 1500,
    );
    [1 / 3, 1 / 3, 1 / 6, 1 / 6].forEach((mass, i) => {
      // Χ² .001 allows √(.001 / 4) = .016 at most.
      assert.ok(Math.abs((share[i] as number) - mass) < 0.02, `${share}`);
    });
    const [low, high] = told.w2;
    assert.ok(low > 2 && high < 10 && high - low < 0.05 * high, `${told.w2}`);
  },

  async "targets on any scale, on a line, once or many times"() {
    write("scale.csv", Array.from({ length: 20 }, (_, i) => `${i * 1e8},${i * i * 1e8}`).join("\n"));
    write("small.csv", Array.from({ length: 20 }, (_, i) => `${i * 1e-8},${i * i * 1e-8}`).join("\n"));
    write("collinear.csv", Array.from({ length: 20 }, (_, i) => `${i},${2 * i}`).join("\n"));
    write("one.csv", "3,4\n");
    write("twins.csv", "3,4\n3,4\n0,0\n");
    for (const name of ["scale", "small", "collinear", "one", "twins"]) {
      for (const source of ["cube", "gaussian"]) {
        const out = `${name}-${source}`;
        const { code, err } = await transport(`${name}.csv`, "--exact", "--source", source, "--out", out);
        assert.is(code, 0, err);
        assert.ok(summary(out).maxRelativeError <= 1e-10, out);
      }
    }
  },

  async "bad usage is one line and exit 2"() {
    const cases: readonly (readonly [args: string[], message: RegExp])[] = [
      [[], /^transport: expected POINTS, got none; see --help\n$/],
      [["cloud.npy", "more"], /expected POINTS, got cloud\.npy more/],
      [["cloud.npy", "--exact=yes"], /option '--exact' does not take an argument/],
      [["cloud.npy", "--chi2", "0"], /--chi2: expected a number above 0/],
      [
        ["cloud.npy", "--source", "ball"],
        /--source: expected gaussian, cube or a \.npy, \.csv, \.tsv or \.txt file, got ball/,
      ],
      [["cloud.npy", "--source", "x.csv", "--exact"], /--exact: expected the source gaussian or cube, got x\.csv/],
      [["cloud.npy", "--budget", "100"], /--budget: expected an integer from 9600 to 1099511627776, got 100/],
      [["cloud.npy", "--budget", "1e6"], /--budget: expected an integer from 9600 to 1099511627776, got 1e6/],
      [
        ["cloud.npy", "--exact", "--budget", "20000"],
        /--budget: expected a problem that is solved by samples, got one/,
      ],
      [["cloud.npy", "--flips", "3"], /--flips: expected auto or 0 or 2 or 4, got 3/],
      [["cloud.npy", "--flips", "4"], /--flips: expected 0 or auto for a problem that has 2 dimensions, got 4/],
      [
        ["cloud.npy", "--exact", "--flips", "2"],
        /--flips: expected 0 or auto for a problem that is solved exactly, got 2/,
      ],
      [["deep.npy", "--exact"], /--exact: expected points in 1 or 2 dimensions, got 5 in deep\.npy; see --help/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await transport(...args);
      assert.match(err, message);
      assert.equal([code, out], [2, ""], err);
    }
    const help = await transport("--help");
    assert.equal([help.code, help.err], [0, ""]);
    assert.match(help.out, /^usage: node dist\/transport\.js POINTS [\s\S]*--best-effort +exit with 0/);
    for (const line of help.out.split("\n")) assert.ok(line.length <= 120, line);
    for (const key of Object.keys(summary("exact"))) {
      const known = ["method", "mapped", "adapter", "kernels", "versions", "seed"].includes(key);
      assert.ok(known || help.out.includes(key), `--help does not tell of ${key}`);
    }
  },

  async "bad data is one line and exit 4, and makes no folder"() {
    write("ragged.csv", "1,2\n3\n");
    write("nan.csv", "1,2\n3,nan\n");
    write("void.csv", "");
    writeFileSync(join(folder, "torn.npy"), file("cloud.npy").subarray(0, 300));
    writeFileAtomic(join(folder, "none.npy"), encodeNpy({ shape: [0, 2], dtype: "<f4", data: new Float32Array(0) }));
    writeFileAtomic(join(folder, "flat.npy"), encodeNpy({ shape: [5, 0], dtype: "<f4", data: new Float32Array(0) }));
    writeFileAtomic(join(folder, "cube.npy"), encodeNpy({ shape: [1, 1, 2], dtype: "<f4", data: new Float32Array(2) }));
    writeFileAtomic(
      join(folder, "huge.npy"),
      encodeNpy({ shape: [2, 1], dtype: "<f8", data: Float64Array.of(1, 1e300) }),
    );
    writeFileAtomic(join(folder, "few.npy"), encodeNpy({ shape: [3], dtype: "<f4", data: Float32Array.of(1, 2, 3) }));
    write("minus.csv", [...masses.with(7, -1)].join("\n"));
    write("zeros.csv", [...masses.fill(0)].join("\n"));
    const cases: readonly (readonly [args: string[], message: RegExp])[] = [
      [["nowhere.npy"], /^transport: data: expected a file at nowhere\.npy, got nothing; check the path\n$/],
      [["ragged.csv"], /csv: ragged\.csv: expected 2 cells in line 2, as in line 1, got 1/],
      [["nan.csv"], /nan\.csv: expected finite numbers up to 1000000000000000, got NaN in row 1/],
      [["void.csv"], /void\.csv: expected rows of numbers, got nothing/],
      [["torn.npy"], /npy: torn\.npy: expected 1600 bytes for \[100, 2\] of <f8, got 172 bytes/],
      [["none.npy"], /none\.npy: expected points \[N, d\] with N and d of at least 1, got \[0, 2\]/],
      [["flat.npy"], /flat\.npy: expected points .*, got \[5, 0\]/],
      [["cube.npy"], /cube\.npy: expected points .*, got \[1, 1, 2\]/],
      [["huge.npy"], /huge\.npy: expected finite numbers .*, got 1e\+300 in row 1/],
      [["cloud.npy", "--masses", "few.npy"], /few\.npy: expected 100 masses, one for each point, got 3/],
      [["cloud.npy", "--masses", "cloud.npy"], /cloud\.npy: expected masses \[N\], got \[100, 2\]/],
      [["cloud.npy", "--masses", "minus.csv"], /minus\.csv: expected finite masses of at least 0, got -1 in row 7/],
      [["cloud.npy", "--masses", "zeros.csv"], /zeros\.csv: expected masses with a finite sum above 0, got 0/],
      [["cloud.npy", "--source", "deep.npy"], /deep\.npy: expected points of dimension 2, as in cloud\.npy, got 5/],
      [["cloud.npy", "--apply", "deep.npy"], /deep\.npy: expected points of dimension 2, as in cloud\.npy, got 5/],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await transport(...args, "--out", "never");
      assert.match(err, message);
      assert.is(err.split("\n").length, 2, err);
      assert.is(code, 4, err);
      assert.not.ok(existsSync(join(folder, "never")));
    }
  },

  async "no adapter is exit 3, and a full folder exit 2"() {
    const { code, err } = await command(folder, "transport", ["deep.npy", "--out", "never"], NO_ADAPTER);
    assert.match(err, /transport: adapter: expected a WebGPU adapter, Dawn found none/);
    assert.is(code, 3);
    assert.not.ok(existsSync(join(folder, "never")));
    const again = await transport("cloud.npy", "--exact", "--out", "exact");
    assert.match(again.err, /expected a new or empty folder, got exact with files in it/);
    assert.is(again.code, 2);
  },
});
