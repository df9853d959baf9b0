import type { Neighbours } from "./triangulation.ts";

/**
 * Convex polygons in counterclockwise order, one after another. Polygon i has the vertices
 *   start[i] … start[i + 1] − 1,
 * none where its cell is empty. In one dimension polygons are intervals, whose two ends are their
 * vertices.
 */
export interface Polygons {
  readonly dimension: 1 | 2;
  readonly start: Int32Array;
  /** [vertices, dimension]. */
  readonly vertices: Float64Array;
  /**
   * For each vertex, the target across the edge from it to the next vertex (in one dimension,
   * across the end itself); -1 at the border of the domain.
   */
  readonly across: Int32Array;
}

/** Vertices of polygon i, row after row. */
export function polygon({ dimension, start, vertices }: Polygons, i: number): Float64Array {
  return vertices.subarray(dimension * (start[i] as number), dimension * (start[i + 1] as number));
}

/**
 * The power cells {x : <x, y_i> + h_i ≥ <x, y_j> + h_j for all neighbours j < count} of the first
 * `count` sites in the square [−half, half]². Each is the square cut by the half-planes of its
 * neighbours, which is correct up to rounding even for slivers in the triangulation.
 */
export function clipCells(
  y: Float64Array,
  h: Float64Array,
  { start, list }: Neighbours,
  { count, half }: { readonly count: number; readonly half: number },
): Polygons {
  const clip = new Clipper(half);
  const bounds = new Int32Array(count + 1);
  let [vertices, across] = [new Float64Array(16 * count + 64), new Int32Array(8 * count + 32)];
  let total = 0;
  for (let i = 0; i < count; i++) {
    bounds[i] = total;
    const [from, to] = [start[i] as number, start[i + 1] as number];
    if (from === to) continue; // hidden
    clip.reset(to - from);
    for (let e = from; e < to; e++) {
      const j = list[e] as number;
      if (j >= count) continue;
      const nx = (y[2 * j] as number) - (y[2 * i] as number);
      const ny = (y[2 * j + 1] as number) - (y[2 * i + 1] as number);
      clip.cut(nx, ny, (h[i] as number) - (h[j] as number), j);
    }
    if (clip.count < 3) continue;
    if (total + clip.count > across.length) {
      const [olderVertices, olderAcross] = [vertices, across];
      vertices = new Float64Array(2 * olderVertices.length + 2 * clip.count);
      across = new Int32Array(2 * olderAcross.length + clip.count);
      vertices.set(olderVertices);
      across.set(olderAcross);
    }
    for (let k = 0; k < clip.count; k++, total++) {
      vertices[2 * total] = clip.x[k] as number;
      vertices[2 * total + 1] = clip.y[k] as number;
      across[total] = clip.label[k] as number;
    }
  }
  bounds[count] = total;
  return { dimension: 2, start: bounds, vertices: vertices.slice(0, 2 * total), across: across.slice(0, total) };
}

/**
 * A convex polygon that is clipped by half-planes (Sutherland and Hodgman 1974), with a label for
 * each edge.
 */
export class Clipper {
  readonly #half: number;
  count = 0;
  x: Float64Array = new Float64Array(64);
  y: Float64Array = new Float64Array(64);
  label: Int32Array = new Int32Array(64);
  #side: Float64Array = new Float64Array(64);
  #x: Float64Array = new Float64Array(64);
  #y: Float64Array = new Float64Array(64);
  #label: Int32Array = new Int32Array(64);

  constructor(half: number) {
    this.#half = half;
  }

  /** Sets the polygon to the whole square, with memory for `cuts` cuts. */
  reset(cuts: number): void {
    if (this.x.length < cuts + 8) {
      const size = 2 * cuts + 8;
      [this.x, this.y, this.#x, this.#y] = [0, 0, 0, 0].map(() => new Float64Array(size)) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      [this.#side, this.label, this.#label] = [new Float64Array(size), new Int32Array(size), new Int32Array(size)];
    }
    const r = this.#half;
    this.x.set([-r, r, r, -r]);
    this.y.set([-r, -r, r, r]);
    this.label.fill(-1, 0, 4);
    this.count = 4;
  }

  /** Clips the polygon to <n, x> ≤ c; the new edge gets the label. */
  cut(nx: number, ny: number, c: number, label: number): void {
    const { count, x, y } = this;
    const side = this.#side;
    let outside = 0;
    for (let k = 0; k < count; k++) {
      const s = nx * (x[k] as number) + ny * (y[k] as number) - c;
      side[k] = s;
      if (s > 0) outside++;
    }
    if (outside === 0) return;
    if (outside === count) {
      this.count = 0;
      return;
    }
    const [toX, toY, toLabel] = [this.#x, this.#y, this.#label];
    let n = 0;
    for (let k = 0; k < count; k++) {
      const q = k + 1 === count ? 0 : k + 1;
      const [s, t] = [side[k] as number, side[q] as number];
      if (s <= 0) {
        [toX[n], toY[n]] = [x[k] as number, y[k] as number];
        toLabel[n++] = t > 0 && s === 0 ? label : (this.label[k] as number);
      }
      if ((s < 0 && t > 0) || (s > 0 && t < 0)) {
        const share = s / (s - t);
        toX[n] = (x[k] as number) + share * ((x[q] as number) - (x[k] as number));
        toY[n] = (y[k] as number) + share * ((y[q] as number) - (y[k] as number));
        toLabel[n++] = s < 0 ? label : (this.label[k] as number);
      }
    }
    [this.x, this.#x, this.y, this.#y] = [toX, this.x, toY, this.y];
    [this.label, this.#label] = [toLabel, this.label];
    this.count = n;
  }
}
