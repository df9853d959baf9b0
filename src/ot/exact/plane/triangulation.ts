import { above, turn } from "./predicates.ts";

/**
 * Neighbours of each point in the triangulation. Those of point i are
 *   list[start[i]] … list[start[i + 1] − 1].
 */
export interface Neighbours {
  readonly start: Int32Array;
  readonly list: Int32Array;
}

/**
 * The order of points along Hilbert's curve of order 16: points that are close in this order are
 * close in the plane.
 */
export function hilbertOrder(y: Float64Array): Int32Array {
  const count = y.length / 2;
  let [left, low, right, high] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    left = Math.min(left, y[2 * i] as number);
    right = Math.max(right, y[2 * i] as number);
    low = Math.min(low, y[2 * i + 1] as number);
    high = Math.max(high, y[2 * i + 1] as number);
  }
  const scale = 65535 / Math.max(right - left, high - low, Number.MIN_VALUE);
  const key = Float64Array.from({ length: count }, (_, i) =>
    hilbert(Math.floor(scale * ((y[2 * i] as number) - left)), Math.floor(scale * ((y[2 * i + 1] as number) - low))),
  );
  return Int32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (key[a] as number) - (key[b] as number) || a - b,
  );
}

function hilbert(x: number, y: number): number {
  let key = 0;
  for (let side = 32768; side > 0; side >>= 1) {
    const [right, up] = [x & side ? 1 : 0, y & side ? 1 : 0];
    key = 4 * key + ((3 * right) ^ up);
    if (up === 0) {
      if (right === 1) [x, y] = [65535 - x, 65535 - y];
      [x, y] = [y, x];
    }
  }
  return key;
}

/**
 * The regular triangulation of points y [n, 2] in the plane: the upper convex hull of (y_i, h_i),
 * seen from above. Points that are not above the hull of the others are hidden and have no
 * neighbours. The last four points must be the corners of a convex quadrangle, counterclockwise,
 * around all others. Points are inserted one by one (Bowyer 1981, Watson 1981, for weighted
 * points): the triangles that a point lies above are replaced by those between it and the rim of
 * the hole. Signs are exact, so that degenerate points are allowed: collinear, cocircular or equal
 * ones.
 */
export function triangulate(y: Float64Array, h: Float64Array, order: Int32Array): Neighbours {
  const all = y.length / 2;
  const mesh = new Mesh(y, h);
  for (const p of order) mesh.insert(p);
  const degree = new Int32Array(all + 1);
  mesh.edges((from) => {
    (degree[from + 1] as number) += 1;
  });
  for (let i = 0; i < all; i++) (degree[i + 1] as number) += degree[i] as number;
  const at = degree.slice();
  const list = new Int32Array(degree[all] as number);
  mesh.edges((from, to) => {
    list[at[from] as number] = to;
    (at[from] as number) += 1;
  });
  return { start: degree, list };
}

/**
 * Triangle t has the half-edges 3t, 3t + 1, 3t + 2. Half-edge e runs from corner[e] to the corner
 * of the next half-edge around t, and twin[e] is the same edge in the neighbouring triangle, -1 at
 * the rim. Triangles that are not in use have corner -1.
 */
class Mesh {
  readonly #y: Float64Array;
  readonly #h: Float64Array;
  readonly #corner: Int32Array;
  readonly #twin: Int32Array;
  /** The point whose insertion removes a triangle. */
  readonly #stamp: Int32Array;
  /** For a point on the rim of the hole, the new triangle whose outer edge begins there. */
  readonly #fan: Int32Array;
  readonly #free: number[] = [];
  #triangles = 2;
  #last = 0;
  #turns = 0;

  constructor(y: Float64Array, h: Float64Array) {
    const all = y.length / 2;
    [this.#y, this.#h] = [y, h];
    this.#corner = new Int32Array(6 * all);
    this.#twin = new Int32Array(6 * all).fill(-1);
    this.#stamp = new Int32Array(2 * all).fill(-1);
    this.#fan = new Int32Array(all);
    const [a, b, c, d] = [all - 4, all - 3, all - 2, all - 1];
    const folded = above(y, h, a, b, c, d); // the hull has the other diagonal
    this.#corner.set(folded ? [b, c, d, d, a, b] : [c, a, b, a, c, d]);
    this.#link(folded ? 2 : 0, 3 + (folded ? 2 : 0));
  }

  /** Calls `visit` with both ends of each edge, once in each direction. */
  edges(visit: (from: number, to: number) => void): void {
    for (let e = 0; e < 3 * this.#triangles; e++) {
      const from = this.#corner[e] as number;
      if (from < 0) continue;
      const to = this.#corner[next(e)] as number;
      visit(from, to);
      if ((this.#twin[e] as number) < 0) visit(to, from);
    }
  }

  insert(p: number): void {
    const first = this.#locate(p);
    if (!this.#rises(p, first)) return;
    const hole = [first];
    const rim: number[] = []; // half-edges of the hole's triangles
    this.#stamp[first] = p;
    for (let at = 0; at < hole.length; at++) {
      const t = hole[at] as number;
      for (let e = 3 * t; e < 3 * t + 3; e++) {
        const twin = this.#twin[e] as number;
        const other = twin < 0 ? -1 : Math.floor(twin / 3);
        if (other >= 0 && this.#stamp[other] === p) continue;
        if (other >= 0 && this.#rises(p, other)) {
          this.#stamp[other] = p;
          hole.push(other);
        } else rim.push(this.#corner[e] as number, this.#corner[next(e)] as number, twin);
      }
    }
    this.#fill(p, hole, rim);
  }

  /**
   * Replaces the triangles of the hole by those between p and each edge (from, to, twin) of the
   * rim.
   */
  #fill(p: number, hole: readonly number[], rim: readonly number[]): void {
    for (const t of hole) {
      this.#corner[3 * t] = -1;
      this.#corner[3 * t + 1] = -1;
      this.#corner[3 * t + 2] = -1;
      this.#free.push(t);
    }
    const fresh: number[] = [];
    for (let k = 0; k < rim.length; k += 3) {
      const t = this.#free.pop() ?? this.#triangles++;
      const from = rim[k] as number;
      this.#corner[3 * t] = from;
      this.#corner[3 * t + 1] = rim[k + 1] as number;
      this.#corner[3 * t + 2] = p;
      this.#link(3 * t, rim[k + 2] as number);
      this.#stamp[t] = -1;
      this.#fan[from] = t;
      fresh.push(t);
    }
    for (const t of fresh) this.#link(3 * t + 1, 3 * (this.#fan[this.#corner[3 * t + 1] as number] as number) + 2);
    this.#last = fresh[0] as number;
  }

  #link(e: number, twin: number): void {
    this.#twin[e] = twin;
    if (twin >= 0) this.#twin[twin] = e;
  }

  #rises(p: number, t: number): boolean {
    const [a, b, c] = [this.#corner[3 * t], this.#corner[3 * t + 1], this.#corner[3 * t + 2]] as [
      number,
      number,
      number,
    ];
    return above(this.#y, this.#h, a, b, c, p);
  }

  /**
   * A triangle that contains p, by a walk from the last new triangle. It tries edges in an order
   * that changes, so that it cannot go round in circles.
   */
  #locate(p: number): number {
    let [t, from] = [this.#last, -1];
    for (;;) {
      this.#turns = (this.#turns * 5 + 1) % 8192;
      const turnBy = this.#turns >> 6;
      let moved = false;
      for (let k = 0; k < 3 && !moved; k++) {
        const e = 3 * t + ((k + turnBy) % 3);
        if (e === from || turn(this.#y, this.#corner[e] as number, this.#corner[next(e)] as number, p) >= 0) continue;
        from = this.#twin[e] as number;
        t = Math.floor(from / 3);
        moved = true;
      }
      if (!moved) return t;
    }
  }
}

function next(e: number): number {
  return e % 3 === 2 ? e - 2 : e + 1;
}
