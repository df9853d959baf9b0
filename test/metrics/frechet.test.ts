import fc from "fast-check";
import * as assert from "uvu/assert";
import * as metrics from "../../src/metrics/frechet.ts";
import { gaussianDistance } from "../../src/metrics/frechet.ts";
import type { Points } from "../../src/ot/points.ts";
import { checked, normals, orthogonal, rowOf } from "../ot/instances.ts";
import { host } from "../support/host.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";

const frechetDistance = (x: Points, y: Points): Promise<number> => metrics.frechetDistance(host, x, y);
const gaussianOf = (x: Points): Promise<metrics.Gaussian> => metrics.gaussianOf(host, x);
const close = (name: string, actual: number, expected: number, tolerance: number): void =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * (1 + Math.abs(expected)),
    `${name}: ${actual}, expected ${expected}`,
  );

/** Rows times a matrix given by its rows, plus a shift. */
function mapped(x: Points, rows: readonly ArrayLike<number>[], shift: ArrayLike<number> = []): Points {
  const d = rows.length;
  const values = Float32Array.from({ length: x.count * d }, (_, at) => {
    const row = rowOf(x, Math.floor(at / d));
    return row.reduce((sum, v, k) => sum + v * (rows[at % d]?.[k] as number), shift[at % d] ?? 0);
  });
  return { values, count: x.count, dimension: d };
}

const pairs = fc.record({
  d: fc.integer({ min: 1, max: 6 }),
  count: fc.integer({ min: 8, max: 60 }),
  seed: fc.nat(1e6),
});

describe("frechetDistance", {
  async "hand-computed on a line: (μ₁ − μ₂)² + (σ₁ − σ₂)²"() {
    const x = { values: Float32Array.of(0, 2, 4), count: 3, dimension: 1 }; // mean 2, variance 4
    // mean 5, variance 2/3
    const y = { values: Float32Array.of(4, 5, 6, 5), count: 4, dimension: 1 };
    close("d²", await frechetDistance(x, y), 9 + (2 - Math.sqrt(2 / 3)) ** 2, 1e-14);
    assert.equal([...(await gaussianOf(x)).covariance], [4]);
  },
  "in the plane tr √M = √(tr M + 2 √det M), for M with the eigenvalues of Σ₁ Σ₂ (seed 1, 1e-10)": () =>
    fc.assert(
      fc.asyncProperty(fc.nat(1e6), async (seed) => {
        const x = mapped(normals(20, 2, seed), [
          [1, 2],
          [0, 1],
        ]);
        const y = normals(30, 2, seed + 1, 3);
        const [a, b] = [await gaussianOf(x), await gaussianOf(y)];
        const [p, q] = [a.covariance, b.covariance] as unknown as readonly [number[], number[]];
        const at = (m: number[], i: number): number => m[i] as number;
        const trace = at(p, 0) * at(q, 0) + 2 * at(p, 1) * at(q, 1) + at(p, 3) * at(q, 3);
        const det = (m: number[]): number => at(m, 0) * at(m, 3) - at(m, 1) ** 2;
        const root = Math.sqrt(trace + 2 * Math.sqrt(det(p) * det(q)));
        const shift = Math.hypot(...a.mean.map((m, k) => m - (b.mean[k] as number))) ** 2;
        const expected = shift + at(p, 0) + at(p, 3) + at(q, 0) + at(q, 3) - 2 * root;
        close("d²", await frechetDistance(x, y), expected, 1e-10);
      }),
      checked,
    ),
  "is symmetric, 0 for equal sets, and unmoved by rotations (seed 1, 1e-6)": () =>
    fc.assert(
      fc.asyncProperty(pairs, async ({ d, count, seed }) => {
        const [x, y] = [normals(count, d, seed), normals(count + 1, d, seed + 1, 2)];
        const value = await frechetDistance(x, y);
        close("symmetric", await frechetDistance(y, x), value, 1e-10);
        close("equal", await frechetDistance(x, x), 0, 1e-10);
        const turn = orthogonal(d, seed + 2);
        close("turned", await frechetDistance(mapped(x, turn), mapped(y, turn)), value, 1e-5);
        assert.ok(value >= 0);
      }),
      checked,
    ),
  "a shift adds its square, a scale s gives (s − 1)² of the variance": () =>
    fc.assert(
      fc.asyncProperty(pairs, async ({ d, count, seed }) => {
        const x = normals(count, d, seed);
        const eye = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)));
        const shift = Array.from({ length: d }, (_, i) => i + 1);
        const { mean, covariance } = await gaussianOf(x);
        close(
          "shift",
          await frechetDistance(mapped(x, eye, shift), x),
          shift.reduce((s, v) => s + v * v, 0),
          1e-5,
        );
        const scaled = { mean, covariance: covariance.map((v) => 9 * v) };
        const variance = mean.reduce((sum, _, k) => sum + (covariance[k * d + k] as number), 0);
        close("scale", gaussianDistance({ mean, covariance }, scaled), 4 * variance, 1e-10);
      }),
      checked,
    ),
  async "features that are constant everywhere, and singular covariances, cost nothing (1e-6)"() {
    const [x, y] = [normals(40, 3, 1), normals(50, 3, 2, 2)];
    const wide = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
      [0.6, 0.8, 0],
    ];
    const narrow = await frechetDistance(mapped(x, wide.slice(0, 3)), mapped(y, wide.slice(0, 3)));
    close("dead", await frechetDistance(mapped(x, wide.slice(0, 4)), mapped(y, wide.slice(0, 4))), narrow, 1e-10);
    close("equal", await frechetDistance(mapped(x, wide), mapped(x, wide)), 0, 1e-6);
  },
  async "two sets of one distribution in 32 dimensions: the distance falls as 1 / N (a factor of 4 within 20 %)"() {
    const at = (n: number) => frechetDistance(normals(n, 32, 5), normals(n, 32, 6));
    const factor = (await at(1000)) / (await at(4000));
    assert.ok(factor > 3.2 && factor < 4.8, `factor ${factor}`);
  },
  async "too few rows, NaN and unlike sets are refused in one line"() {
    const x = normals(9, 8, 1);
    await rejects(frechetDistance(x, normals(8, 8, 1)), "frechetDistance: expected at least 9 rows as `y`, got 8");
    await rejects(frechetDistance(x, normals(9, 7, 1)), "expected `x` and `y` of one dimension, got 8 and 7");
    const bad = { ...x, values: x.values.with(17, Number.NaN) };
    await rejects(
      frechetDistance(bad, x),
      "frechetDistance: expected finite numbers up to 1000000000000000 as `x`, got NaN in row 2",
    );
    await rejects(
      frechetDistance({ ...x, count: 10 }, x),
      "expected 10 rows of 8 numbers as `x`, got 72 numbers in all",
    );
  },
});
