// Balanced draws: each cell once before any twice, and every point one of the ordinary stream.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { STREAMS } from "../../../src/math/streams.ts";
import { balancedPoints } from "../../../src/ot/extension/balanced.ts";
import { sample } from "../../../src/ot/extension/extend.ts";
import type { Rule } from "../../../src/ot/extension/rule.ts";
import { createMap, massCentres, transport } from "../../../src/ot/map/map.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { checked, normals } from "../instances.ts";

const gpu = await testEngine();
const N = 60;
const problem = createProblem(normals(N, 3, 1, 0.5));
const map = createMap(gpu, problem, (await solve(gpu, problem, { chi2: 0.02 })).heights);
const ROUND = 2 ** 32;

/** How often each of n numbers occurs. */
function histogram(values: ArrayLike<number>, n: number): number[] {
  const counts = new Array<number>(n).fill(0);
  for (let m = 0; m < values.length; m++) (counts[values[m] as number] as number) += 1;
  return counts;
}

describe("balanced draws", {
  "each round has each cell once, in another order": async () => {
    const { index } = await sample(map, { count: 3 * N, seed: 4, balanced: true, rule: { name: "plain" } });
    const rounds = [0, 1, 2].map((r) => index.subarray(r * N, (r + 1) * N));
    for (const round of rounds) assert.equal(histogram(round, N), new Array(N).fill(1));
    assert.not.equal(rounds[0]?.join(), rounds[1]?.join());
    assert.not.equal(rounds[1]?.join(), rounds[2]?.join());
  },
  "every point is the one of its number in the ordinary stream, and the first of its cell in the round": async () => {
    const points = await balancedPoints(map, { seed: 4, first: N - 5, count: N });
    const { index } = await transport(map, points);
    for (const m of points.numbers.keys()) {
      const number = points.numbers[m] as number;
      const begin = ROUND * Math.floor(number / ROUND);
      const draw = { seed: 4, stream: STREAMS.source.generation, first: begin, count: number - begin + 1 };
      const all = await map.cells.assign(draw, ["index", "points"]);
      assert.is(all.index.indexOf(index[m] as number), draw.count - 1);
      assert.equal(points.values.slice(3 * m, 3 * m + 3), all.points.slice(-3));
    }
  },
  "latents are those of the same numbers without balance, noise of the rule included": async () => {
    const rules: Rule[] = [
      { name: "plain" },
      { name: "facet", angle: 0.5, cells: 5 },
      { name: "local", neighbours: 4 },
    ];
    const points = await balancedPoints(map, { seed: 9, first: 0, count: 20 });
    for (const rule of rules) {
      const { latents } = await sample(map, { count: 20, seed: 9, balanced: true, rule });
      for (const m of points.numbers.keys()) {
        const one = await sample(map, { count: 1, seed: 9, first: points.numbers[m] as number, rule });
        assert.equal(latents.slice(3 * m, 3 * m + 3), one.latents, `${rule.name}, sample ${m}`);
      }
    }
  },
  "the split of a draw changes nothing: 15 random splits, seed 1": async () => {
    const whole = await balancedPoints(map, { seed: 2, first: 0, count: 4 * N });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 4 * N - 1 }),
        fc.integer({ min: 1, max: 2 * N }),
        async (first, most) => {
          const count = Math.min(most, 4 * N - first);
          const part = await balancedPoints(map, { seed: 2, first, count });
          assert.equal(part.numbers, whole.numbers.slice(first, first + count));
          assert.equal(part.values, whole.values.slice(3 * first, 3 * (first + count)));
        },
      ),
      checked,
    );
  },
  "within a cell points follow the source: means of 400 rounds at the mass centres, 5 standard errors": async () => {
    const rounds = 400;
    const { centres, counts } = await massCentres(map, { samplesPerCell: 4000 });
    const points = await balancedPoints(map, { seed: 5, first: 0, count: rounds * N });
    const { index } = await transport(map, points);
    const [sums, squares] = [new Float64Array(3 * N), new Float64Array(3 * N)];
    for (const m of index.keys()) {
      for (let k = 0; k < 3; k++) {
        const at = 3 * (index[m] as number) + k;
        const off = (points.values[3 * m + k] as number) - (centres[at] as number);
        (sums[at] as number) += off;
        (squares[at] as number) += off * off;
      }
    }
    for (const at of sums.keys()) {
      const variance = (squares[at] as number) / rounds;
      const error = Math.sqrt(variance / rounds + variance / (counts[Math.floor(at / 3)] as number));
      assert.ok(Math.abs((sums[at] as number) / rounds) <= 5 * error, `coordinate ${at}`);
    }
  },
  "a target of twice the mass is drawn twice in a round, one without mass never": async () => {
    const nu = Float64Array.from({ length: N }, (_, i) => [2, 1, 1, 0, 1, 3][i % 6] as number);
    const unequal = createProblem(normals(N, 3, 1, 0.5), { nu });
    const own = createMap(gpu, unequal, (await solve(gpu, unequal, { chi2: 0.02 })).heights);
    const size = nu.reduce((sum, mass) => sum + mass, 0);
    const { index } = await sample(own, { count: size, balanced: true, rule: { name: "plain" } });
    assert.equal(histogram(index, N), [...nu]);
    own.dispose();
  },
  "refuses masses that are no multiples, empty cells, and numbers beyond the last round": async () => {
    const odd = createProblem(normals(3, 3, 1), { nu: [1, 1.5, 2] });
    const own = createMap(gpu, odd, [0, 0, 0]);
    const plain = { balanced: true, rule: { name: "plain" } } as const;
    await rejects(
      sample(own, { count: 1, ...plain }),
      "balanced: expected masses in whole multiples of the smallest, got 1.5 at 1",
    );
    own.dispose();
    const far = createMap(
      gpu,
      problem,
      map.heights.map((h, i) => (i === 7 ? -1e6 : h)),
    );
    await rejects(sample(far, { count: N, ...plain }), "got none in that of target 7; solve to a smaller chi2");
    far.dispose();
    await rejects(sample(map, { count: 1, first: 2 ** 20 * N, ...plain }), "balanced: expected samples below");
    await rejects(sample(map, { count: 1, seed: -1, ...plain }), "seed");
  },
  "stops when cancelled, and goes on with the same points": async () => {
    const stopped = AbortSignal.abort(new Error("enough"));
    await rejects(balancedPoints(map, { seed: 77, first: 0, count: N, signal: stopped }), "enough");
    const after = await balancedPoints(map, { seed: 77, first: 0, count: N });
    await balancedPoints(map, { seed: 78, first: 0, count: 1 });
    assert.equal(await balancedPoints(map, { seed: 77, first: 0, count: N }), after);
  },
});
