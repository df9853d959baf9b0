// Symmetric matrices in float64: eigenvalues, functions, products.

import { hypot } from "./elementary.ts";
import { powerOfTwo } from "./float64.ts";
import { atOnce, itemsOf, type Steps } from "./steps.ts";

/** A = Σ_k λ_k v_k v_kᵀ. */
export interface Eigen {
  /** λ, least first. */
  readonly values: Float64Array<ArrayBuffer>;
  /** [n, n]: row k is v_k, of length 1. */
  readonly vectors: Float64Array<ArrayBuffer>;
}

const UNIT: number = powerOfTwo(-53);
// About 8 suffice: once they are small, the entries off the diagonal decrease quadratically.
const SWEEPS = 50;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix [n, n] in float64, by Jacobi's rotations row
 * by row (Golub and Van Loan 2013, § 8.5.3), until nothing off the diagonal exceeds 2⁻⁵³ ‖A‖ / n.
 * Eigenvalues are exact to about 1e-15 ‖A‖. About 50 n³ operations: a fifth of a second at n = 128.
 * Only entries on and above the diagonal are read.
 *
 * RangeError for another number of entries and, with its place, for one that is not finite.
 */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
  return atOnce(eigenSteps(matrix, n));
}

/** `symmetricEigen` in pieces. */
export function* eigenSteps(matrix: ArrayLike<number>, n: number): Steps<Eigen> {
  if (matrix.length !== n * n) throw new RangeError(`eigen: expected ${n} × ${n} numbers, got ${matrix.length}`);
  const a = new Float64Array(n * n);
  let square = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const value = matrix[i * n + j] as number;
      if (!Number.isFinite(value)) throw new RangeError(`eigen: expected finite numbers, got ${value} at [${i}, ${j}]`);
      a[i * n + j] = value;
      a[j * n + i] = value;
      square += (i === j ? 1 : 2) * value * value;
    }
  }
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const negligible = (UNIT * Math.sqrt(square)) / n;
  const rows = itemsOf((6 * n + 200) * n);
  for (let sweep = 0, rotated = true; rotated; sweep++) {
    if (sweep === SWEEPS) throw new Error(`eigen: expected to converge in ${SWEEPS} sweeps; scale the matrix`);
    rotated = false;
    for (let p = 0; p < n - 1; p++) {
      if (p % rows === rows - 1) yield;
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p * n + q] as number) <= negligible) continue;
        rotate(a, v, n, p, q);
        rotated = true;
      }
    }
  }
  const order = Array.from({ length: n }, (_, k) => k).sort(
    (i, j) => (a[i * n + i] as number) - (a[j * n + j] as number),
  );
  const vectors = new Float64Array(n * n);
  order.forEach((k, row) => {
    vectors.set(v.subarray(k * n, (k + 1) * n), row * n);
  });
  return { values: Float64Array.from(order, (k) => a[k * n + k] as number), vectors };
}

/**
 * Rotates the axes p and q by the smaller angle that makes a_pq zero, and the rows of v with them.
 */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const [app, aqq, apq] = [a[p * n + p] as number, a[q * n + q] as number, a[p * n + q] as number];
  const tau = (aqq - app) / (2 * apq);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + hypot(1, tau));
  const c = 1 / hypot(1, t);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [vp, vq] = [v[p * n + k] as number, v[q * n + k] as number];
    v[p * n + k] = c * vp - s * vq;
    v[q * n + k] = s * vp + c * vq;
    if (k === p || k === q) continue;
    const [ap, aq] = [a[p * n + k] as number, a[q * n + k] as number];
    const [turnedP, turnedQ] = [c * ap - s * aq, s * ap + c * aq];
    a[p * n + k] = turnedP;
    a[k * n + p] = turnedP;
    a[q * n + k] = turnedQ;
    a[k * n + q] = turnedQ;
  }
  a[p * n + p] = app - t * apq;
  a[q * n + q] = aqq + t * apq;
  a[p * n + q] = 0;
  a[q * n + p] = 0;
}

/**
 * f(A) = V f(Λ) Vᵀ, [n, n], of a symmetric matrix A = V Λ Vᵀ [n, n]: the matrix with the same
 * eigenvectors whose eigenvalues are f(λ, greatest λ), such as √λ for A^½. The second argument lets
 * f take eigenvalues far below the greatest for 0. Only entries on and above the diagonal of A are
 * read; the result is symmetric to the last bit. Errors as `symmetricEigen`.
 */
export function symmetricFunction(
  matrix: ArrayLike<number>,
  n: number,
  f: (value: number, greatest: number) => number,
): Float64Array<ArrayBuffer> {
  const { values, vectors } = symmetricEigen(matrix, n);
  const greatest = values[n - 1] as number;
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const scale = f(values[k] as number, greatest);
    if (scale === 0) continue;
    const v = vectors.subarray(k * n, (k + 1) * n);
    for (let i = 0; i < n; i++) {
      const at = scale * (v[i] as number);
      for (let j = i; j < n; j++) (result[i * n + j] as number) += at * (v[j] as number);
    }
  }
  mirror(result, n);
  return result;
}

/**
 * C A Cᵀ, [n, n], of C [n, n] and a symmetric A [n, n]. The result is symmetric to the last bit.
 * RangeError for another number of entries.
 */
export function congruence(c: ArrayLike<number>, a: ArrayLike<number>, n: number): Float64Array<ArrayBuffer> {
  for (const { length } of [c, a])
    if (length !== n * n) throw new RangeError(`congruence: expected ${n} × ${n} numbers, got ${length}`);
  const result = new Float64Array(n * n);
  const row = new Float64Array(n); // of C A
  for (let i = 0; i < n; i++) {
    row.fill(0);
    for (let k = 0; k < n; k++) {
      const factor = c[i * n + k] as number;
      for (let j = 0; j < n; j++) (row[j] as number) += factor * (a[k * n + j] as number);
    }
    for (let j = i; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (row[k] as number) * (c[j * n + k] as number);
      result[i * n + j] = sum;
    }
  }
  mirror(result, n);
  return result;
}

/** Copies what is above the diagonal below it. */
function mirror(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) a[j * n + i] = a[i * n + j] as number;
}
