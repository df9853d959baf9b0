// The samples that the kernels draw, and the counts that they make of them.
import * as assert from "uvu/assert";
import { Cells } from "../../src/ot/cells/cells.ts";
import { testEngine } from "../support/device.ts";
import { ksDistance } from "../support/statistics.ts";
import { describe } from "../support/suite.ts";
import { chiSquareTail, dot, normalCdf } from "./instances.ts";

const gpu = await testEngine();

describe("draw", {
  "drawn coordinates are normal or uniform, independent between streams and seeds (S4, level 1e-6)": async () => {
    const targets = { values: Float32Array.of(1, 2, 3, 4, 5), count: 1, dimension: 5 };
    for (const source of ["gaussian", "cube"] as const) {
      const cells = new Cells(gpu, targets, source);
      cells.setHeights([0]);
      const count = 20000;
      const draw = async (seed: number, stream: number) =>
        (await cells.assign({ seed, stream, first: 0, count }, ["points"])).points;
      const points = await draw(1, 0);
      for (let k = 0; k < 5; k++) {
        const bins = new Float64Array(50);
        for (let m = 0; m < count; m++) {
          const value = points[m * 5 + k] as number;
          const u = source === "cube" ? value + 0.5 : normalCdf(value);
          (bins[Math.floor(50 * u)] as number) += 1;
        }
        const chi2 = bins.reduce((sum, c) => sum + (c - count / 50) ** 2 / (count / 50), 0);
        assert.ok(chiSquareTail(chi2, 49) > 1e-6 / 20, `${source} coordinate ${k}: ${chi2}`);
      }
      const spread = source === "cube" ? 1 / 12 : 1;
      for (const other of [await draw(1, 1), await draw(2, 0), points.subarray(1), points.subarray(5)]) {
        const n = Math.min(other.length, points.length);
        assert.ok(Math.abs(dot(points.subarray(0, n), other.subarray(0, n))) < 5.5 * spread * Math.sqrt(n));
      }
      cells.dispose();
    }
  },

  "coordinates of whole draws follow Φ or the uniform law in every tail, for 3 seeds (S4, Kolmogorov and Smirnov, level 1e-6)":
    async () => {
      const [count, tests] = [20_000, 2 * 3 * 4];
      // P(√n D > t) ≈ 2 exp(−2t²)
      const limit = Math.sqrt(Math.log((2 * tests) / 1e-6) / 2 / count);
      for (const source of ["gaussian", "cube"] as const) {
        const cells = new Cells(gpu, { values: Float32Array.of(1, 2, 3, 4), count: 1, dimension: 4 }, source);
        for (const seed of [1, 2, 2 ** 40]) {
          // crosses the low word
          const { values } = await cells.draw({ seed, stream: 6, first: 2 ** 32 - 5000, count });
          for (let k = 0; k < 4; k++) {
            const own = Float64Array.from({ length: count }, (_, m) => values[4 * m + k] as number);
            const distance = ksDistance(own, source === "cube" ? (v) => v + 0.5 : normalCdf);
            assert.ok(distance < limit, `${source}, seed ${seed}, coordinate ${k}: ${distance}, level at ${limit}`);
            if (source === "cube") assert.ok(own.every((v) => v >= -0.5 && v < 0.5));
          }
        }
        cells.dispose();
      }
    },

  "counts are multinomial with the cells' masses (S1, level 1e-5)": async () => {
    // Slabs between the octiles of the first coordinate: h_{i+1} = h_i − (y_{i+1} − y_i) b_i.
    const bounds = [-1.1503, -0.6745, -0.3186, 0, 0.3186, 0.6745, 1.1503];
    const values = new Float32Array(8 * 3);
    const h = new Float64Array(8);
    for (let i = 0; i < 8; i++) values[3 * i] = i;
    for (let i = 1; i < 8; i++) h[i] = (h[i - 1] as number) - (bounds[i - 1] as number);
    const masses = h.map((_, i) => normalCdf(bounds[i] ?? 9) - normalCdf(bounds[i - 1] ?? -9));
    const cells = new Cells(gpu, { values, count: 8, dimension: 3 });
    cells.setHeights(h);
    let total = 0;
    for (let seed = 0; seed < 20; seed++) {
      const draw = { seed, stream: 0, first: 0, count: 10000 };
      const counts = await cells.count(draw);
      total += counts.reduce(
        (sum, c, i) => sum + (c - 1e4 * (masses[i] as number)) ** 2 / (1e4 * (masses[i] as number)),
        0,
      );
    }
    cells.dispose();
    const tail = chiSquareTail(total, 20 * 7);
    assert.ok(tail > 1e-5 && tail < 1 - 1e-5, `${total}`);
  },
});
