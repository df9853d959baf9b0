import fc from "fast-check";
import { hostRandom } from "../../src/math/philox.ts";
import type { Points } from "../../src/ot/points.ts";

/** Targets, heights and samples, all standard normal. */
export interface Instance {
  readonly targets: Points;
  readonly h: Float64Array;
  readonly x: Points;
}

export function normals(count: number, dimension: number, seed: number, scale = 1): Points {
  const random = hostRandom(seed, 0);
  return { values: Float32Array.from({ length: count * dimension }, () => scale * random.normal()), count, dimension };
}

/** Instances of 1 to 75 targets in up to 9 dimensions, and 1 to 200 samples. */
export const instances: fc.Arbitrary<Instance> = fc
  .record({
    count: fc.integer({ min: 1, max: 75 }),
    dimension: fc.integer({ min: 1, max: 9 }),
    samples: fc.integer({ min: 1, max: 200 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .map(({ count, dimension, samples, seed }) => ({
    targets: normals(count, dimension, seed),
    h: Float64Array.from(normals(count, 1, seed + 1, 0.3).values),
    x: normals(samples, dimension, seed + 2),
  }));

export const checked = { numRuns: 15, seed: 1, includeErrorInReport: true } as const;

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

export function rowOf({ values, dimension }: Points, i: number): Float32Array {
  return values.subarray(i * dimension, (i + 1) * dimension);
}

/** Rows of a random orthogonal matrix: normals, made orthonormal by Gram and Schmidt. */
export function orthogonal(d: number, seed: number): Float64Array[] {
  const rows: Float64Array[] = [];
  for (let i = 0; i < d; i++) {
    let row = Float64Array.from(rowOf(normals(d, d, seed), i));
    for (const other of [...rows, ...rows]) {
      const along = dot(row, other);
      row = row.map((v, k) => v - along * (other[k] as number));
    }
    const length = Math.hypot(...row);
    rows.push(row.map((v) => v / length));
  }
  return rows;
}

/** Scores <x, y_i> + h_i in float64. */
export function scores(targets: Points, h: ArrayLike<number>, x: ArrayLike<number>): number[] {
  return Array.from({ length: targets.count }, (_, i) => dot(rowOf(targets, i), x) + (h[i] as number));
}

/** The first p-quantile of N(0, 1) by bisection of Φ. */
export function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Φ(z) by its series around 0 (Marsaglia 2004), good to 1e-15. */
export function normalCdf(z: number): number {
  let [term, sum, previous] = [z, z, Number.NaN];
  for (let i = 3; sum !== previous; i += 2) {
    previous = sum;
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * z * z - 0.9189385332046727);
}

/** P(χ²_k > x) by the cube root of Wilson and Hilferty (1931): enough for a level. */
export function chiSquareTail(x: number, k: number): number {
  const v = 2 / (9 * k);
  return 1 - normalCdf(Math.max(-9, Math.min(9, (Math.cbrt(x / k) - 1 + v) / Math.sqrt(v))));
}

/**
 * A normal cloud of spread 1e-3 around (offset, …) in float64, and the same rows moved back to 0
 * without rounding.
 */
export function farCloud(
  count: number,
  dimension: number,
  offset: number,
): { readonly given: Float64Array<ArrayBuffer>; readonly moved: Float64Array<ArrayBuffer> } {
  const random = hostRandom(11, 0);
  const given = Float64Array.from({ length: count * dimension }, () => offset + 1e-3 * random.normal());
  return { given, moved: given.map((v) => v - offset) };
}

/**
 * Unbiased χ² against equal masses under N(0, I), where each sample goes to the row with the
 * greatest <x, y_i> + h_i in float64.
 */
export function givenChi2(
  y: ArrayLike<number>,
  dimension: number,
  h: ArrayLike<number>,
  samples: number,
  seed = 77,
): number {
  const random = hostRandom(seed, 0);
  const counts = new Float64Array(h.length);
  const x = new Float64Array(dimension);
  for (let m = 0; m < samples; m++) {
    for (let k = 0; k < dimension; k++) x[k] = random.normal();
    let [index, best] = [-1, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < h.length; i++) {
      let score = h[i] as number;
      for (let k = 0; k < dimension; k++) score += (x[k] as number) * (y[i * dimension + k] as number);
      if (score > best) [index, best] = [i, score];
    }
    (counts[index] as number) += 1;
  }
  const mean = samples / h.length;
  // E Σ (c − mean)² / mean of right masses is N − 1.
  return (counts.reduce((sum, c) => sum + (c - mean) ** 2 / mean, 0) - (h.length - 1)) / samples;
}
