// The set where a transport map of the plane is discontinuous, and the distance of points to it.
import { hypot } from "../../math/elementary.ts";
import type { Polygons } from "./plane/polygons.ts";

/** Edges between power cells of the plane. */
export interface Facets {
  readonly count: number;
  /** Both ends of each edge, [count, 4]. */
  readonly ends: Float64Array;
  /** The cells on either side, the lower index first, [count, 2]. */
  readonly between: Int32Array;
}

/**
 * The edges between cells whose targets have different labels, such as clusters: there T jumps from
 * one cluster to another. T jumps at the other edges as well, but within a cluster, and these jumps
 * vanish as its targets get denser, while those between clusters remain (Figalli 2010). RangeError
 * outside the plane and unless there is one label per target.
 */
export function singularSet({ dimension, start, vertices, across }: Polygons, labels: ArrayLike<number>): Facets {
  if (dimension !== 2) throw new RangeError(`singularSet: expected cells of the plane, got dimension ${dimension}`);
  const count = start.length - 1;
  if (labels.length !== count)
    throw new RangeError(`singularSet: expected ${count} \`labels\`, one per target, got ${labels.length}`);
  const ends: number[] = [];
  const between: number[] = [];
  for (let i = 0; i < count; i++) {
    const [first, last] = [start[i] as number, start[i + 1] as number];
    for (let k = first; k < last; k++) {
      const j = across[k] as number;
      if (j <= i || labels[j] === labels[i]) continue; // each edge once
      const next = k + 1 === last ? first : k + 1;
      ends.push(...vertices.subarray(2 * k, 2 * k + 2), ...vertices.subarray(2 * next, 2 * next + 2));
      between.push(i, j);
    }
  }
  return { count: between.length / 2, ends: Float64Array.from(ends), between: Int32Array.from(between) };
}

/**
 * min over facets F of min over s ∈ F of |x − s|, for rows x [n, 2]: [n]. Infinity where there is
 * no facet.
 */
export function distanceToFacets({ count, ends }: Facets, x: ArrayLike<number>): Float64Array {
  const least = new Float64Array(x.length / 2).fill(Number.POSITIVE_INFINITY);
  for (let f = 0; f < count; f++) {
    const [ax, ay] = [ends[4 * f] as number, ends[4 * f + 1] as number];
    const [dx, dy] = [(ends[4 * f + 2] as number) - ax, (ends[4 * f + 3] as number) - ay];
    const square = dx * dx + dy * dy;
    for (let m = 0; m < least.length; m++) {
      const [px, py] = [(x[2 * m] as number) - ax, (x[2 * m + 1] as number) - ay];
      const t = square === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / square));
      const distance = hypot(px - t * dx, py - t * dy);
      if (distance < (least[m] as number)) least[m] = distance;
    }
  }
  return least;
}

/**
 * The distance of each row of x [n, 2] to the border of its cell, negative outside of the cell.
 * `index` has the cell of each row. A ball around x with a smaller radius lies in the cell, since
 * cells are convex.
 */
export function depthInCells(
  { start, vertices }: Polygons,
  index: ArrayLike<number>,
  x: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(index, (i, m) => {
    const [first, last] = [start[i] as number, start[i + 1] as number];
    let least = Number.POSITIVE_INFINITY;
    for (let k = first; k < last; k++) {
      const next = k + 1 === last ? first : k + 1;
      const [ax, ay] = [vertices[2 * k] as number, vertices[2 * k + 1] as number];
      const [dx, dy] = [(vertices[2 * next] as number) - ax, (vertices[2 * next + 1] as number) - ay];
      const length = hypot(dx, dy);
      if (length === 0) continue;
      // vertices are in counterclockwise order
      const inward = (dx * ((x[2 * m + 1] as number) - ay) - dy * ((x[2 * m] as number) - ax)) / length;
      least = Math.min(least, inward);
    }
    return least;
  });
}
