// Targets that are close to each other, at every distance: told apart by the solver by samples as
// far as the device can, and gathered below that.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { evaluate, evaluateHeights } from "../../../src/ot/cells/evaluation.ts";
import { certify } from "../../../src/ot/certificate/certificate.ts";
import { neighbourGraph } from "../../../src/ot/map/graph.ts";
import { createMap } from "../../../src/ot/map/map.ts";
import { fullRows, points } from "../../../src/ot/points.ts";
import { createProblem, gatherForDevice, type Problem } from "../../../src/ot/problem.ts";
import { addAbove, type Forest, findPace, leastPace, sumBelow } from "../../../src/ot/solver/forest.ts";
import type { SolverState } from "../../../src/ot/solver/solution.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { medianMargin } from "../../../src/ot/solver/warmStart.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { dot, normalQuantile, normals } from "../instances.ts";

const gpu = await testEngine();
const none = Number.NEGATIVE_INFINITY;

/** Clouds with close points; `apart` is the distance within a group. */
const clouds = fc.record({
  d: fc.constantFrom(1, 2, 3, 16),
  kind: fc.constantFrom("pair", "pairs", "groups", "nested", "onePoint"),
  count: fc.constantFrom(4, 12, 30),
  apart: fc.constantFrom(1e-1, 1e-2, 1e-3, 1e-4, 2e-5, 1e-6, 1e-8, 1e-12),
  offset: fc.constantFrom(0, 0, 1000),
  source: fc.constantFrom("gaussian" as const, "cube" as const),
  unequal: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1e6 }),
});
type Cloud = typeof clouds extends fc.Arbitrary<infer T> ? T : never;

function problemOf({ d, kind, count, apart, offset, source, unequal, seed }: Cloud): Problem {
  const random = hostRandom(seed, 0);
  const rows = Array.from({ length: count }, () => Array.from({ length: d }, () => random.normal()));
  const near = (i: number, j: number, by: number): void => {
    const from = rows[j] as number[];
    rows[i] = (rows[i] as number[]).map((v, k) => (from[k] as number) + (by * v) / Math.sqrt(d));
  };
  for (let i = 1; i < count; i++) {
    if (kind === "pair" && i === count - 1) near(i, 0, apart);
    if (kind === "pairs" && i % 2 === 1) near(i, i - 1, apart);
    if (kind === "groups" && i % 4 !== 0) near(i, i - (i % 4), apart);
    if (kind === "nested" && i < 4) near(i, 0, i === 1 ? apart * 1e-2 : apart);
    if (kind === "onePoint") near(i, 0, apart);
  }
  const values = rows.flat().map((v) => v + offset);
  const nu = Float64Array.from({ length: count }, () => (unequal ? 0.2 + random.uniform() : 1));
  return createProblem(points("cloud", values, d), { nu, source });
}

/** The evaluation in float64 of heights by source points that no solver saw. */
function judge({ targets, nu, source }: Problem, heights: ArrayLike<number>, samples: number) {
  const { count, dimension: d } = targets;
  const y = fullRows(targets);
  const random = hostRandom(77, 0);
  const counts = new Float64Array(count);
  for (let m = 0; m < samples; m++) {
    const x = Array.from({ length: d }, () => (source === "cube" ? random.uniform() - 0.5 : random.normal()));
    let [index, best] = [-1, none];
    for (let i = 0; i < count; i++) {
      const score = (heights[i] as number) + dot(x, y.subarray(i * d, (i + 1) * d));
      if (score > best) [index, best] = [i, score];
    }
    (counts[index] as number) += 1;
  }
  return evaluate(counts, nu);
}

/**
 * W2 from N(0, I) to masses nu at t e, for e of length 1. Orthogonal to e nothing is gained, and
 * along e the map is monotone: W2² = d + Σ nu t² − 2 Σ t ∫ x φ over the cells, with ∫ x φ from a to
 * b = φ(a) − φ(b).
 */
function collinearDistance(t: readonly number[], nu: ArrayLike<number>, d: number): number {
  const order = [...t.keys()].sort((i, j) => (t[i] as number) - (t[j] as number));
  const density = (p: number): number =>
    p <= 0 || p >= 1 ? 0 : Math.exp(-0.5 * normalQuantile(p) ** 2) / Math.sqrt(2 * Math.PI);
  let [square, below] = [d, 0];
  for (const i of order) {
    const [at, mass] = [t[i] as number, nu[i] as number];
    square += mass * at * at - 2 * at * (density(below) - density(below + mass));
    below += mass;
  }
  return Math.sqrt(square);
}

describe("tight groups", {
  "are solved to χ² .02 at every distance, and what is gathered has no height: 12 clouds of all kinds": async () => {
    await fc.assert(
      fc.asyncProperty(clouds, async (cloud) => {
        const problem = problemOf(cloud);
        const gathered = gatherForDevice(problem);
        const { heights, stop, steps, gathered: count } = await solve(gpu, problem);
        assert.ok(stop === "reached" || (stop === "single" && count === cloud.count - 1), `${stop} after ${steps}`);
        assert.equal(
          [...heights].map((h) => h === none),
          [...gathered.nu].map((mass) => mass === 0),
        );
        assert.is(count, gathered.gathered?.count);
        // 20,000 samples in float64, where χ² of right masses is 0 ± √(2 N) / 20,000 < 4e-4: what
        // the solver may leave, 4 standard deviations, and what float32 adds to it.
        const { chi2, sd } = judge(gathered, heights, 20_000);
        assert.ok(chi2 <= 0.02 + 4 * sd + 0.002, `${chi2} ± ${sd}`);
      }),
      { numRuns: 12, seed: 5, includeErrorInReport: true },
    );
  },

  "have bounds of W2 that contain it, with the given masses: targets on a line in 1 to 16 dimensions": async () => {
    for (const [d, apart] of [
      [1, 1e-3],
      [2, 2e-5],
      [3, 1e-6],
      [16, 1e-9],
    ] as const) {
      const random = hostRandom(d, 0);
      const along = Array.from({ length: d }, () => random.normal());
      const length = Math.hypot(...along);
      const t = Array.from({ length: 20 }, () => 2 * random.normal());
      for (let i = 10; i < 20; i++) t[i] = (t[i - 10] as number) + apart * random.normal();
      const rows = t.flatMap((at) => along.map((v) => (at * v) / length));
      const nu = Float64Array.from(t, () => 0.1 + random.uniform());
      const sum = nu.reduce((a, b) => a + b, 0);
      const problem = createProblem(points("line", rows, d), { nu });
      const { heights } = await solve(gpu, problem);
      const map = createMap(gpu, problem, heights);
      // The level: an interval misses once in 10^6.
      const { w2 } = await certify(map.cells, problem, heights, { samples: 65_536, confidence: 1 - 1e-6 });
      const right = collinearDistance(
        t,
        nu.map((mass) => mass / sum),
        d,
      );
      assert.ok(w2[0] <= right && right <= w2[1], `d = ${d}: ${w2} around ${right}`);
      assert.ok(w2[1] - w2[0] < 0.05 * right, `d = ${d}: ${w2}`);
      const { pairs } = await neighbourGraph(map, { samples: 4096 });
      assert.ok(
        pairs.every((i) => heights[i] !== none),
        "the graph has only targets with a cell",
      );
      map.dispose();
    }
  },

  "that are gathered widen the bounds of W2 by the distance of their masses to the first": async () => {
    const t = [0, 1e-5, 2e-5, 1];
    const problem = createProblem(points("line", t, 1), { nu: [0.3, 0.3, 0.4, 0.5] });
    const { gathered, nu } = gatherForDevice(problem);
    assert.equal([...(gathered?.first ?? [])], [0, 0, 2, 3]);
    const by = gathered?.distance as number;
    assert.ok(Math.abs(by - Math.sqrt(0.2) * 1e-5) < 3e-8, `${by}`); // float32 rows
    const cells = new Cells(gpu, problem.targets);
    const options = { samples: 512, seed: 3 };
    const heights = [0, none, 0, 0];
    const wide = await certify(cells, problem, heights, options);
    const narrow = await certify(cells, { ...problem, nu }, heights, options);
    cells.dispose();
    assert.ok(Math.abs(narrow.w2[0] - wide.w2[0] - by) < 1e-12, `${narrow.w2} ${wide.w2}`);
    assert.ok(Math.abs(wide.w2[1] - narrow.w2[1] - by) < 1e-12, `${narrow.w2} ${wide.w2}`);
    wide.interval.forEach((c, end) => {
      assert.ok(
        Math.abs(Math.sqrt(2 * c) - (wide.w2[end] as number)) < 1e-12,
        "the interval of costs has the same ends",
      );
    });
  },

  "go on from any state with equal bits": async () => {
    const problem = problemOf({
      d: 16,
      kind: "nested",
      count: 12,
      apart: 1e-3,
      offset: 0,
      source: "gaussian",
      unequal: true,
      seed: 3,
    });
    const states: SolverState[] = [];
    const options = { chi2: 1e-4, budget: 7.2e5, seed: 2 } as const;
    const whole = await solve(gpu, problem, {
      ...options,
      onStep: ({ state }) => void (state !== undefined && states.push(state)),
    });
    for (const at of [100, states.length - 1]) {
      const from = states[at] as SolverState;
      assert.ok(from.descent.forest !== undefined, "there is a group");
      const rest = await solve(gpu, problem, { ...options, from });
      assert.equal({ ...rest, seconds: 0 }, { ...whole, seconds: 0 });
    }
    const from = states[0] as SolverState;
    const { forest } = from.descent;
    const short = {
      ...from,
      descent: { ...from.descent, forest: { ...(forest as Forest), pace: new Float64Array(3) } },
    };
    await rejects(solve(gpu, problem, { ...options, from: short }), "a state `from` of 12 targets, got one of 3");
  },

  "recover from heights that give all to one of a pair": async () => {
    const values = [...normals(10, 2, 4).values];
    values.push((values[0] as number) + 1e-4, values[1] as number);
    const problem = createProblem(points("pair", values, 2));
    for (const sign of [1, -1]) {
      const start = (await solve(gpu, problem, { chi2: 0.1 })).heights.with(10, 0.3 * sign);
      const { heights, stop } = await solve(gpu, problem, { heights: start });
      assert.is(stop, "reached");
      const { chi2, sd } = judge(problem, heights, 20_000);
      assert.ok(chi2 <= 0.02 + 4 * sd, `${chi2}`);
    }
  },

  "are not seen in clouds without any: normals, rings and lattices keep the bits of their first step": async () => {
    const ring = Array.from({ length: 40 }, (_, i) => [Math.cos(i / 7), Math.sin(i / 7)]).flat();
    const lattice = Array.from({ length: 100 }, (_, i) => [i % 10, Math.floor(i / 10)]).flat();
    for (const targets of [
      normals(50, 2, 1),
      normals(300, 8, 2),
      normals(100, 64, 3),
      points("ring", ring, 2),
      points("lattice", lattice, 2),
    ]) {
      const problem = createProblem(targets);
      const cells = new Cells(gpu, problem.targets);
      const [h, draw] = [new Float64Array(targets.count), { seed: 1, stream: 3, first: 0, count: 4096 }];
      const { lr, forest, samples } = await findPace(cells, problem, h, draw);
      assert.is(forest, undefined);
      assert.is(lr, await medianMargin(cells, h, draw));
      assert.is(samples, 4096);
      cells.dispose();
    }
  },

  "in a forest: members move with their root, and sums and moves are adjoint": () => {
    const forest = { parent: Float64Array.of(0, 0, 1, 3, 3, 0), pace: Float64Array.of(1, 0.5, 0.125, 1, 0.25, 0.5) };
    const [sums, moves] = [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 10, 100, 1000, 10_000, 0)];
    sumBelow(forest, sums);
    assert.equal([...sums], [12, 5, 3, 9, 5, 6]);
    addAbove(forest, moves);
    assert.equal([...moves], [1, 11, 111, 1000, 11_000, 1]);
    assert.equal([...leastPace(forest)], [0.125, 0.125, 0.125, 0.25, 0.25, 0.5]);
  },
});

describe("gathering for the device", {
  "is of targets with mass alone, within 2^-15 of their root mean square, once": () => {
    // Centred at 0; the root mean square is 1.
    const r = 2 ** -15;
    const given = [-1, 1, 1 - 0.9 * r, -1 + 1.1 * r, 0];
    const problem = createProblem(points("y", given, 1), { nu: [0.25, 0.25, 0.25, 0.25, 0] });
    const gathered = gatherForDevice(problem);
    assert.equal([...gathered.nu], [0.25, 0.5, 0, 0.25, 0]);
    assert.equal([...(gathered.gathered?.first ?? [])], [0, 1, 1, 3, 4]);
    assert.ok(Math.abs((gathered.gathered?.radius ?? 0) / r - 1) < 1e-4);
    assert.ok(gatherForDevice(gathered) === gathered);
    assert.equal([...problem.nu], [0.25, 0.25, 0.25, 0.25, 0], "the problem keeps its masses");
    const without = createProblem(points("y", given, 1), { nu: [1, 1, 0, 1, 0] });
    assert.is(gatherForDevice(without).gathered?.count, 0);
  },

  "leaves points that are only close out of the number of equal ones, in every dimension": () => {
    for (const d of [1, 2, 3, 16]) {
      const random = hostRandom(d, 0);
      const row = Array.from({ length: d }, () => 1 + random.uniform());
      const close = row.map((v) => v * (1 + 2 ** -40));
      const far = row.map((v) => v + 1);
      const problem = createProblem(points("y", [...row, ...close, ...row, ...far], d));
      assert.is(problem.duplicates, 1);
      assert.equal([...gatherForDevice(problem).nu], [0.75, 0, 0, 0.25]);
      assert.is(gatherForDevice(problem).gathered?.count, 1);
    }
  },

  "evaluates as the solver did": async () => {
    const values = [...normals(12, 3, 4).values];
    values.push(values[0] as number, values[1] as number, (values[2] as number) + 1e-7);
    const problem = createProblem(points("y", values, 3));
    const { heights, gathered } = await solve(gpu, problem);
    assert.is(gathered, 1);
    const map = createMap(gpu, problem, heights);
    const { nu } = gatherForDevice(problem);
    const { chi2, empty } = await evaluateHeights(map.cells, heights, nu, {
      seed: 9,
      stream: 1,
      first: 0,
      count: 65_536,
    });
    map.dispose();
    assert.ok(chi2 < 0.02, `${chi2}`);
    assert.is(empty, 0);
  },
});
