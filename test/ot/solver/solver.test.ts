import * as assert from "uvu/assert";
import { powerOfTwo } from "../../../src/math/float64.ts";
import { STREAMS } from "../../../src/math/streams.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { type Evaluation, evaluate, evaluateHeights } from "../../../src/ot/cells/evaluation.ts";
import { type Points, points } from "../../../src/ot/points.ts";
import { centreHeights, createProblem, type Problem, type ProblemOptions } from "../../../src/ot/problem.ts";
import { start, step } from "../../../src/ot/solver/descent.ts";
import type { Progress, Solution, SolveOptions } from "../../../src/ot/solver/solution.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { repairEmpty, warmStart } from "../../../src/ot/solver/warmStart.ts";
import { FLIPS, type Flips } from "../../../src/ot/source.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { normalQuantile, normals } from "../instances.ts";

const gpu = await testEngine();

function problemOf(rows: readonly (readonly number[])[], options?: ProblemOptions): Problem {
  return createProblem(points("targets", rows.flat(), rows[0]?.length ?? 0), options);
}

/** The numbers of flips that points of a dimension can have. */
const flipsIn = (dimension: number): readonly Flips[] => FLIPS.filter((flips) => flips <= dimension);

/** Evaluations of given heights over 30 seeds. */
async function evaluations(problem: Problem, h: ArrayLike<number>, count: number, flips: Flips): Promise<Evaluation[]> {
  const cells = new Cells(gpu, problem.targets, problem.source);
  const results: Evaluation[] = [];
  for (let seed = 0; seed < 30; seed++) {
    results.push(await evaluateHeights(cells, h, problem.nu, { seed, stream: 1, first: 0, count, flips }));
  }
  cells.dispose();
  return results;
}

/**
 * χ² estimates at exact heights are standard normal after scaling: their sum over 30 seeds stays
 * within 4 sd (level 6e-5).
 */
async function assertExact(problem: Problem, h: ArrayLike<number>): Promise<void> {
  for (const flips of flipsIn(problem.targets.dimension)) {
    const results = await evaluations(problem, h, 20000, flips);
    // Χ² has a heavier tail than a normal.
    for (const { z } of results) assert.ok(Math.abs(z) < 6, `z = ${z}, ${flips} flips`);
    const sum = results.reduce((total, { z }) => total + z, 0) / Math.sqrt(30);
    assert.ok(Math.abs(sum) < 4, `z over all seeds = ${sum}, ${flips} flips`);
  }
}

/**
 * Heights of a problem on a line: h_{i+1} = h_i − (t_{i+1} − t_i) F⁻¹(nu_1 + … + nu_i), for sorted
 * positions t.
 */
function lineHeights(t: readonly number[], nu: readonly number[], quantile: (p: number) => number): Float64Array {
  const h = new Float64Array(t.length);
  let mass = 0;
  for (let i = 1; i < t.length; i++) {
    mass += nu[i - 1] as number;
    h[i] = (h[i - 1] as number) - ((t[i] as number) - (t[i - 1] as number)) * quantile(mass);
  }
  return h;
}

function assertHeights(
  problem: Problem,
  { heights, stop }: Solution,
  exact: ArrayLike<number>,
  tolerance: number,
): void {
  assert.is(stop, "reached");
  centreHeights(exact, problem.nu).forEach((h, i) => {
    assert.ok(Math.abs((heights[i] as number) - h) < tolerance, `height ${i} is ${heights[i]}, expected ${h}`);
  });
}

const simplex = (d: number): number[][] => {
  const rows = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, k) => (i === k ? 1 : 0)));
  return [...rows, new Array<number>(d).fill((1 - Math.sqrt(d + 1)) / d)]; // all edges √2 long
};
const cross = (d: number): number[][] =>
  Array.from({ length: 2 * d }, (_, i) => Array.from({ length: d }, (_, k) => (i >> 1 === k ? 1 - 2 * (i % 2) : 0)));
const slabs = (n: number, d: number): number[][] =>
  Array.from({ length: n }, (_, j) => [(j + 0.5) / n, ...new Array<number>(d - 1).fill(0.5)]);
/** −|y|²/2 of the centred targets. */
const halfSquares = ({ targets: { values, count, dimension: d } }: Problem): number[] =>
  Array.from({ length: count }, (_, i) => -0.5 * values.subarray(i * d, i * d + d).reduce((sum, v) => sum + v * v, 0));

describe("evaluation", {
  "exact heights pass the z-test: simplex and cross-polytope with equal ones (S2, O5)": async () => {
    for (const rows of [simplex(2), simplex(5), cross(3), cross(16)]) {
      await assertExact(problemOf(rows), new Float64Array(rows.length));
    }
  },
  "exact heights pass the z-test: slabs of the cube with −|y|²/2 (S2, O2)": async () => {
    for (const [n, d] of [
      [32, 3],
      [200, 1],
    ] as const) {
      const problem = problemOf(slabs(n, d), { source: "cube" });
      await assertExact(problem, halfSquares(problem));
    }
  },
  "wrong heights are rejected, and the estimate is χ² (S2)": async () => {
    const problem = problemOf(slabs(32, 3), { source: "cube" });
    const wrong = halfSquares(problem).map((h, i) => h + (i === 7 ? 0.2 / 32 ** 2 : 0));
    // Raising height 7 by e moves both its bounds by 32 e: w_7 = 1.4 / 32, and its neighbours lose
    // .2 / 32 each.
    const exact = (0.4 ** 2 + 2 * 0.2 ** 2) / 32;
    for (const flips of flipsIn(3)) {
      const results = await evaluations(problem, wrong, 20000 * 2 ** flips, flips);
      const mean = results.reduce((sum, { chi2 }) => sum + chi2, 0) / 30;
      const sd = Math.hypot(...results.map((e) => e.sd)) / 30;
      assert.ok(Math.abs(mean - exact) < 4 * sd, `${mean}, expected ${exact}, sd ${sd}, ${flips} flips`);
      assert.ok(results.every(({ z }) => z > 6));
    }
  },
  "the parts of an evaluation": () => {
    const e = evaluate(Float64Array.of(3, 0, 1, 0), Float64Array.of(0.5, 0.25, 0.25, 0));
    assert.is(e.samples, 4);
    assert.is(e.empty, 1);
    assert.is(e.worst, 1);
    assert.is(e.l1, 0.5);
    assert.ok(Math.abs(e.chi2 - (6 / 0.5 / 12 - 1)) < 1e-15);
  },
});

describe("solver", {
  "d = 1 with unequal masses (O1)": async () => {
    const [t, nu] = [
      [-2, -1, 0.5, 0.75, 4],
      [0.1, 0.3, 0.2, 0.25, 0.15],
    ];
    for (const source of ["gaussian", "cube"] as const) {
      const problem = problemOf(
        t.map((v) => [v]),
        { nu, source },
      );
      const shift = problem.offset[0] as number;
      const quantile = source === "cube" ? (p: number) => p - 0.5 : normalQuantile;
      const exact = lineHeights(
        t.map((v) => v - shift),
        nu,
        quantile,
      );
      assertHeights(problem, await solve(gpu, problem, { chi2: 1e-4 }), exact, 0.02);
    }
  },
  "two targets: h2 − h1 = −|y2 − y1| Φ⁻¹(nu1), and collinear ones (O4)": async () => {
    const direction = [0.6, 0, -0.8, 0, 0];
    const along = (t: number): number[] => direction.map((v) => v * t + 3);
    const two = problemOf([along(0), along(2)], { nu: [0.8, 0.2] });
    for (const flips of FLIPS) {
      const { heights } = await solve(gpu, two, { chi2: 1e-4, flips });
      const difference = (heights[1] as number) - (heights[0] as number);
      assert.ok(Math.abs(difference + 2 * normalQuantile(0.8)) < 0.02, `${difference}, ${flips} flips`);
    }
    const [t, nu] = [
      [-1.5, 0, 0.25, 2],
      [0.25, 0.25, 0.25, 0.25],
    ];
    const problem = problemOf(t.map(along));
    const centre = t.reduce((sum, v) => sum + v, 0) / 4;
    assertHeights(
      problem,
      await solve(gpu, problem, { chi2: 1e-4 }),
      lineHeights(
        t.map((v) => v - centre),
        nu,
        normalQuantile,
      ),
      0.02,
    );
  },
  "simplex, cross-polytope and slabs (O2, O5)": async () => {
    for (const rows of [simplex(4), cross(6)]) {
      const problem = problemOf(rows);
      for (const flips of FLIPS)
        assertHeights(problem, await solve(gpu, problem, { chi2: 2e-4, flips }), new Float64Array(rows.length), 0.02);
    }
    const problem = problemOf(slabs(16, 2), { source: "cube" });
    for (const flips of flipsIn(2))
      assertHeights(problem, await solve(gpu, problem, { chi2: 1e-3, flips }), halfSquares(problem), 2e-3);
  },
  "mixtures reach the χ² that was asked for, at the cost that the budget law says (S5)": async () => {
    const targets = normals(500, 16, 1);
    const shifted = targets.values.map((v, i) => v * (1 + (i % 16) / 8) + (Math.floor(i / 16) % 5 === i % 16 ? 4 : 0));
    const problem = createProblem({ ...targets, values: shifted });
    for (const flips of FLIPS) {
      const { stop, heights, evaluation, samples, alpha, inflation } = await solve(gpu, problem, {
        chi2: 0.006,
        flips,
      });
      assert.is(stop, "reached");
      assert.ok(evaluation.chi2 + 2 * evaluation.sd <= 0.006);
      using cells = new Cells(gpu, problem.targets);
      const fresh = { seed: 1, stream: STREAMS.source.evaluation, first: powerOfTwo(40), count: powerOfTwo(20) };
      const { chi2 } = await evaluateHeights(cells, heights, problem.nu, { ...fresh, flips });
      const law = (chi2 * samples) / inflation / 500;
      // The best estimate has 1, with a deviation of √(2 / 500).
      assert.ok(law > 0.8 && law < 1.65, `χ² S / (N f) = ${law}, ${flips} flips`);
      assert.ok(alpha > 0.2 && alpha < 1.5, `α = ${alpha}`);
      assert.is(evaluation.empty, 0);
    }
  },
  "the warm start lowers χ²": async () => {
    const problem = createProblem(normals(400, 16, 3, 2));
    const cells = new Cells(gpu, problem.targets);
    const draw = { seed: 1, stream: 2, first: 0, count: 8192 };
    const { heights } = await warmStart(cells, problem, draw);
    const fresh = { ...draw, stream: 1 };
    const [before, after] = [
      await evaluateHeights(cells, new Float64Array(400), problem.nu, fresh),
      await evaluateHeights(cells, heights, problem.nu, fresh),
    ];
    cells.dispose();
    assert.ok(after.chi2 < before.chi2 / 5, `${before.chi2} to ${after.chi2}`);
  },
  "the same seed gives the same bits, on any kernel family; another seed gives others (P11)": async () => {
    const problem = createProblem(normals(40, 3, 2));
    const run = (device = gpu, options: SolveOptions = {}) => solve(device, problem, { chi2: 0.01, ...options });
    for (const flips of flipsIn(3)) {
      const first = await run(gpu, { flips });
      assert.equal(await run(gpu, { flips }), first);
      for (const family of ["portable", "tiled"] as const)
        assert.equal(await run(await testEngine(family), { flips }), first);
      assert.not.equal((await run(gpu, { seed: 2, flips })).heights, first.heights);
    }
  },
  "targets four times as far apart have heights four times as high, and shifted ones the same, bit for bit (P10)":
    async () => {
      // Multiples of 1/256 with masses of 1/32: their sums and means are exact.
      const targets = { ...normals(32, 3, 2), values: normals(32, 3, 2).values.map((v) => Math.round(v * 256) / 256) };
      for (const flips of flipsIn(3)) {
        const at = async (f: (v: number) => number) =>
          (await solve(gpu, createProblem({ ...targets, values: targets.values.map(f) }), { chi2: 0.01, flips }))
            .heights;
        const heights = await at((v) => v);
        assert.equal(
          await at((v) => 4 * v),
          heights.map((h) => 4 * h),
        );
        assert.equal(await at((v) => v + 3), heights);
      }
    },
  "one target, equal targets and zero masses (P12)": async () => {
    const one = await solve(gpu, problemOf([[3, 4]]));
    assert.equal([one.stop, ...one.heights], ["single", 0]);
    const same = await solve(
      gpu,
      problemOf([
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
    );
    assert.equal([same.stop, ...same.heights], ["single", 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const problem = problemOf([[0], [9], [2], [2], [0]], { nu: [1, 0, 1, 2, 4] });
    assert.equal([...problem.nu], [5 / 8, 0, 3 / 8, 0, 0]);
    const { heights } = await solve(gpu, problem, { chi2: 1e-4 });
    assert.equal([heights[1], heights[3], heights[4]], new Array(3).fill(Number.NEGATIVE_INFINITY));
    const difference = (heights[2] as number) - (heights[0] as number);
    const [shift] = problem.offset;
    assert.ok(Math.abs(difference + 2 * normalQuantile(0.625)) < 0.02, `${difference}, offset ${shift}`);
  },
  "empty cells are raised until they meet a sample": async () => {
    const targets = normals(50, 4, 1);
    const cells = new Cells(gpu, targets);
    const h = new Float64Array(50);
    const low = h.with(3, -30).with(8, -20);
    const raised = await repairEmpty(cells, low, { empty: [3, 8], margin: 1e-3, seed: 1 });
    cells.setHeights(raised);
    const counts = await cells.count({ seed: 1, stream: 4, first: 0, count: 16384 });
    cells.dispose();
    assert.equal(
      raised.map((v, i) => (i === 3 || i === 8 ? 0 : v)),
      h,
    );
    assert.ok((counts[3] as number) >= 1 && (counts[3] as number) < 100, `${counts[3]}`);
    assert.ok((counts[8] as number) >= 1 && (counts[8] as number) < 100, `${counts[8]}`);
  },
  "budgets are honoured, progress is told, and given heights are the start": async () => {
    const problem = createProblem(normals(60, 8, 4));
    const told: Progress[] = [];
    const short = await solve(gpu, problem, { chi2: 1e-5, budget: 20000, onStep: (p) => told.push(p) });
    assert.is(short.stop, "budget");
    assert.ok(short.samples <= 20000 && short.steps >= 300);
    assert.equal(
      told.map((p) => p.iteration),
      Array.from({ length: short.steps }, (_, i) => i + 1),
    );
    assert.is(told.at(-1)?.chi2, short.evaluation.chi2);
    const good = await solve(gpu, problem, { chi2: 0.01 });
    const again = await solve(gpu, problem, { chi2: 0.01, heights: good.heights, budget: 9600, seed: 9 });
    assert.ok(again.evaluation.chi2 < 0.05, `${again.evaluation.chi2}`);
    assert.ok(Number.isNaN(again.alpha));
  },
  "steps are functions of the state alone": async () => {
    const problem = createProblem(normals(20, 2, 4));
    const cells = new Cells(gpu, problem.targets);
    const begin = start({ heights: new Float64Array(20), lr: 0.1, samples: 1e5, seed: 1, first: 0 });
    const first = await step(cells, problem, begin);
    await step(cells, problem, first);
    assert.equal(await step(cells, problem, begin), first);
    assert.is(first.first, begin.batch);
    assert.ok(Math.abs(first.heights.reduce((sum, h) => sum + h, 0)) < 1e-12);
    cells.dispose();
  },
  "what cannot be solved is refused by name": async () => {
    const good: Points = normals(3, 2, 1);
    const refuse = (values: number[], dimension: number, message: string): void =>
      assert.throws(
        () => points("targets", values, dimension),
        (e: Error) => e instanceof RangeError && e.message.includes(message),
      );
    refuse([], 2, "targets: expected at least one point, got none");
    refuse([1, 2], 0, "expected a dimension of 1 to 131072, got 0");
    refuse([1, 2, 3], 2, "expected rows of 2 numbers, got 3 numbers");
    refuse([1, 2, 3, Number.NaN], 2, "got NaN in row 1");
    refuse([1, 2, 3, 4, Number.NEGATIVE_INFINITY, 6], 2, "got -Infinity in row 2");
    refuse([1, 1e16], 1, "got 10000000000000000 in row 1");
    const masses = (nu: number[], message: string): void => assert.throws(() => createProblem(good, { nu }), message);
    masses([1, 1], "ot: expected 3 masses `nu`, got 2");
    masses([1, -1, 1], "expected finite masses `nu` ≥ 0, got -1 at 1");
    masses([1, Number.NaN, 1], "got NaN at 1");
    masses([0, 0, 0], "expected masses `nu` with a finite sum above 0, got 0");
    for (const [options, message] of [
      [{ chi2: 0 }, "`chi2` above 0"],
      [{ budget: 100 }, "`budget` of at least 9600"],
    ] as const) {
      await rejects(solve(gpu, createProblem(good), options), message);
    }
  },
});
