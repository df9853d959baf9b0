import type { Gpu } from "../kernels/gpu.ts";
import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { type Neighbours, nearestSites } from "../ot/cells/nearest.ts";
import type { Points } from "../ot/points.ts";
import { checkDimensions, checkSamples } from "./samples.ts";

/**
 * The k sites nearest to each point, by Euclidean distance; with `others`, points and sites are one
 * set and no point is its own neighbour. See `nearestSites` for how, and for its error.
 *
 * RangeError unless k is from 1 to the number of sites (one less where `others` is set) and at most
 * 1,000; also for NaN.
 */
export async function nearestNeighbours(
  gpu: Gpu,
  sites: Points,
  x: Points,
  options: Cancellable & { readonly k: number; readonly others?: boolean },
): Promise<Neighbours> {
  checkOptions("nearestNeighbours", options, ["k", "others", "signal"]);
  const { k, others = false, signal } = options;
  checkDimensions("nearestNeighbours", { sites, x });
  checkSamples("nearestNeighbours", "sites", sites, 1);
  checkSamples("nearestNeighbours", "x", x, 1);
  const most = Math.min(1000, sites.count - (others ? 1 : 0));
  if (!(Number.isInteger(k) && k >= 1 && k <= most)) {
    throw new RangeError(`nearestNeighbours: expected \`k\` from 1 to ${most}, got ${k}`);
  }
  return nearestSites(gpu, sites, x, { k, others, signal });
}
