// Moments of the targets, in float64: what the warm start and the extended map know about their shape.
import { sourceMoments } from "./draw.ts";
import type { Problem } from "./problem.ts";

/** Beyond this the covariance is taken as diagonal: Jacobi's sweeps would cost more than they save. */
const MOST_DIMENSIONS = 256;

/** Σ nu_i (y_i − m)(y_i − m)ᵀ, [d, d]. */
export function covariance({ targets: { values, count, dimension: d }, nu }: Problem, diagonal = false): Float64Array {
  const c = new Float64Array(d * d);
  for (let i = 0; i < count; i++) {
    const mass = nu[i] as number;
    if (mass === 0) continue;
    const row = values.subarray(i * d, (i + 1) * d);
    for (let a = 0; a < d; a++) {
      const x = mass * (row[a] as number);
      for (let b = diagonal ? a : 0; b <= a; b++) c[a * d + b] = (c[a * d + b] as number) + x * (row[b] as number);
    }
  }
  for (let a = 0; a < d; a++) for (let b = 0; b < a; b++) c[b * d + a] = c[a * d + b] as number;
  return c;
}

/** Eigenvalues and eigenvectors (columns of [d, d]) of a symmetric matrix by cyclic Jacobi rotations (Jacobi 1846). */
export function eigen(
  matrix: Float64Array,
  d: number,
): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(d * d);
  for (let i = 0; i < d; i++) v[i * d + i] = 1;
  const total = a.reduce((sum, x) => sum + x * x, 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < d; p++) for (let q = 0; q < p; q++) off += (a[p * d + q] as number) ** 2;
    if (off <= 1e-28 * total) break;
    for (let p = 0; p < d; p++) {
      for (let q = p + 1; q < d; q++) {
        const apq = a[p * d + q] as number;
        if (apq === 0) continue;
        const theta = ((a[q * d + q] as number) - (a[p * d + p] as number)) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cos = 1 / Math.sqrt(t * t + 1);
        rotate(a, d, p, q, cos, t * cos, 1);
        rotate(a, d, p, q, cos, t * cos, d);
        rotate(v, d, p, q, cos, t * cos, 1);
      }
    }
  }
  return { values: Float64Array.from({ length: d }, (_, i) => a[i * d + i] as number), vectors: v };
}

/** Rotates columns p and q (step 1) or rows p and q (step d) by the angle of (cos, sin). */
function rotate(a: Float64Array, d: number, p: number, q: number, cos: number, sin: number, step: number): void {
  const along = step === 1 ? d : 1;
  for (let k = 0, i = p * step, j = q * step; k < d; k++, i += along, j += along) {
    const [x, y] = [a[i] as number, a[j] as number];
    a[i] = cos * x - sin * y;
    a[j] = sin * x + cos * y;
  }
}

/**
 * The quadratic form y ↦ ½ yᵀ A⁻¹ y of the Gaussian model: x ↦ Ax, A = Σ^½ / sd(source), moves a source with that standard deviation
 * to the targets' covariance Σ, and the form is the conjugate of its potential ½ xᵀAx. Directions without spread count 0.
 */
export function gaussianForm(problem: Problem): (y: Float64Array | Float32Array) => number {
  const d = problem.targets.dimension;
  const sigma = Math.sqrt(sourceMoments(problem.source, d).variance);
  const diagonal = d > MOST_DIMENSIONS;
  const c = covariance(problem, diagonal);
  const { values, vectors } = diagonal
    ? { values: Float64Array.from({ length: d }, (_, i) => c[i * d + i] as number), vectors: undefined }
    : eigen(c, d);
  const floor = 1e-10 * values.reduce((a, b) => Math.max(a, b), 0);
  // root[e] = (σ / √λ_e)^½ v_e, so that the form is ½ Σ_e <root[e], y>².
  const scale = values.map((value) => (value > floor ? Math.sqrt(sigma / Math.sqrt(value)) : 0));
  if (vectors === undefined) return (y) => 0.5 * scale.reduce((sum, s, k) => sum + (s * (y[k] as number)) ** 2, 0);
  const root = Float64Array.from({ length: d * d }, (_, i) => {
    const [e, k] = [Math.floor(i / d), i % d];
    return (scale[e] as number) * (vectors[k * d + e] as number);
  });
  return (y) => {
    let sum = 0;
    for (let e = 0; e < d; e++) {
      let dot = 0;
      for (let k = 0; k < d; k++) dot += (root[e * d + k] as number) * (y[k] as number);
      sum += dot * dot;
    }
    return 0.5 * sum;
  };
}
