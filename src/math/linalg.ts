// Symmetric matrices in float64: eigenvalues, powers, products.
/** A = Σ_k λ_k v_k v_kᵀ. */
export interface Eigen {
  /** λ, least first. */
  readonly values: Float64Array<ArrayBuffer>;
  /** [n, n]: row k is v_k, of length 1. */
  readonly vectors: Float64Array<ArrayBuffer>;
}

const SWEEPS = 50; // about 8 are enough: once small, what is off the diagonal is squared by each

/**
 * Eigenvalues and eigenvectors of a symmetric matrix [n, n] in float64, by Jacobi's rotations row
 * by row (Golub and Van Loan 2013, § 8.5.3), until nothing off the diagonal exceeds 2⁻⁵³ ‖A‖ / n.
 * Eigenvalues are exact to about 1e-15 ‖A‖. About 50 n³ operations: a fifth of a second at n = 128.
 * Only entries on and above the diagonal are read.
 *
 * RangeError for another number of entries and, with its place, for one that is not finite.
 */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
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
  const negligible = (2 ** -53 * Math.sqrt(square)) / n;
  for (let sweep = 0, rotated = true; rotated; sweep++) {
    if (sweep === SWEEPS) throw new Error(`eigen: expected to converge in ${SWEEPS} sweeps; scale the matrix`);
    rotated = false;
    for (let p = 0; p < n - 1; p++) {
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

/** Turns the axes p and q by the smaller angle that makes a_pq zero. Rows of v turn with them. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const [app, aqq, apq] = [a[p * n + p] as number, a[q * n + q] as number, a[p * n + q] as number];
  const tau = (aqq - app) / (2 * apq);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
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
export function power(a: Float64Array, exponent: number, d: number): Float64Array {
  const { values, vectors } = eigen(a, d);
  const floor = 1e-9 * values.reduce((x, y) => Math.max(x, y), 0);
  const scale = values.map((value) => (value > floor ? value ** exponent : 0));
  return Float64Array.from({ length: d * d }, (_, at) =>
    scale.reduce(
      (sum, s, e) => sum + s * (vectors[Math.floor(at / d) * d + e] as number) * (vectors[(at % d) * d + e] as number),
      0,
    ),
  );
}
export function product(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const c = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++)
      for (let j = 0; j < d; j++)
        c[i * d + j] = (c[i * d + j] as number) + (a[i * d + k] as number) * (b[k * d + j] as number);
  return c;
}
/** Rotates columns p and q (step 1) or rows p and q (step d) by the angle of (cos, sin). */
export function turn(a: Float64Array, d: number, p: number, q: number, cos: number, sin: number, step: number): void {
  const along = step === 1 ? d : 1;
  for (let k = 0, i = p * step, j = q * step; k < d; k++, i += along, j += along) {
    const [x, y] = [a[i] as number, a[j] as number];
    a[i] = cos * x - sin * y;
    a[j] = sin * x + cos * y;
  }
}
/**
 * Eigenvalues and eigenvectors (columns of [d, d]) of a symmetric matrix by cyclic Jacobi rotations
 * (Jacobi 1846).
 */
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
        turn(a, d, p, q, cos, t * cos, 1);
        turn(a, d, p, q, cos, t * cos, d);
        turn(v, d, p, q, cos, t * cos, 1);
      }
    }
  }
  return { values: Float64Array.from({ length: d }, (_, i) => a[i * d + i] as number), vectors: v };
}
