// Problems whose answer is known, at the scales and in the degenerate shapes that users have.
import * as assert from "uvu/assert";
import { hostRandom } from "../../src/math/philox.ts";
import { atOnce } from "../../src/math/steps.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { evaluate, evaluateHeights } from "../../src/ot/cells/evaluation.ts";
import { type Points, points } from "../../src/ot/points.ts";
import { centreHeights, createProblem, gatherForDevice, type Problem } from "../../src/ot/problem.ts";
import type { Progress, SolveOptions } from "../../src/ot/solver/solution.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { clusterings } from "../../src/ot/solver/tree.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";
import { normalQuantile, normals } from "./instances.ts";

const gpu = await testEngine();

/**
 * χ² of given heights on 200,000 samples that no solver saw, for the masses that are solved for: of
 * 300 points on a line two may be one for the device.
 */
async function judge(given: Problem, heights: ArrayLike<number>) {
  const problem = gatherForDevice(given);
  const cells = new Cells(gpu, problem.targets, problem.source);
  try {
    return await evaluateHeights(cells, heights, problem.nu, { seed: 99, stream: 50, first: 0, count: 200_000 });
  } finally {
    cells.dispose();
  }
}

async function solved(problem: Problem, options: SolveOptions) {
  const solution = await solve(gpu, problem, options);
  return { ...solution, judged: await judge(problem, solution.heights) };
}

/** Points of modes on a plane: mode i % modes.length, with standard deviation sd. */
function modes(count: number, at: readonly (readonly [number, number])[], sd: number): Points {
  const random = hostRandom(7, 0);
  const value = (i: number): number => (at[(i >> 1) % at.length]?.[i % 2] as number) + sd * random.normal();
  return { values: Float32Array.from({ length: 2 * count }, (_, i) => value(i)), count, dimension: 2 };
}

const ring = Array.from({ length: 8 }, (_, k) => [Math.cos((Math.PI * k) / 4), Math.sin((Math.PI * k) / 4)] as const);

describe("low dimension", {
  "300 targets on a line, evenly or unevenly spread, reach χ² .02 within a million samples": async () => {
    const random = hostRandom(3, 0);
    const lines = [
      Float32Array.from({ length: 300 }, (_, i) => i),
      Float32Array.from({ length: 300 }, () => random.uniform()),
      Float32Array.from({ length: 300 }, () => random.normal()),
      Float32Array.from({ length: 300 }, (_, i) => 2 * (i % 3) + 0.1 * random.normal()),
    ];
    for (const values of lines) {
      const problem = createProblem({ values, count: 300, dimension: 1 });
      const { stop, samples, judged } = await solved(problem, { budget: 1e6 });
      assert.is(stop, "reached");
      assert.ok(judged.chi2 < 0.02 && samples < 1e6, `${judged.chi2} after ${samples}`);
    }
  },
  "clusterings are nested, keep modes together and leave out targets without mass": () => {
    const nu = new Float64Array(400).fill(1 / 300).fill(0, 0, 100);
    const targets = modes(400, ring, 0.01);
    const [coarse, fine] = atOnce(clusterings(targets, nu, [8, 40])) as [Int32Array, Int32Array];
    assert.ok(coarse.subarray(0, 100).every((a) => a === -1) && fine.subarray(0, 100).every((a) => a === -1));
    assert.is(new Set(coarse.subarray(100)).size, 8);
    assert.is(new Set(fine.subarray(100)).size, 40);
    const parent = new Map<number, number>();
    for (let i = 100; i < 400; i++) {
      const [a, b] = [coarse[i] as number, fine[i] as number];
      assert.is(parent.get(b) ?? a, a, "nested");
      parent.set(b, a);
      assert.is(coarse[i], coarse[100 + ((i - 100) % 8)], "a mode stays together");
    }
  },
});

describe("oracles", {
  "products of two and of three lines: heights are sums of the lines' heights (O3)": async () => {
    const lines = [
      [-1, 0, 2],
      [-2, -1, 1, 1.5],
      [0, 0.5, 1.5],
    ];
    const heightsOf = (t: readonly number[]): number[] => {
      const h = [0];
      for (let i = 1; i < t.length; i++)
        h.push((h[i - 1] as number) - ((t[i] as number) - (t[i - 1] as number)) * normalQuantile(i / t.length));
      return h;
    };
    for (const d of [2, 3]) {
      let [rows, sums]: [number[][], number[]] = [[[]], [0]];
      for (const t of lines.slice(0, d)) {
        const own = heightsOf(t);
        sums = sums.flatMap((sum) => own.map((h) => sum + h));
        rows = rows.flatMap((row) => t.map((v) => [...row, v]));
      }
      const problem = createProblem(points("targets", rows.flat(), d));
      const exact = centreHeights(sums, problem.nu);
      for (const flips of [0, 2] as const) {
        const { heights, stop } = await solve(gpu, problem, { chi2: 5e-4, flips });
        assert.is(stop, "reached");
        heights.forEach((h, i) => {
          assert.ok(Math.abs(h - (exact[i] as number)) < 0.03, `${d}, ${flips} flips: ${h}, expected ${exact[i]}`);
        });
      }
      assert.ok(Math.abs((await judge(problem, exact)).z) < 6); // level 2e-9 for a normal
    }
  },
  "planted heights are found again, up to a constant (O6), and |h_i − h_j| ≤ R |y_i − y_j| on the cube (P13)":
    async () => {
      const targets = normals(30, 2, 1);
      const planted = Float64Array.from(normals(30, 1, 2, 0.03).values);
      const cells = new Cells(gpu, targets, "cube");
      cells.setHeights(planted);
      const nu = await cells.count({ seed: 9, stream: 40, first: 0, count: 2 ** 22 });
      cells.dispose();
      const problem = createProblem(targets, { nu, source: "cube" });
      const { heights } = await solve(gpu, problem, { chi2: 1e-3 });
      const exact = centreHeights(planted, problem.nu);
      const d = problem.targets.values;
      let checked = 0;
      for (let i = 0; i < 30; i++) {
        if ((problem.nu[i] as number) < 0.005) continue;
        checked++;
        assert.ok(Math.abs((heights[i] as number) - (exact[i] as number)) < 0.03);
        for (let j = 0; j < i; j++) {
          if ((problem.nu[j] as number) < 0.005) continue;
          const distance = Math.hypot(
            (d[2 * i] as number) - (d[2 * j] as number),
            (d[2 * i + 1] as number) - (d[2 * j + 1] as number),
          );
          const radius = Math.sqrt(0.5);
          assert.ok(Math.abs((heights[i] as number) - (heights[j] as number)) <= radius * distance + 1e-6);
        }
      }
      assert.ok(checked >= 5, `${checked}`);
    },
  "eight targets on a circle and their opposites: equal heights (O5)": async () => {
    const problem = createProblem(points("targets", ring.flat(), 2));
    for (const flips of [0, 2] as const) {
      const { heights } = await solve(gpu, problem, { chi2: 2e-4, flips });
      for (const h of heights) assert.ok(Math.abs(h) < 0.02, `${h}, ${flips} flips`);
    }
    assert.ok(Math.abs((await judge(problem, new Float64Array(8))).z) < 6);
  },
});

describe("bad input", {
  "targets on a scale of 1e-8 and of 1e8 have the same cells": async () => {
    const base = normals(50, 3, 2);
    for (const scale of [1e-8, 1e8]) {
      const problem = createProblem({ ...base, values: base.values.map((v) => scale * v) });
      const { stop, judged } = await solved(problem, { chi2: 0.01 });
      assert.is(stop, "reached");
      assert.ok(judged.chi2 < 0.01, `${judged.chi2} at ${scale}`);
    }
  },
  "duplicates are solved as one target, and counted": async () => {
    const problem = createProblem(points("targets", [0, 1, 0, 2, 0, 1], 1), { nu: [1, 1, 2, 4, 1, 1] });
    assert.is(problem.duplicates, 3);
    const { heights, stop } = await solve(gpu, problem, { chi2: 1e-3 });
    assert.is(stop, "reached");
    assert.equal([...heights].map(Number.isFinite), [true, true, false, true, false, false]);
    assert.is(createProblem(normals(5, 2, 1)).duplicates, 0);
  },
  "a χ² out of reach: the best heights so far, and the reason": async () => {
    const problem = createProblem(normals(200, 5, 1));
    const told: Progress[] = [];
    const found = await solve(gpu, problem, { chi2: 1e-6, budget: 7e5, onStep: (p) => told.push(p) });
    assert.is(found.stop, "budget");
    const seen = told.flatMap(({ chi2 }) => (chi2 === undefined ? [] : [chi2]));
    assert.is(found.evaluation.chi2, Math.min(...seen));
    assert.ok(found.samples <= 7e5);
  },
});

describe("recipes", {
  "the paper's: it stops on its own samples, where χ² on others is larger": async () => {
    const problem = createProblem(normals(300, 8, 3), { source: "cube" });
    const tolerance = 0.004;
    const found = await solved(problem, {
      recipe: "paper",
      paper: { lr: 0.01, batch: 8000, tolerance },
      budget: 5e6,
      seed: 4,
    });
    assert.is(found.stop, "inSample");
    assert.ok(found.judged.chi2 > 300 * tolerance ** 2, `${found.judged.chi2}`);
    assert.ok(found.judged.chi2 < 0.2 && found.samples % 8000 === 0);
    const again = await solve(gpu, problem, {
      recipe: "paper",
      paper: { lr: 0.01, batch: 8000, tolerance },
      budget: 5e6,
      seed: 4,
    });
    assert.equal(again.heights, found.heights);
  },
  "the paper's: budget, iterations and knobs": async () => {
    const problem = createProblem(normals(50, 4, 3));
    const run = (options: SolveOptions) => solve(gpu, problem, { recipe: "paper", ...options });
    const short = await run({ budget: 25_000, paper: { tolerance: 0 } });
    assert.equal([short.stop, short.steps, short.samples], ["budget", 2, 20_000]);
    const few = await run({ paper: { iterations: 5, tolerance: 0, redraw: true, batch: 500 } });
    assert.equal([few.stop, few.steps, few.samples], ["iterations", 5, 2500]);
    await rejects(run({ paper: { lr: 0 } }), "expected `paper` with lr above 0");
    await rejects(solve(gpu, problem, { lr: -1 }), "solve: expected `lr` above 0, got -1");
  },
  "seconds are those of the caller's clock": async () => {
    let t = 0;
    const { seconds } = await solve(gpu, createProblem(normals(5, 2, 1)), {
      now: () => {
        t += 1500;
        return t;
      },
    });
    assert.is(seconds, 1.5);
    assert.ok(Number.isNaN((await solve(gpu, createProblem(normals(5, 2, 1)))).seconds));
    assert.is(evaluate(Float64Array.of(2, 2), Float64Array.of(0.5, 0.5)).samples, 4);
  },
});
