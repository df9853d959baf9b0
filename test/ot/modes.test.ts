// The modes of a mixture after transport: the benchmarks of the ring and the grid, and labels that
// are mixed.
import * as assert from "uvu/assert";
import { hostRandom } from "../../src/math/philox.ts";
import { extend, sample } from "../../src/ot/extension/extend.ts";
import { createMap } from "../../src/ot/map/map.ts";
import type { Points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { normals } from "./instances.ts";

const gpu = await testEngine();
type Modes = readonly (readonly [number, number])[];
const ring: Modes = Array.from({ length: 8 }, (_, k) => [Math.cos((Math.PI * k) / 4), Math.sin((Math.PI * k) / 4)]);
const grid: Modes = Array.from({ length: 25 }, (_, k) => [2 * (k % 5) - 4, 2 * Math.floor(k / 5) - 4]);

/** Points of mode i % modes.length, with standard deviation sd. */
function around(at: Modes, count: number, sd: number, seed: number): Points {
  const random = hostRandom(seed, 0);
  const value = (i: number): number => (at[(i >> 1) % at.length]?.[i % 2] as number) + sd * random.normal();
  return { values: Float32Array.from({ length: 2 * count }, (_, i) => value(i)), count, dimension: 2 };
}

/** Points within 3 sd of each mode, in the plane. */
function hits(at: Modes, values: Float32Array, sd: number): Float64Array {
  const counts = new Float64Array(at.length);
  for (let m = 0; m < values.length; m += 2) {
    const near = at.findIndex(
      ([a, b]) => Math.hypot((values[m] as number) - a, (values[m + 1] as number) - b) < 3 * sd,
    );
    if (near >= 0) (counts[near] as number) += 1;
  }
  return counts;
}

describe("modes", {
  // Σ (c − c̄)² / c̄ ≈ 2 · 2500 · KL is χ² with K − 1 degrees of freedom where the modes' masses
  // are right: it exceeds three times its mean by chance with probability .004 (ring) or 2e-6
  // (grid).
  "ring and grid: χ², all modes, high quality in [.97, 1], reverse KL below 3 (K − 1) / (2N), for 3 seeds (S7)":
    async () => {
      for (const [at, sd, chi2] of [
        [ring, 0.01, 0.02],
        [grid, 0.05, 0.005],
      ] as const) {
        for (const seed of [1, 2, 3]) {
          const problem = createProblem(around(at, 1000, sd, 10 + seed));
          const { heights, stop, samples } = await solve(gpu, problem, { chi2, seed, budget: 2e6 });
          assert.equal([stop, samples <= 2e6], ["reached", true]);
          const map = createMap(gpu, problem, heights);
          const { latents } = await sample(map, { count: 2500, seed, rule: { name: "facet" } });
          map.dispose();
          const counts = hits(at, latents, sd);
          assert.ok(
            counts.every((c) => c > 0),
            `modes: ${counts}`,
          );
          const good = counts.reduce((a, b) => a + b, 0);
          assert.ok(good >= 0.97 * 2500 && good <= 2500, `high quality: ${good / 2500}`);
          const kl = counts.reduce((sum, c) => sum + (c / good) * Math.log((at.length * c) / good), 0);
          assert.ok(kl < (3 * (at.length - 1)) / (2 * 2500), `reverse KL ${kl} for ${counts}`);
        }
      }
    },

  "latents that mix two labels become fewer as θ̂ falls: 9, 7 and 2 % here, with an sd of .4 % (S6)": async () => {
    const count = 120;
    const noise = normals(count, 4, 6);
    const labels = Array.from({ length: count }, (_, i) => i % 3);
    const values = noise.values.map((v, at) => v + (at % 4 === (labels[Math.floor(at / 4)] as number) ? 3 : 0));
    const problem = createProblem({ ...noise, values });
    const map = createMap(gpu, problem, (await solve(gpu, problem, { chi2: 0.02 })).heights);
    const x = normals(4000, 4, 7);
    const mixed: number[] = [];
    for (const angle of [Math.PI, 0.9, 0.5]) {
      const { index, partner, weight } = await extend(map, x, { name: "facet", angle, cells: 3 });
      const other = [...partner.keys()].filter((m) => {
        const j = partner[m] as number;
        return j >= 0 && labels[j] !== labels[index[m] as number];
      });
      for (const m of other) assert.ok((weight[m] as number) > 0 && (weight[m] as number) <= 0.5);
      mixed.push(other.length / 4000);
    }
    map.dispose();
    const [all = 0, some = 0, few = 0] = mixed;
    assert.ok(all > 0.05 && some < 0.8 * all && few < 0.5 * some, `${mixed}`);
  },
});
