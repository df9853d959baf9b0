// The cells that a straight path of source points crosses.
import type { Pausing } from "../../kernels/batches.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { TransportMap } from "../../ot/map/map.ts";

/** A cell on a straight path, and the part of the path in it: 0 is its start, 1 its end. */
export interface Crossed {
  /** Index of the cell's target. */
  readonly cell: number;
  readonly from: number;
  readonly to: number;
}

/** Products of numbers between two pauses, some milliseconds. */
const PRODUCTS = 2_000_000;

/**
 * The cells that (1 − t) x0 + t x1 crosses for t from 0 to 1, in their order. Along a line each
 * score <x, y_i> + h_i is linear in t, and u, the greatest of them, is convex: from cell i the path
 * enters the cell j with a greater slope whose score reaches that of i first. Cells are convex, so
 * that none is entered twice. It is computed in float64 from the float32 targets, so that borders
 * may differ from `transport` by its rounding to float32. Takes N (d + the number of cells)
 * operations.
 */
export async function crossedCells(
  { problem, heights }: Pick<TransportMap, "problem" | "heights">,
  [x0, x1]: readonly [Float32Array, Float32Array],
  { gpu, signal }: Cancellable & { readonly gpu: Pausing },
): Promise<readonly Crossed[]> {
  const { count, dimension: d, values } = problem.targets;
  const start = new Float64Array(count);
  const slope = new Float64Array(count);
  const rows = Math.max(1, Math.floor(PRODUCTS / d));
  for (let i = 0; i < count; i++) {
    if (i % rows === 0) await gpu.pause(signal);
    let [s0, s1] = [0, 0];
    for (let k = 0; k < d; k++) {
      const y = values[i * d + k] as number;
      s0 += y * (x0[k] as number);
      s1 += y * (x1[k] as number);
    }
    start[i] = s0 + (heights[i] as number);
    slope[i] = s1 - s0;
  }
  let cell = 0;
  for (let i = 1; i < count; i++) {
    const [a, b] = [start[i] as number, start[cell] as number];
    if (a > b || (a === b && (slope[i] as number) > (slope[cell] as number))) cell = i;
  }
  const crossed: Crossed[] = [];
  for (let from = 0; ; ) {
    if (crossed.length % 100 === 0) await gpu.pause(signal);
    let [next, to] = [-1, 1];
    for (let j = 0; j < count; j++) {
      const steeper = (slope[j] as number) - (slope[cell] as number);
      if (!(steeper > 0)) continue;
      const at = Math.max(from, ((start[cell] as number) - (start[j] as number)) / steeper);
      const first = at < to || (at === to && next >= 0 && (slope[j] as number) > (slope[next] as number));
      if (first) [next, to] = [j, at];
    }
    if (to > from || next < 0) crossed.push({ cell, from, to });
    if (next < 0) return crossed;
    [cell, from] = [next, to];
  }
}
