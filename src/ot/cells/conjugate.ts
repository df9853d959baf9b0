import type { Gpu } from "../../kernels/gpu.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Points } from "../points.ts";
import type { Draw } from "../source.ts";
import { Cells } from "./cells.ts";

/**
 * The c-transform of the potential u at the current heights of `cells`, estimated from below by the
 * samples x of `draw`, for each y:
 *   u*(y) = max_x <x, y> − u(x)
 * It is one assignment with targets and samples exchanged, and computes count(y) · count(draw)
 * scores.
 */
export async function sampledConjugate(
  gpu: Gpu,
  cells: Cells,
  y: Points,
  { signal, ...draw }: Draw & Cancellable,
): Promise<Float32Array<ArrayBuffer>> {
  const { points, max } = await cells.assign(draw, ["points", "max"], { signal });
  const swapped = new Cells(gpu, { values: points, count: draw.count, dimension: y.dimension });
  try {
    swapped.setHeights(max.map((u) => -u));
    return (await swapped.assign(y, ["max"], { signal })).max;
  } finally {
    swapped.dispose();
  }
}
