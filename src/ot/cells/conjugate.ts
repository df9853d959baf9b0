import { checkPoints, type Points } from "../points.ts";
import type { Question } from "./counter.ts";

/**
 * The c-transform of the potential u at the current heights, estimated from below by the samples x
 * of a draw, for each point y of the parameter:
 *   u*(y) = max_x <x, y> − u(x)
 * It is one assignment with targets and samples exchanged, and computes count(y) · count(draw)
 * scores.
 */
export const conjugating: Question<Points, Float32Array<ArrayBuffer>> = {
  name: "conjugate",
  range: undefined,
  async answer(cells, range, y, options) {
    checkPoints("conjugate", y);
    const { points, max } = await cells.assign(range, ["points", "max"], options);
    const swapped = cells.beside({ values: points, count: range.count, dimension: y.dimension }, "gaussian");
    try {
      swapped.setHeights(max.map((u) => -u));
      return (await swapped.assign(y, ["max"], options)).max;
    } finally {
      swapped.dispose();
    }
  },
  join: ([first = new Float32Array(), ...others]) =>
    first.map((u, i) => others.reduce((most, other) => Math.max(most, other[i] as number), u)),
};
