import { batches, type Pausing } from "../kernels/batches.ts";
import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { congruence, symmetricEigen } from "../math/linalg.ts";
import type { Points } from "../ot/points.ts";
import { checkDimensions, checkSamples, rowsBetweenPauses } from "./samples.ts";

/** Mean [d] and covariance [d, d] of N rows; the covariance divides by N − 1. */
export interface Gaussian {
  readonly mean: Float64Array<ArrayBuffer>;
  readonly covariance: Float64Array<ArrayBuffer>;
}

/**
 * |μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁^½ Σ₂ Σ₁^½)^½: the squared W2 distance of the two Gaussians
 * that have the moments of x and y (Dowson and Landau 1982), in float64. Over a classifier's
 * features this is the Fréchet Classifier Distance, FCD: a number to compare only with others by
 * the same classifier and of the same numbers of rows, since it grows as these shrink. It is not
 * the FID, whose features are those of one published network.
 *
 * Zero eigenvalues are found to about 1e-15 of the greatest, so the distance of sets that span
 * fewer than d dimensions is exact to about 1e-7 d of their variance. Cost: N d² + 100 d³
 * operations. No signal interrupts the second part, which takes a quarter of a second for 128
 * features.
 *
 * RangeError for fewer than d + 1 rows in either set, which would leave the covariance without full
 * rank, and for NaN.
 */
export async function frechetDistance(gpu: Pausing, x: Points, y: Points, options: Cancellable = {}): Promise<number> {
  checkOptions("frechetDistance", options, ["signal"]);
  const { signal } = options;
  checkDimensions("frechetDistance", { x, y });
  checkSamples("frechetDistance", "x", x, x.dimension + 1);
  checkSamples("frechetDistance", "y", y, y.dimension + 1);
  const [a, b] = [await gaussianOf(gpu, x, { signal }), await gaussianOf(gpu, y, { signal })];
  await gpu.pause(signal);
  return gaussianDistance(a, b);
}

/** The moments of rows. */
export async function gaussianOf(
  gpu: Pausing,
  { values, count, dimension: d }: Points,
  { signal }: Cancellable = {},
): Promise<Gaussian> {
  const mean = new Float64Array(d);
  for (let i = 0; i < count * d; i++) (mean[i % d] as number) += values[i] as number;
  for (let k = 0; k < d; k++) (mean[k] as number) /= count;
  const covariance = new Float64Array(d * d);
  const row = new Float64Array(d);
  for await (const rows of batches(gpu, { count, size: rowsBetweenPauses(d * d), signal })) {
    for (let n = rows.first; n < rows.first + rows.count; n++) {
      for (let k = 0; k < d; k++) row[k] = (values[n * d + k] as number) - (mean[k] as number);
      for (let i = 0; i < d; i++) {
        const at = row[i] as number;
        if (at === 0) continue; // a feature that is constant
        for (let j = i; j < d; j++) (covariance[i * d + j] as number) += at * (row[j] as number);
      }
    }
  }
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      (covariance[i * d + j] as number) /= count - 1;
      covariance[j * d + i] = covariance[i * d + j] as number;
    }
  }
  return { mean, covariance };
}

/** The squared W2 distance of two Gaussians. */
export function gaussianDistance(a: Gaussian, b: Gaussian): number {
  const d = a.mean.length;
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const between = (a.mean[k] as number) - (b.mean[k] as number);
    sum += between * between;
    sum += (a.covariance[k * d + k] as number) + (b.covariance[k * d + k] as number);
  }
  // With Σ₁ = Vᵀ Λ V, the matrix Λ^½ V Σ₂ Vᵀ Λ^½ has the eigenvalues of Σ₁^½ Σ₂ Σ₁^½.
  const { values, vectors } = symmetricEigen(a.covariance, d);
  const roots = values.map((value) => Math.sqrt(Math.max(0, value)));
  const half = new Float64Array(d * d); // Λ^½ V
  for (let i = 0; i < d * d; i++) half[i] = (roots[Math.floor(i / d)] as number) * (vectors[i] as number);
  for (const value of symmetricEigen(congruence(half, b.covariance, d), d).values)
    sum -= 2 * Math.sqrt(Math.max(0, value));
  return Math.max(0, sum);
}
