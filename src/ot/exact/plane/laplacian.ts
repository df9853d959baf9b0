/**
 * A symmetric matrix whose rows sum to 0, stored by rows with columns in rising order: entries off
 * the diagonal are −weight.
 */
export interface Laplacian {
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly weight: Float64Array;
  readonly diagonal: Float64Array;
}

/**
 * The Laplacian of a graph of `count` nodes with edges (from, to, weight). Each edge is given once.
 */
export function laplacian(
  count: number,
  from: readonly number[],
  to: readonly number[],
  weights: readonly number[],
): Laplacian {
  const start = new Int32Array(count + 1);
  const diagonal = new Float64Array(count);
  const bump = (i: number): void => {
    (start[i + 1] as number) += 1;
  };
  for (let e = 0; e < from.length; e++) {
    const [i, j, w] = [from[e] as number, to[e] as number, weights[e] as number];
    bump(i);
    bump(j);
    (diagonal[i] as number) += w;
    (diagonal[j] as number) += w;
  }
  for (let i = 0; i < count; i++) (start[i + 1] as number) += start[i] as number;
  // First each edge is put into the rows of both its ends. Then each entry is put into the row of
  // its column: since this goes through the rows in order, the columns of each row come out sorted.
  const unsorted = { column: new Int32Array(2 * from.length), weight: new Float64Array(2 * from.length) };
  const sorted = { column: new Int32Array(2 * from.length), weight: new Float64Array(2 * from.length) };
  const put = (into: typeof sorted, at: Int32Array, i: number, j: number, w: number): void => {
    const e = at[i] as number;
    into.column[e] = j;
    into.weight[e] = w;
    at[i] = e + 1;
  };
  const first = start.slice();
  for (let e = 0; e < from.length; e++) {
    const [i, j, w] = [from[e] as number, to[e] as number, weights[e] as number];
    put(unsorted, first, i, j, w);
    put(unsorted, first, j, i, w);
  }
  const second = start.slice();
  for (let i = 0; i < count; i++) {
    for (let e = start[i] as number; e < (start[i + 1] as number); e++) {
      put(sorted, second, unsorted.column[e] as number, i, unsorted.weight[e] as number);
    }
  }
  return { start, ...sorted, diagonal };
}

/** The product of the matrix a and the vector x. */
export function multiply({ start, column, weight, diagonal }: Laplacian, x: Float64Array): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    let sum = (diagonal[i] as number) * (x[i] as number);
    for (let e = start[i] as number; e < (start[i + 1] as number); e++) {
      sum -= (weight[e] as number) * (x[column[e] as number] as number);
    }
    y[i] = sum;
  }
  return y;
}

/**
 * The x of mean 0 with a x = b, for b with sum 0, by conjugate gradients (Hestenes and Stiefel
 * 1952), preconditioned by an incomplete Cholesky factor (Meijerink and van der Vorst 1977), until
 * the preconditioned norm of the residual has shrunk by `reduction`. On a path with nodes in order
 * the factor is complete.
 */
export function solveLaplacian(a: Laplacian, b: Float64Array, reduction: number): Float64Array {
  const count = b.length;
  const factor = incompleteCholesky(a);
  // Constant vectors are the kernel of the matrix. Both sides are centred, so that rounding errors
  // in this direction cannot grow.
  const precondition = (r: Float64Array): Float64Array => centred(factor(centred(r)));
  const x = new Float64Array(count);
  const r = Float64Array.from(b);
  let z = precondition(r);
  const p = Float64Array.from(z);
  let rz = dot(r, z);
  const goal = rz * reduction * reduction;
  for (let step = 0; step < 10 * count + 100 && rz > goal; step++) {
    const ap = multiply(a, p);
    const curvature = dot(p, ap);
    if (!(curvature > 0)) break;
    const pace = rz / curvature;
    for (let i = 0; i < count; i++) {
      (x[i] as number) += pace * (p[i] as number);
      (r[i] as number) -= pace * (ap[i] as number);
    }
    z = precondition(r);
    const fresh = dot(r, z);
    const beta = fresh / rz;
    rz = fresh;
    for (let i = 0; i < count; i++) p[i] = (z[i] as number) + beta * (p[i] as number);
  }
  return centred(x);
}

function centred(x: Float64Array): Float64Array {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  return x.map((value) => value - mean);
}

/** z = (L D Lᵀ)⁻¹ r, where L has the same zeros as the matrix. */
function incompleteCholesky({ start, column, weight, diagonal }: Laplacian): (r: Float64Array) => Float64Array {
  const count = diagonal.length;
  const factor = weight.map((w) => -w); // becomes L below the diagonal and D Lᵀ above it
  const pivot = new Float64Array(count);
  const place = new Int32Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    const [from, to] = [start[i] as number, start[i + 1] as number];
    let d = diagonal[i] as number;
    for (let e = from; e < to; e++) place[column[e] as number] = e;
    for (let e = from; e < to && (column[e] as number) < i; e++) {
      const k = column[e] as number;
      const value = factor[e] as number;
      const l = value / (pivot[k] as number);
      for (let f = start[k] as number; f < (start[k + 1] as number); f++) {
        const at = (column[f] as number) > k ? (place[column[f] as number] as number) : -1;
        if (at >= 0) (factor[at] as number) -= l * (factor[f] as number);
      }
      factor[e] = l;
      d -= l * value;
    }
    // The matrix is singular: where the factor is complete, its last pivot is 0 up to rounding.
    pivot[i] = d > 1e-12 * (diagonal[i] as number) ? d : (diagonal[i] as number) || 1;
    for (let e = from; e < to; e++) place[column[e] as number] = -1;
  }
  return (r) => {
    const z = Float64Array.from(r);
    for (let i = 0; i < count; i++) {
      let sum = z[i] as number;
      for (let e = start[i] as number; e < (start[i + 1] as number) && (column[e] as number) < i; e++) {
        sum -= (factor[e] as number) * (z[column[e] as number] as number);
      }
      z[i] = sum;
    }
    for (let i = 0; i < count; i++) (z[i] as number) /= pivot[i] as number;
    for (let i = count - 1; i >= 0; i--) {
      const value = z[i] as number;
      for (let e = start[i] as number; e < (start[i + 1] as number) && (column[e] as number) < i; e++) {
        const j = column[e] as number;
        (z[j] as number) -= (factor[e] as number) * value;
      }
    }
    return z;
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
