import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { curves, quickCurves } from "../../bench/growth/curves.ts";
import { fitPower, lastExponent, slopes, tooFast } from "../../bench/growth/fit.ts";
import { page } from "../../bench/growth/page.ts";
import { picture } from "../../bench/growth/picture.ts";
import { nameOf, type Point } from "../../bench/growth/point.ts";
import { type StageName, stageOf, stages } from "../../bench/growth/stages.ts";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { sceneSvg } from "../../src/pictures/scene.ts";
import { describe } from "../support/suite.ts";

const SIZES = [1000, 3000, 10_000, 30_000, 100_000, 300_000];
const law = (f: (x: number) => number) => SIZES.map((x) => ({ x, y: f(x) }));
const near = (a: number, b: number, tolerance: number): void =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a}, not ${b}`);

/** A point whose cost is given. */
const pointOf = (stage: string, sizes: Point["sizes"], cpu: number): Point => ({
  stage,
  sizes,
  cost: { wall: cpu / 2, cpu, host: cpu / 4 },
  runs: 3,
  how: "whole",
  traffic: { dispatches: 1, up: 8, down: 4 },
  memory: { before: 2e8, most: 3e8, device: 1e6 },
});

describe("bench: growth", {
  "finds the exponent and the factor of a power law"() {
    for (const exponent of [-0.5, 0, 1, 2.25]) {
      const fit = fitPower(law((x) => 3e-6 * x ** exponent));
      near(fit.exponent, exponent, 1e-12);
      near(fit.factor / 3e-6, 1, 1e-10);
      near(fit.low, exponent, 1e-6);
      near(fit.high, exponent, 1e-6);
    }
  },
  // Seeds 1 to 400, nominal level .95: fewer than 365 hits have a probability of .0003.
  "covers the exponent of noisy times in 95 of 100 cases"() {
    let hits = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = hostRandom(seed, 0);
      const { low, high } = fitPower(law((x) => 1e-6 * x * Math.exp(0.1 * random.normal())));
      if (low <= 1 && 1 <= high) hits++;
    }
    assert.ok(hits >= 365 && hits <= 395, `${hits} of 400`);
  },
  "sees through a fixed cost at the large end"() {
    const pairs = law((x) => 0.002 + 1e-6 * x);
    assert.ok(fitPower(pairs).exponent < 0.9);
    near(lastExponent(pairs), 0.975, 0.005);
    assert.equal(tooFast(pairs, 1), []);
  },
  "finds where a cost bends upwards, whatever the order of the points"() {
    const pairs = law((x) => Math.max(1e-6 * x, 1e-10 * x * x)).reverse();
    assert.equal(
      tooFast(pairs, 1).map(({ from, to }) => [from, to]),
      [
        [10_000, 30_000],
        [30_000, 100_000],
        [100_000, 300_000],
      ],
    );
    near(slopes(pairs)[0]?.exponent ?? Number.NaN, 1, 1e-9);
  },
  "has no interval for three points, and refuses one size"() {
    assert.is(Number.isNaN(fitPower(law((x) => x).slice(0, 3)).low), true);
    assert.throws(() => fitPower([{ x: 2, y: 1 }]), /^fitPower: expected at least two sizes, got 1 pairs$/);
    assert.throws(() => fitPower([1, 2].map((y) => ({ x: 2, y }))), /at least two sizes/);
  },
  "tells exponents, bends and points, and draws them"() {
    const [curve] = curves.filter(({ stage, over }) => stage === "assignment" && over === "targets");
    if (curve === undefined) throw new Error("expected a curve of the assignment");
    const points = curve.values.map((targets) =>
      pointOf("assignment", { ...curve.at, targets }, Math.max(targets, targets ** 2 / 1e5)),
    );
    const about = { adapter: "an adapter", kernels: "portable", cpu: true, processor: "one", cores: 2, code: "" };
    const text = page({ about, points }, curves);
    assert.match(text, /\| assignment +\| targets +\| 1000 to 1000000 +\| dimension 64, samples 1024 +\| 1 +\| 1\./);
    assert.match(text, /\| assignment +\| targets +\| 300000 to 1000000 +\| 2\.00/);
    assert.match(text, /\| assignment +\| targets 1000, dimension 64, samples 1024 +\| 500 +\| 1000 +\| 250 /);
    const svg = sceneSvg(picture(points, curves, true));
    assert.match(svg, />CPU seconds over targets</);
    assert.ok(!/NaN|Infinity|undefined/.test(svg + text), "a number is missing");
    assert.match(sceneSvg(picture([], curves, false)), />not measured</);
  },
  "names each point once, and each stage in a curve"() {
    const names = curves.flatMap(({ stage, over, values, at }) =>
      values.map((value) => `${over}: ${nameOf(stage, { ...at, [over]: value })}`),
    );
    assert.is(new Set(names).size, names.length);
    assert.equal([...new Set(curves.map(({ stage }) => stage))].sort(), Object.keys(stages).sort());
  },
  async "runs every stage at small sizes"() {
    const sizes = { targets: 40, dimension: 4, samples: 512, images: 4, batch: 2, side: 4 };
    const gpu = await openGpu();
    for (const name of Object.keys(stages) as StageName[]) {
      if (name === "solve") continue; // a solve takes at least 300 steps
      const work = await stageOf(name)(gpu, sizes);
      await work.run();
      work.close();
      assert.is(gpu.memory().inUse, 0, name);
    }
    await gpu.dispose();
  },
  "measures, writes its files, and keeps what was measured"() {
    const folder = mkdtempSync(join(tmpdir(), "brenier-growth-"));
    const run = (): string => {
      const args = [".test-build/bench/growth/main.js", JSON.stringify({ only: [], quick: true, folder })];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      assert.is(status, 0, stderr);
      assert.match(stdout, /^# Growth\n/);
      return stderr;
    };
    try {
      const count = quickCurves.reduce((sum, { values }) => sum + values.length, 0);
      assert.is(run().trim().split("\n").length, count);
      const read = (name: string): string => readFileSync(join(folder, name), "utf8");
      const { points } = JSON.parse(read("points.json")) as { points: Point[] };
      assert.is(points.length, count);
      for (const { cost, memory, runs } of points) {
        assert.ok(cost.wall > 0 && cost.cpu > 0 && runs >= 1);
        assert.ok(memory.most >= memory.before && memory.device > 0);
      }
      assert.match(read("growth.svg"), /^<svg /);
      assert.match(read("RESULTS.md"), /\| training step \| batch +\| 1 to 2 /);
      assert.is(run(), "");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});
