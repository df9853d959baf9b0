import { fullRows } from "../points.ts";
import type { Problem } from "../problem.ts";
import type { Polygons } from "./plane/polygons.ts";

/**
 * The cell of each source point x [n, d] in float64, at heights whose exact cells are `cells`. For
 * points in the domain, cells on a line are found by bisection. In the plane a walk goes from cell
 * to neighbouring cell with a greater score <x, y_i> + h_i, until none is greater: that is the cell
 * of x, since cells are convex. For points outside of the domain all targets are compared.
 */
export function exactIndex(
  { targets, source }: Problem,
  heights: ArrayLike<number>,
  { start, vertices, across }: Polygons,
  x: ArrayLike<number>,
): Uint32Array<ArrayBuffer> {
  const { count, dimension: d } = targets;
  const values = fullRows(targets);
  const half = source === "cube" ? 0.5 : d === 1 ? Number.POSITIVE_INFINITY : 9;
  const filled = Int32Array.from({ length: count }, (_, i) => i).filter(
    (i) => (start[i + 1] as number) > (start[i] as number),
  );
  if (d === 1)
    filled.sort((i, j) => (vertices[start[i] as number] as number) - (vertices[start[j] as number] as number));
  const score = (m: number, i: number): number => {
    let sum = heights[i] as number;
    for (let k = 0; k < d; k++) sum += (x[m * d + k] as number) * (values[i * d + k] as number);
    return sum;
  };
  const bisect = (m: number): number => {
    let [low, high] = [0, filled.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((vertices[start[filled[middle] as number] as number] as number) <= (x[m] as number)) low = middle;
      else high = middle;
    }
    return filled[low] as number;
  };
  const climb = (m: number, from: number): number => {
    let [i, best] = [from, score(m, from)];
    for (let moved = true; moved; ) {
      moved = false;
      const [first, last] = [start[i] as number, start[i + 1] as number];
      for (let k = first; k < last; k++) {
        const j = across[k] as number;
        const other = j < 0 ? Number.NEGATIVE_INFINITY : score(m, j);
        if (other > best) [i, best, moved] = [j, other, true];
      }
    }
    return i;
  };
  const search = (m: number): number => {
    let [i, best] = [0, Number.NEGATIVE_INFINITY];
    for (let j = 0; j < count; j++) {
      const other = score(m, j);
      if (other > best) [i, best] = [j, other];
    }
    return i;
  };
  const index = new Uint32Array(x.length / d);
  let near = filled[0] as number;
  for (let m = 0; m < index.length; m++) {
    let inside = true;
    for (let k = 0; k < d; k++) inside &&= Math.abs(x[m * d + k] as number) <= half;
    if (!inside) index[m] = search(m);
    else index[m] = near = d === 1 ? bisect(m) : climb(m, near);
  }
  return index;
}
