import { symmetricEigen } from "../math/linalg.ts";
import { hostRandom } from "../math/philox.ts";

/** Rows seen along the axes on which they vary most. */
export interface Projected {
  /** The rows' coordinates along the first and second axis, from their mean. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The share of the variance that lies along each. */
  readonly shares: readonly [number, number];
}

/** Vectors that are iterated at once: more than two, so that close eigenvalues do no harm. */
const BLOCK = 8;
const MOST_ROUNDS = 300;
const CLOSE = 1e-10;

/**
 * The first two principal axes of rows [N, d], d of at least 2, and the rows along them: the
 * eigenvectors v of the greatest eigenvalues of the covariance C, by orthogonal iteration on a
 * block of vectors (Golub and Van Loan 2013, § 8.2.4). The greatest entry of an axis is positive.
 */
export function principalAxes(rows: ArrayLike<number>, d: number): Projected {
  const count = rows.length / d;
  const mean = new Float64Array(d);
  for (let i = 0; i < rows.length; i++) (mean[i % d] as number) += (rows[i] as number) / count;
  const c = covariance(rows, mean);
  const size = Math.min(BLOCK, d);
  const random = hostRandom(1, 0);
  let block = orthonormal(
    Float64Array.from({ length: size * d }, () => random.normal()),
    d,
  );
  for (let round = 0, before = Number.NaN; round < MOST_ROUNDS; round++) {
    const next = times(c, block, d);
    // Rayleigh and Ritz: the eigenvectors within the span of the block.
    const inner = new Float64Array(size * size);
    for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) inner[a * size + b] = dot(block, a, next, b, d);
    const { values, vectors } = symmetricEigen(inner, size);
    const turned = new Float64Array(size * d);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        const at = vectors[(size - 1 - a) * size + b] as number;
        for (let k = 0; k < d; k++) (turned[a * d + k] as number) += at * (next[b * d + k] as number);
      }
    }
    block = orthonormal(turned, d);
    const sum = (values[size - 1] as number) + (values[size - 2] as number);
    if (sum === 0 || Math.abs(sum - before) <= CLOSE * sum) break;
    before = sum;
  }
  const all = mean.reduce((sum, _, k) => sum + (c[k * d + k] as number), 0);
  const along = (a: number): Float64Array => {
    const axis = block.subarray(a * d, (a + 1) * d);
    const greatest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    const sign = greatest < 0 ? -1 : 1;
    return Float64Array.from({ length: count }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (axis[k] as number) * ((rows[i * d + k] as number) - (mean[k] as number));
      return sign * sum;
    });
  };
  const [x, y] = [along(0), along(1)];
  const share = (values: Float64Array): number =>
    all === 0 ? 0 : values.reduce((sum, value) => sum + value * value, 0) / count / all;
  return { x, y, shares: [share(x), share(y)] };
}

/** Σ (row − mean)(row − mean)ᵀ / N, [d, d]. */
function covariance(rows: ArrayLike<number>, mean: Float64Array): Float64Array {
  const d = mean.length;
  const count = rows.length / d;
  const c = new Float64Array(d * d);
  const row = new Float64Array(d);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < d; k++) row[k] = (rows[i * d + k] as number) - (mean[k] as number);
    for (let k = 0; k < d; k++) {
      const at = (row[k] as number) / count;
      for (let l = k; l < d; l++) (c[k * d + l] as number) += at * (row[l] as number);
    }
  }
  for (let k = 0; k < d; k++) for (let l = 0; l < k; l++) c[k * d + l] = c[l * d + k] as number;
  return c;
}

/** The product of the symmetric matrix c [d, d] with each row of `block`. */
function times(c: Float64Array, block: Float64Array, d: number): Float64Array {
  const result = new Float64Array(block.length);
  for (let a = 0; a < block.length / d; a++) for (let k = 0; k < d; k++) result[a * d + k] = dot(block, a, c, k, d);
  return result;
}

/** Row a of one matrix times row b of another, both of d columns. */
function dot(left: Float64Array, a: number, right: Float64Array, b: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (left[a * d + k] as number) * (right[b * d + k] as number);
  return sum;
}

/** The rows made orthonormal, in their order; one without a direction of its own becomes 0. */
function orthonormal(rows: Float64Array, d: number): Float64Array {
  const result = Float64Array.from(rows);
  for (let a = 0; a < result.length / d; a++) {
    const length = Math.sqrt(dot(result, a, result, a, d));
    for (let pass = 0; pass < 2; pass++) {
      for (let b = 0; b < a; b++) {
        const along = dot(result, a, result, b, d);
        for (let k = 0; k < d; k++) (result[a * d + k] as number) -= along * (result[b * d + k] as number);
      }
    }
    const left = Math.sqrt(dot(result, a, result, a, d));
    const scale = left > 1e-12 * length ? 1 / left : 0;
    for (let k = 0; k < d; k++) result[a * d + k] = scale * (result[a * d + k] as number);
  }
  return result;
}
