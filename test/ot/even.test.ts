// Draws that fill the source evenly: the same points as on the host, the source's law in every
// coordinate, and masses of cells far nearer to the truth than those of independent points.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { hostRandom, words } from "../../src/math/philox.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { evaluateHeights } from "../../src/ot/cells/evaluation.ts";
import { diagrams } from "../../src/ot/exact/plane/diagram.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { sourcePoint } from "../../src/ot/reference/draw.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import type { Density, Draw } from "../../src/ot/source.ts";
import { testEngine } from "../support/device.ts";
import { ksDistance } from "../support/statistics.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";
import { checked, dot, normalCdf, normals, rowOf } from "./instances.ts";

const families = [await testEngine(), await testEngine("portable"), await testEngine("tiled")];
const gpu = families[0] as (typeof families)[number];

/** Uses cells of two targets in d dimensions, with heights 0. */
async function withCells<T>(d: number, source: Density, use: (cells: Cells) => Promise<T>, on = gpu): Promise<T> {
  const cells = new Cells(on, normals(2, d, 1), source);
  try {
    cells.setHeights([0, 0]);
    return await use(cells);
  } finally {
    cells.dispose();
  }
}

const drawn = (d: number, source: Density, draw: Draw): Promise<Float32Array> =>
  withCells(d, source, async (cells) => (await cells.draw(draw)).values);

describe("even draws", {
  "points are those of the reference in float64, for every family and source, beyond 2^32 too (absolute 2e-6)": () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          d: fc.integer({ min: 1, max: 16 }),
          source: fc.constantFrom<Density>("gaussian", "cube"),
          seed: fc.maxSafeNat(),
          stream: fc.nat(65535),
          first: fc.oneof(fc.nat(1e6), fc.integer({ min: 2 ** 32 - 40, max: 2 ** 32 })),
        }),
        async ({ d, source, seed, stream, first }) => {
          const count = 45;
          const [[first_low, first_high], [seed_low, seed_high]] = [words("", "", first), words("", "", seed)];
          const params = {
            first_low,
            first_high,
            stream,
            seed_low,
            seed_high,
            cube: source === "cube" ? 1 : 0,
            even: 1,
          };
          const draw = { seed, stream, first, count, even: true };
          const { points } = await withCells(d, source, (cells) => cells.assign(draw, ["points"]));
          for (let m = 0; m < count; m++) {
            const expected = sourcePoint(params, m, 4 * Math.ceil(d / 4));
            for (let k = 0; k < d; k++) {
              const off = Math.abs((points[m * d + k] as number) - (expected[k] as number));
              assert.ok(off <= 2e-6 * (1 + Math.abs(expected[k] as number)), `coordinate ${k}: off by ${off}`);
            }
          }
          for (const other of families.slice(1)) {
            const same = await withCells(d, source, (cells) => cells.assign(draw, ["points"]), other);
            assert.equal(same.points, points, other.family);
          }
        },
      ),
      checked,
    ),

  "a coordinate of one point follows the source's law over seeds (S4, Kolmogorov and Smirnov, level 1e-6)":
    async () => {
      const [seeds, d] = [1500, 3];
      const limit = Math.sqrt(Math.log((2 * 2 * d) / 1e-6) / 2 / seeds);
      for (const source of ["gaussian", "cube"] as const) {
        const values = new Float64Array(seeds * d);
        await withCells(d, source, async (cells) => {
          for (let seed = 0; seed < seeds; seed++)
            values.set((await cells.draw({ seed, stream: 0, first: 12345, count: 1, even: true })).values, seed * d);
        });
        for (let k = 0; k < d; k++) {
          const own = values.filter((_, at) => at % d === k);
          const distance = ksDistance(own, source === "cube" ? (v) => v + 0.5 : normalCdf);
          assert.ok(distance <= limit, `${source}, coordinate ${k}: ${distance}, level at ${limit}`);
        }
      }
    },

  "4096 points in a row are nearer to the law in every coordinate of the cube than independent ones are in 1 of 10^9 draws":
    async () => {
      // P(√n D < t) ≈ √(2π) / t · exp(−π² / (8 t²)) of independent points is 1e-9 for t = .23.
      const [d, count] = [16, 4096];
      for (const first of [0, 1000, 2 ** 32 - 2048]) {
        const values = await drawn(d, "cube", { seed: 5, stream: 0, first, count, even: true });
        for (let k = 0; k < d; k++) {
          const own = Float64Array.from({ length: count }, (_, m) => values[m * d + k] as number);
          const distance = Math.sqrt(count) * ksDistance(own, (v) => v + 0.5);
          // Two shifts meet at 2^32: a sum of two even halves.
          assert.ok(distance <= 0.23, `coordinate ${k} from ${first}: √n D = ${distance}`);
        }
      }
    },

  "masses of cells of the plane have at most a tenth of the χ² of independent points, 400 for each cell, 5 seeds":
    async () => {
      const targets = normals(200, 2, 3);
      // Cells of the nearest target: all of them have some mass.
      const heights = Float64Array.from({ length: 200 }, (_, i) => -dot(rowOf(targets, i), rowOf(targets, i)) / 2);
      const { masses } = diagrams(Float64Array.from(targets.values), "gaussian")(heights);
      const cells = new Cells(gpu, targets);
      cells.setHeights(heights);
      for (const seed of [1, 2, 3, 4, 5]) {
        const count = 80_000;
        const counts = await cells.count({ seed, stream: 0, first: 0, count, even: true });
        let chi2 = 0;
        masses.forEach((mass, i) => {
          chi2 += ((counts[i] as number) - count * mass) ** 2 / (count * mass);
        });
        assert.ok(chi2 <= 0.1 * 199, `seed ${seed}: ${chi2}`);
      }
      cells.dispose();
    },

  "flipped points are those of the even draw with all patterns of signs": async () => {
    const draw = { seed: 7, stream: 11, even: true };
    const base = await drawn(5, "gaussian", { ...draw, first: 3, count: 20 });
    const flipped = await drawn(5, "gaussian", { ...draw, first: 12, count: 80, flips: 2 });
    assert.equal(
      flipped.map(Math.abs),
      Float32Array.from(flipped, (_, at) => Math.abs(base[Math.floor(at / 20) * 5 + (at % 5)] as number)),
    );
  },

  "the solver leaves at most .8 N / S of χ² in the plane, over all samples of its steps (exact masses)": async () => {
    const random = hostRandom(7, 0);
    const mode = (i: number): readonly number[] => [2 * (i % 5) - 4, 2 * (Math.floor(i / 5) % 5) - 4];
    const values = Float32Array.from(
      { length: 2000 },
      (_, at) => (mode(at >> 1)[at % 2] as number) + 0.05 * random.normal(),
    );
    const problem = createProblem({ values, count: 1000, dimension: 2 });
    const { heights, samples, stop } = await solve(gpu, problem, { flips: 0 });
    const { masses } = diagrams(Float64Array.from(problem.targets.values), "gaussian")(heights);
    const chi2 = masses.reduce((sum, mass) => sum + 1000 * (mass - 1e-3) ** 2, 0);
    assert.is(stop, "reached");
    assert.ok((chi2 * samples) / 1000 <= 0.8, `χ² ${chi2} after ${samples} samples`);
  },

  "more than 16 dimensions, samples as a source and estimates of a deviation are refused": async () => {
    const draw = { seed: 1, stream: 0, first: 0, count: 32, even: true };
    await rejects(drawn(17, "gaussian", draw), "in up to 16 dimensions, got one of 17 dimensions");
    const given = new Cells(gpu, normals(2, 3, 1), { samples: normals(9, 3, 2) });
    given.setHeights([0, 0]);
    await rejects(given.count(draw), "in up to 16 dimensions, got one of samples");
    given.dispose();
    await withCells(3, "gaussian", (cells) =>
      rejects(evaluateHeights(cells, [0, 0], Float64Array.of(0.5, 0.5), draw), "even"),
    );
  },
});
