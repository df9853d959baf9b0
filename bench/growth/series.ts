// The points of a curve as pairs of numbers.
import type { Curve } from "./curves.ts";
import type { Pair } from "./fit.ts";
import type { Point } from "./point.ts";
import { pointAt } from "./store.ts";

/** The measured points of a curve, by rising size. */
export function pointsOf(points: readonly Point[], { stage, over, values, at }: Curve): Point[] {
  return values.map((value) => pointAt(points, stage, { ...at, [over]: value })).filter((point) => point !== undefined);
}

/** A number of each point over the curve's size; points without such a number are left out. */
export const pairsOf = (points: readonly Point[], { over }: Curve, of: (point: Point) => number): Pair[] =>
  points.map((point) => ({ x: point.sizes[over] as number, y: of(point) })).filter(({ y }) => y > 0);

/**
 * The seconds that growth is told by. Where the driver computes on the CPU, they are those of all
 * threads, which a busy machine disturbs least; else those of the clock.
 */
export const secondsOf =
  (cpu: boolean) =>
  ({ cost }: Point): number =>
    cpu ? cost.cpu : cost.wall;
