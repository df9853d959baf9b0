// Square panels of a picture, two in a row.
import { hypot } from "../math/elementary.ts";
import type { Problem } from "../ot/problem.ts";
import type { Colour, SceneShape } from "./scene.ts";

/** Side of a panel and the margins beside and above it, in pixels. */
export const SIDE = 640;
export const MARGIN = 36;
export const TOP = 56;
export const INK: Colour = [40, 40, 48];
const BORDER: Colour = [150, 150, 160];

/** The map from a point (a, b) of the plane to the pixel (x + scale · a, y − scale · b). */
export interface Panel {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A square of the plane, and where its panel stands in the picture. */
export interface View {
  /** The panel's upper left corner, in pixels. */
  readonly left: number;
  readonly top: number;
  /** The square's half side and middle. Default: around 0. */
  readonly half: number;
  readonly x?: number;
  readonly y?: number;
}

/** Maps [x − half, x + half] × [y − half, y + half] to a panel, y upwards. */
export function panel({ left, top, half, x = 0, y = 0 }: View): Panel {
  const scale = SIDE / (2 * half);
  return { x: left + SIDE / 2 - scale * x, y: top + SIDE / 2 + scale * y, scale };
}

/** Points x, y, x, y, … of the plane in pixels of a panel. */
export function place(points: ArrayLike<number>, { x, y, scale }: Panel): Float64Array {
  return Float64Array.from(points, (v, at) => (at % 2 === 0 ? x + scale * v : y - scale * v));
}

/** The square around all targets that have mass, beside another panel; its middle and half side. */
export function targetPanel({ targets: { values, count }, nu }: Problem): {
  panel: Panel;
  x: number;
  y: number;
  half: number;
} {
  const bounds = [0, 1].map((k) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < count; i++) {
      if ((nu[i] as number) === 0) continue;
      low = Math.min(low, values[2 * i + k] as number);
      high = Math.max(high, values[2 * i + k] as number);
    }
    return { middle: (low + high) / 2, half: (high - low) / 2 };
  });
  const [x, y] = [bounds[0]?.middle ?? 0, bounds[1]?.middle ?? 0];
  const half = 1.06 * Math.max(...bounds.map((b) => b.half)) || 1;
  return { panel: panel({ left: 2 * MARGIN + SIDE, top: TOP, half, x, y }), x, y, half };
}

/** The four sides of a panel, as lines. */
export function frame(left: number, top: number): SceneShape[] {
  const corners = [left, top, left + SIDE, top, left + SIDE, top + SIDE, left, top + SIDE];
  return [0, 2, 4, 6].map((k) => ({
    kind: "line",
    points: [0, 1, 2, 3].map((c) => corners[(k + c) % 8] as number) as [number, number, number, number],
    stroke: BORDER,
    width: 1,
  }));
}

type Place = readonly [number, number];

/** The part of a segment within the square (Liang, Barsky 1984). */
export function cutSegment(from: Place, to: Place, half: number): readonly [Place, Place] | undefined {
  let [enter, leave] = [0, 1];
  for (const k of [0, 1] as const) {
    const step = to[k] - from[k];
    for (const sign of [-1, 1]) {
      const [room, pace] = [half - sign * from[k], sign * step];
      if (pace === 0) {
        if (room < 0) return undefined;
      } else if (pace > 0) leave = Math.min(leave, room / pace);
      else enter = Math.max(enter, room / pace);
    }
  }
  // too short to be visible
  if (!((leave - enter) * hypot(to[0] - from[0], to[1] - from[1]) > 1e-5 * half)) return undefined;
  const at = (t: number): Place => [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
  return [at(enter), at(leave)];
}
