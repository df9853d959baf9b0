// The exact solver on problems with known answers, in one and two dimensions.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { evaluateHeights } from "../../../src/ot/cells/evaluation.ts";
import { type ExactProgress, type ExactSolution, exactCells, solveExact } from "../../../src/ot/exact/exact.ts";
import { polygon } from "../../../src/ot/exact/plane/polygons.ts";
import { points } from "../../../src/ot/points.ts";
import { centreHeights, createProblem, type Problem, type ProblemOptions } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";
import { checked, normalQuantile, normals } from "../instances.ts";

const gpu = await testEngine();
const SOURCES = ["cube", "gaussian"] as const;
const problemOf = (rows: readonly (readonly number[])[], options?: ProblemOptions): Problem =>
  createProblem(points("targets", rows.flat(), rows[0]?.length ?? 0), options);
const uniform = (count: number, d: number, seed: number): number[][] => {
  const random = hostRandom(seed, 0);
  return Array.from({ length: count }, () => Array.from({ length: d }, () => random.uniform()));
};

function assertReached({ stop, maxRelativeError, masses }: ExactSolution, tolerance = 1e-10): void {
  assert.is(stop, "reached");
  assert.ok(maxRelativeError <= tolerance, `${maxRelativeError}`);
  assert.ok(Math.abs(masses.reduce((a, b) => a + b, 0) - 1) < 1e-12);
}

function assertHeights(heights: Float64Array, exact: ArrayLike<number>, nu: Float64Array, tolerance: number): void {
  centreHeights(exact, nu).forEach((h, i) => {
    if (!Number.isFinite(h)) assert.is(heights[i], h);
    else assert.ok(Math.abs((heights[i] as number) - h) < tolerance, `height ${i} is ${heights[i]}, expected ${h}`);
  });
}

describe("exact solver", {
  "d = 1: heights, cells and W2 of slabs (O1, O2)": () => {
    const count = 50;
    const problem = problemOf(
      Array.from({ length: count }, (_, j) => [(j + 0.5) / count]),
      { source: "cube" },
    );
    const solution = solveExact(problem);
    assertReached(solution);
    const squares = Array.from(problem.targets.values, (y) => -0.5 * y * y);
    assertHeights(solution.heights, squares, problem.nu, 1e-6); // targets are float32
    // Slab j is moved to its centre, and all of it by ½: E|x − y|² = 1/12/50² + 1/4.
    assert.ok(Math.abs(solution.w2 ** 2 - 1 / 12 / count ** 2 - 0.25) < 1e-7, `${solution.w2}`);
    assert.equal([...solution.cells.across.subarray(0, 6)], [-1, 1, 0, 2, 1, 3]);
  },

  "d = 1 under N(0, 1): unequal masses, ties and order (O1)": () => {
    const [t, nu] = [
      [4, -2, 0.5, 0.75, -1, 4, 9],
      [0.05, 0.1, 0.2, 0.25, 0.3, 0.1, 0],
    ];
    const problem = problemOf(
      t.map((v) => [v]),
      { nu },
    );
    const { heights, masses, centres, w2, ...rest } = solveExact(problem);
    assertReached({ heights, masses, centres, w2, ...rest });
    const y = t;
    const difference = (heights[4] as number) - (heights[1] as number);
    assert.ok(Math.abs(difference + ((y[4] as number) - (y[1] as number)) * normalQuantile(0.1)) < 1e-13);
    assert.equal([heights[5], heights[6]], [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    assert.equal([masses[5], masses[6]], [0, 0]);
    // E(x − T)² = 1 + Σ nu y² − 2 Σ y ∫ xφ over its cell.
    const direct = t.reduce((sum, v, i) => sum + (masses[i] as number) * (v * v - 2 * v * (centres[i] as number)), 1);
    assert.ok(Math.abs(w2 ** 2 - direct) < 1e-6, `${w2 ** 2}, expected ${direct}`);
  },

  "d = 1: any masses are met (1e-10: the last bit of heights of close targets)": () =>
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 2, max: 300 }), fc.constantFrom(...SOURCES), (seed, count, source) => {
        const random = hostRandom(seed, 1);
        const nu = Array.from({ length: count }, () => 10 ** (-12 * random.uniform()));
        const solution = solveExact(createProblem(normals(count, 1, seed), { nu, source }));
        assert.ok(Math.abs(solution.masses.reduce((a, b) => a + b, 0) - 1) < 1e-12);
        const { masses } = solution;
        const sum = nu.reduce((a, b) => a + b, 0);
        nu.forEach((mass, i) => {
          assert.ok(Math.abs((masses[i] as number) - mass / sum) < 1e-10, `mass ${i}`);
        });
      }),
      { ...checked, numRuns: 50 },
    ),

  "planted heights are found again (O6)": () =>
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 2, max: 80 }), fc.constantFrom(...SOURCES), (seed, count, source) => {
        const random = hostRandom(seed, 1);
        const rows = uniform(count, 2, seed);
        const spread = source === "cube" ? 1 : 4;
        // Voronoi's heights on the domain, shaken a little; cells that this empties get no mass.
        const planted = rows.map(([a = 0, b = 0]) => {
          const square = (a - 0.5) ** 2 + (b - 0.5) ** 2;
          return (-square * spread) / 2 + (0.1 * random.normal()) / count;
        });
        const { masses } = exactCells(problemOf(rows, { source }), planted);
        const problem = problemOf(rows, { source, nu: masses });
        const least = masses.reduce((a, m) => (m > 0 ? Math.min(a, m) : a), 1);
        if (least < 1e-7) return;
        const solution = solveExact(problem);
        assertReached(solution);
        // The planted heights belong to targets with another offset, which have the same cells;
        // float32 rounds both.
        assertHeights(solution.heights, planted, problem.nu, 1e-5);
      }),
      { ...checked, numRuns: 40 },
    ),

  "ring, lattice, turned lattice and lines (O3, O4, O5)": () => {
    const ring = Array.from({ length: 8 }, (_, i) => [Math.cos((Math.PI * i) / 4), Math.sin((Math.PI * i) / 4)]);
    const lattice = Array.from({ length: 144 }, (_, i) => [((i % 12) + 0.5) / 12, (Math.floor(i / 12) + 0.5) / 12]);
    const turned = lattice.map(([a = 0, b = 0]) => [0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b]);
    const line = Array.from({ length: 100 }, (_, i) => [3 * i, 4 * i]);
    for (const source of SOURCES) {
      const solved = [ring, lattice, turned, line].map((rows) => {
        const problem = problemOf(rows, { source });
        const solution = solveExact(problem);
        assertReached(solution);
        return { problem, ...solution };
      });
      const [circle, grid, , lines] = solved;
      if (circle === undefined || grid === undefined || lines === undefined) throw new Error("four were solved");
      if (source === "cube") {
        const squares = lattice.map(([a = 0, b = 0]) => -0.5 * ((a - 0.5) ** 2 + (b - 0.5) ** 2));
        assertHeights(grid.heights, squares, grid.problem.nu, 1e-6);
        assert.ok(Math.abs(polygon(grid.cells, 77).reduce((a, b) => Math.max(a, b)) - 1 / 12) < 1e-6, "a box");
      } else {
        assertHeights(circle.heights, new Float64Array(8), circle.problem.nu, 1e-6);
        // Along a line, N(0, I) is N(0, 1): 5 i Φ⁻¹.
        const line1d = solveExact(
          problemOf(
            line.map((_, i) => [5 * i]),
            { source },
          ),
        );
        assertHeights(lines.heights, line1d.heights, lines.problem.nu, 1e-3);
      }
    }
  },

  "two targets under N(0, I): h2 − h1 = −|y2 − y1| Φ⁻¹(nu1) (O4)": () => {
    for (const nu1 of [0.5, 0.8, 1e-3, 1e-6]) {
      const { heights } = solveExact(
        problemOf(
          [
            [1, 1],
            [4, 5],
          ],
          { nu: [nu1, 1 - nu1] },
        ),
      );
      const difference = (heights[1] as number) - (heights[0] as number);
      assert.ok(Math.abs(difference + 5 * normalQuantile(nu1)) < 1e-6, `${nu1}: ${difference}`);
    }
  },

  "the scale and the place of targets do not matter, and W2 follows them": () => {
    for (const source of SOURCES) {
      const rows = uniform(200, 2, 3);
      const base = solveExact(problemOf(rows, { source }));
      assertReached(base);
      for (const scale of [1e-8, 1e8]) {
        const problem = problemOf(
          rows.map((row) => row.map((v) => v * scale)),
          { source },
        );
        const solution = solveExact(problem);
        assertReached(solution);
        assertHeights(
          solution.heights.map((h) => h / scale),
          base.heights,
          problem.nu,
          1e-5,
        );
      }
      const moved = solveExact(
        problemOf(
          rows.map(([a = 0, b = 0]) => [a + 30, b - 40]),
          { source },
        ),
      );
      // |x − y − s|² is |x − y|² − 2 <x − y, s> + |s|², and E x = 0; here y has mean m.
      const mean = [0, 1].map((k) => rows.reduce((sum, row) => sum + (row[k] as number) / 200, 0)) as [number, number];
      const expected = base.w2 ** 2 + 2 * (30 * mean[0] - 40 * mean[1]) + 2500;
      assert.ok(Math.abs(moved.w2 ** 2 - expected) < 1e-3, `${moved.w2 ** 2}, expected ${expected}`);
    }
  },

  "duplicates, zero masses and one target (P12)": () => {
    const rows = [
      [0, 0],
      [1, 0],
      [0, 0],
      [0, 1],
      [5, 5],
    ];
    for (const source of SOURCES) {
      const problem = problemOf(rows, { source, nu: [1, 2, 1, 2, 0] });
      const solution = solveExact(problem);
      assertReached(solution);
      assert.equal([solution.heights[2], solution.heights[4]], [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
      const one = solveExact(problemOf([[3, 4]], { source }));
      assert.equal([one.stop, one.masses.length], ["single", 1]);
      assert.ok(Math.abs((one.masses[0] as number) - 1) < 1e-15);
      assert.ok(Math.abs(one.w2 ** 2 - 25 - (source === "cube" ? 1 / 6 : 2)) < 1e-12, `${one.w2 ** 2}`);
      const equal = solveExact(problemOf([[3], [3]], { source }));
      assert.equal([equal.stop, ...equal.heights], ["single", 0, Number.NEGATIVE_INFINITY]);
    }
  },

  "counts at exact heights pass the z-test, and sampled heights agree with them (O7)": async () => {
    for (const source of SOURCES) {
      const problem = problemOf(uniform(300, 2, 9), { source });
      const { heights } = solveExact(problem);
      const cells = new Cells(gpu, problem.targets, source);
      let sum = 0;
      for (let seed = 0; seed < 20; seed++) {
        const { z } = await evaluateHeights(cells, heights, problem.nu, { seed, stream: 1, first: 0, count: 100_000 });
        assert.ok(Math.abs(z) < 6, `z = ${z}`);
        sum += z / Math.sqrt(20);
      }
      cells.dispose();
      assert.ok(Math.abs(sum) < 4, `z over all seeds = ${sum} (level 6e-5)`);
      const sampled = await solve(gpu, problem, { chi2: 0.01 });
      const spread = Math.hypot(...heights) / Math.sqrt(300);
      assertHeights(sampled.heights, heights, problem.nu, 0.1 * spread);
      assert.ok(exactCells(problem, sampled.heights).maxRelativeError < 0.6);
    }
  },

  "no heights give a W2 above that of the solution": () => {
    const problem = problemOf(uniform(60, 2, 4));
    const { heights, w2 } = solveExact(problem);
    for (let seed = 0; seed < 20; seed++) {
      const random = hostRandom(seed, 2);
      const other = exactCells(
        problem,
        heights.map((h) => h + 0.05 * random.normal()),
      );
      assert.ok(other.w2 < w2, `${other.w2}, expected below ${w2}`);
    }
    assert.ok(Number.isNaN(exactCells(problem, heights.with(0, Number.NEGATIVE_INFINITY)).w2));
    assert.ok(Number.isNaN(exactCells(problem, heights.with(0, 100)).w2), "a dual value below 0");
  },

  "steps are told, a warm start saves them, budgets end them": () => {
    const problem = problemOf(uniform(200, 2, 6), { source: "cube" });
    const told: ExactProgress[] = [];
    const cold = solveExact(problem, { onStep: (p) => told.push(p) });
    assert.equal(
      told.map((p) => p.iteration),
      Array.from({ length: cold.iterations }, (_, i) => i + 1),
    );
    assert.ok((told.at(-1)?.maxRelativeError ?? 1) <= 1e-10);
    assert.is(solveExact(problem, { heights: cold.heights }).iterations, 0);
    const short = solveExact(problem, { iterations: 1 });
    assert.equal([short.stop, short.iterations], ["budget", 1]);
    assert.is(solveExact(problem, { tolerance: 1e-18 }).stop, "rounding");
    // useless ones are not used
    assertReached(solveExact(problem, { heights: new Float64Array(200) }));
  },

  "what cannot be solved is refused by name": () => {
    const problem = problemOf(uniform(4, 2, 1));
    throws(() => solveExact(createProblem(normals(3, 3, 1))), "expected targets in 1 or 2 dimensions, got 3");
    const samples = createProblem(normals(3, 2, 1), { source: { samples: normals(9, 2, 2) } });
    throws(() => solveExact(samples), "exact: expected the source gaussian or cube, got samples");
    throws(() => solveExact(problem, { tolerance: 0 }), "expected `tolerance` above 0, got 0");
    throws(() => solveExact(problem, { iterations: 0 }), "expected `iterations` of at least 1, got 0");
    throws(() => solveExact(problem, { heights: [1] }), "expected 4 `heights`, got 1");
    throws(() => exactCells(problem, [1, 2]), "expected 4 `heights`, got 2");
    throws(() => exactCells(problem, [1, 2, Number.NaN, 3]), "got NaN at 2");
    throws(
      () => exactCells(problem, new Array(4).fill(Number.NEGATIVE_INFINITY)),
      "expected a finite height, got none",
    );
  },
});
