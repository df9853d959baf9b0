// The bounds of the transport cost, where the cost is known.
import * as assert from "uvu/assert";
import { normalQuantile } from "../../../src/math/normal.ts";
import { studentQuantile } from "../../../src/math/student.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { type CertificateOptions, certify } from "../../../src/ot/certificate/certificate.ts";
import { feasiblePlan } from "../../../src/ot/certificate/feasiblePlan.ts";
import { solveExact } from "../../../src/ot/exact/exact.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem, type Problem } from "../../../src/ot/problem.ts";
import { choosePilot } from "../../../src/ot/solver/pilot.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { FLIPS } from "../../../src/ot/source.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { normals, rowOf } from "../instances.ts";

const gpu = await testEngine();

async function certificate(problem: Problem, h: ArrayLike<number>, options: CertificateOptions) {
  const cells = new Cells(gpu, problem.targets, problem.source);
  try {
    return await certify(cells, problem, h, options);
  } finally {
    cells.dispose();
  }
}

/**
 * C = ½ ∫ |x − T(x)|² for N(0, 1) and sorted targets t: Σ nu (1 + t²)/2 − Σ t_i (φ(b_{i-1}) −
 * φ(b_i)), and the exact heights.
 */
function line(t: readonly number[], nu: readonly number[]) {
  const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  let [mass, cost, before] = [0, 0.5, 0];
  const h = new Float64Array(t.length);
  for (let i = 0; i < t.length; i++) {
    const y = t[i] as number;
    mass += nu[i] as number;
    const b = mass > 1 - 1e-12 ? 8 : normalQuantile(mass);
    cost += ((nu[i] as number) * y * y) / 2 - y * (before - density(b));
    before = density(b);
    if (i + 1 < t.length) h[i + 1] = (h[i] as number) - ((t[i + 1] as number) - y) * b;
  }
  return { cost, h };
}

/** In how many of 100 seeds the interval contains `cost`; the mean of its relative width. */
async function coverage(problem: Problem, h: ArrayLike<number>, cost: number, options: CertificateOptions = {}) {
  let [inside, gap] = [0, 0];
  for (let seed = 0; seed < 100; seed++) {
    const { interval, ...bounds } = await certificate(problem, h, { samples: 2048, seed, ...options });
    if (interval[0] <= cost && cost <= interval[1]) inside++;
    gap += bounds.gap / 100;
    assert.ok(bounds.lower <= bounds.upper && interval[0] <= Math.max(0, bounds.lower) && bounds.upper <= interval[1]);
  }
  return { inside, gap };
}

const problemOf = (rows: readonly number[], d: number, nu: readonly number[]): Problem =>
  createProblem(points("targets", rows, d), { nu });

describe("certificate", {
  "brackets the exact cost on a line, for the best heights and for any others, in 95 of 100 seeds": async () => {
    const [t, nu] = [
      [-2, -1, 0.5, 0.75, 4, 5],
      [0.1, 0.3, 0.2, 0.2, 0.15, 0.05],
    ];
    const { cost, h } = line(t, nu);
    const problem = problemOf(t, 1, nu);
    const best = await coverage(problem, h, cost);
    assert.ok(best.inside >= 95 && best.gap < 0.3, `${best.inside}, gap ${best.gap}`);
    const poor = await coverage(problem, [0.3, 0, 0.1, -0.4, -5, -8], cost);
    assert.ok(poor.inside >= 95, `${poor.inside}`);
  },
  "brackets the exact cost in the plane: slabs of the cube, whatever the offset": async () => {
    // T moves along the first coordinate alone, to the middle of the slab: ½ (1/12 n² + 1/12 (d −
    // 1)) for y_2 = 0, + ½ |shift|².
    const n = 16;
    const rows = Array.from({ length: n }, (_, j) => [(j + 0.5) / n - 0.5 + 3, 2]).flat();
    const problem = createProblem(points("targets", rows, 2), { source: "cube" });
    const h = Array.from({ length: n }, (_, j) => -0.5 * ((j + 0.5) / n - 0.5) ** 2);
    const cost = 0.5 * (1 / (12 * n * n) + 1 / 12 + 9 + 4);
    const { inside, gap } = await coverage(problem, h, cost);
    assert.ok(inside >= 95 && gap < 0.01, `${inside}, gap ${gap}`);
  },
  "brackets what the exact solver finds in the plane, for its heights and for rough ones, in 95 of 100 seeds":
    async () => {
      const problem = createProblem(normals(50, 2, 8));
      const { heights, w2 } = solveExact(problem);
      const best = await coverage(problem, heights, w2 ** 2 / 2);
      // The cost itself is small.
      assert.ok(best.inside >= 95 && best.gap < 0.8, `${best.inside}, gap ${best.gap}`);
      const rough = heights.map((h, i) => h + 0.1 * Math.sin(7 * i));
      assert.ok((await coverage(problem, rough, w2 ** 2 / 2)).inside >= 95);
    },
  "brackets a planted cost: the plan between heights' own masses (O6)": async () => {
    const targets = normals(60, 2, 1);
    const planted = Float64Array.from(normals(60, 1, 2, 0.3).values);
    const cells = new Cells(gpu, targets);
    cells.setHeights(planted);
    const counts = await cells.count({ seed: 9, stream: 40, first: 0, count: 2 ** 22 });
    cells.dispose();
    const problem = createProblem(targets, { nu: counts });
    // The dual value itself, from as many samples as make its error invisible. Centring adds <x,
    // offset> to u and moves no cell.
    const exact = await certificate(problem, planted, { samples: 2 ** 20, seed: 77 });
    assert.ok(exact.gap < 0.01, `${exact.gap}`);
    const { inside } = await coverage(problem, planted, (exact.lower + exact.upper) / 2);
    assert.ok(inside >= 95, `${inside}`);
  },
  "many normal targets: W2 between normals lies between the bounds to a percent or so (O9)": async () => {
    // 4000 draws of N(m, S), S = diag(4, 1/4): Bures' W2² = |m|² + Σ (1 − s_k)².
    const targets = normals(4000, 2, 3);
    const moved = targets.values.map((v, i) => (i % 2 === 0 ? 2 * v + 3 : v / 2 - 1));
    const problem = createProblem({ ...targets, values: moved });
    const { heights } = await solve(gpu, problem, { chi2: 0.05 });
    const { w2 } = await certificate(problem, heights, { samples: 2 ** 18 });
    const bures = Math.sqrt(9 + 1 + 1 + 0.25);
    assert.ok(w2[0] < 1.05 * bures && w2[1] > 0.95 * bures, `${w2}, expected ${bures}`);
  },
  "the gap at N = 200, d = 16": async () => {
    const problem = createProblem(normals(200, 16, 1));
    const { heights } = await solve(gpu, problem, { chi2: 0.01 });
    const { gap, moved } = await certificate(problem, heights, { samples: 2 ** 17 });
    assert.ok(gap < 0.015 && moved < 0.1, `gap ${gap}, moved ${moved}`);
  },
  "with sign flips, 95 % intervals contain the exact cost in 90 of 100 seeds, for good heights and rough ones":
    async () => {
      // Coordinates of the source in which all targets are 0 cost ½ each and move no border.
      const plane = normals(30, 2, 8);
      const exact = solveExact(createProblem(plane));
      const wide = (d: number): Problem => {
        const values = new Float32Array(30 * d);
        for (let i = 0; i < 30; i++) values.set(rowOf(plane, i), i * d);
        return createProblem({ values, count: 30, dimension: d });
      };
      const rough = exact.heights.map((h, i) => h + 0.1 * Math.sin(7 * i));
      for (const [d, flips] of [
        [2, 0],
        [2, 2],
        [8, 4],
      ] as const) {
        const cost = exact.w2 ** 2 / 2 + (d - 2) / 2;
        for (const h of [exact.heights, rough]) {
          const { inside } = await coverage(wide(d), h, cost, { flips, confidence: 0.95 });
          assert.ok(inside >= 90, `${d} dimensions, ${flips} flips: ${inside}`);
        }
      }
    },
  "flips are chosen as in the solver, can be forced, and are none where samples are the source": async () => {
    const problem = createProblem(normals(300, 16, 1));
    const cells = new Cells(gpu, problem.targets);
    cells.setHeights(new Float64Array(300));
    const pilot = await choosePilot(cells, problem.nu, { seed: 1, wanted: undefined });
    cells.dispose();
    assert.ok(pilot.flips > 0);
    assert.is((await certificate(problem, new Float64Array(300), { samples: 2048 })).flips, pilot.flips);
    for (const flips of FLIPS) {
      const bounds = await certificate(problem, new Float64Array(300), { samples: 2048, flips });
      assert.is(bounds.flips, flips);
      assert.is(bounds.samples % (32 * 2 ** flips), 0);
    }
    const rows = createProblem(normals(9, 2, 1), { source: { samples: normals(50, 2, 2) } });
    assert.is((await certificate(rows, new Float64Array(9), { samples: 2048 })).flips, 0);
    const forced = certificate(rows, new Float64Array(9), { samples: 2048, flips: 2 });
    await rejects(forced, "certify: expected `flips` of 0 for a source of samples, got 2");
  },
  "one target: both bounds are ½ E|x − y|²": async () => {
    const { lower, upper, interval } = await certificate(problemOf([3, 4], 2, [1]), [0], {});
    assert.ok(Math.abs(lower - 13.5) < 1e-6 && Math.abs(upper - 13.5) < 1e-6, `${lower} ${upper}`);
    assert.ok(interval[1] - interval[0] < 1e-4);
  },
  "bad options are refused by name": async () => {
    const problem = problemOf([3, 4], 1, [1, 1]);
    await rejects(
      certificate(problem, [0, 0], { samples: 10 }),
      "certify: expected `samples` from 512 to 2^48, got 10",
    );
    await rejects(certificate(problem, [0, 0], { confidence: 1 }), "expected `confidence` in (0, 1), got 1");
    await rejects(certificate(problem, [0, 0], { cells: 0 }), "expected `cells` from 1 to 1024, got 0");
    await rejects(
      certificate(problem, [0, Number.NEGATIVE_INFINITY], {}),
      "expected a finite height at 1, which has mass",
    );
  },
});

describe("feasible plan", {
  "the plan has the masses nu, and regret is never below 0": async () => {
    const problem = createProblem(normals(40, 2, 3), { nu: Float64Array.from({ length: 40 }, (_, i) => i % 5) });
    const cells = new Cells(gpu, problem.targets);
    const h = new Float64Array(40);
    cells.setHeights(h);
    const draw = { seed: 1, stream: 0, first: 0, count: 2000 };
    const counts = await cells.count(draw);
    const surplus = counts.reduce((sum, c, i) => sum + Math.max(0, c / 2000 - (problem.nu[i] as number)), 0);
    for (const near of [1, 2, 40]) {
      const { moved, regret, best, halfSquares } = await feasiblePlan(
        cells,
        { ...problem, heights: h, draw, near },
        {},
      );
      assert.ok(Math.abs(moved - surplus) < 1e-6, `${moved}, expected ${surplus}`);
      assert.ok(regret >= 0 && best.length === 2000 && halfSquares.every((v) => v >= 0));
      assert.equal(await cells.count(draw), counts, "the heights are what they were");
    }
    cells.dispose();
  },
});

describe("statistics", {
  "Student's quantiles are those of the tables": () => {
    assert.ok(Math.abs(studentQuantile(0.995, 15) - 2.9467) < 0.003);
    assert.ok(Math.abs(studentQuantile(0.975, 10) - 2.2281) < 0.002);
  },
});
