import { batches } from "../kernels/batches.ts";
import type { Gpu } from "../kernels/gpu.ts";
import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { distanceBetween, openSites, powerNearest } from "../ot/cells/nearest.ts";
import type { Points } from "../ot/points.ts";
import { nearestNeighbours } from "./neighbours.ts";
import { checkDimensions, checkSamples, rowsBetweenPauses } from "./samples.ts";

/** Precision and recall of generated rows. */
export interface PrecisionRecall {
  /**
   * Share of generated rows within the estimated manifold of the real ones: whether they are like
   * the data.
   */
  readonly precision: number;
  /**
   * Share of real rows within the estimated manifold of the generated ones: whether all of the data
   * is covered.
   */
  readonly recall: number;
}

// Balls that are checked for each row, so that rounding cannot hide the one that contains it.
const CANDIDATES = 4;

/**
 * The manifold of a set is the union of balls around its rows that reach to the k-th nearest other
 * row; precision is the share of generated rows in the manifold of the real rows, recall the
 * reverse (Kynkäänniemi, Karras, Laine, Lehtinen, Aila 2019, eq. 1 and 2). A precision above that
 * of held-out real rows means contraction, not quality. Both depend on the numbers of rows: compare
 * only results of equal numbers.
 *
 * RangeError for fewer than k + 1 rows in either set and for NaN.
 */
export async function precisionRecall(
  gpu: Gpu,
  real: Points,
  generated: Points,
  options: Cancellable & { readonly k?: number } = {},
): Promise<PrecisionRecall> {
  checkOptions("precisionRecall", options, ["k", "signal"]);
  const { k = 3, signal } = options;
  checkDimensions("precisionRecall", { real, generated });
  checkSamples("precisionRecall", "real", real, k + 1);
  checkSamples("precisionRecall", "generated", generated, k + 1);
  const precision = await coveredShare(gpu, real, generated, { k, signal });
  return { precision, recall: await coveredShare(gpu, generated, real, { k, signal }) };
}

/**
 * Share of `x` within the balls of radii r_i around the sites y_i. x is in a ball where max_i
 * (r_i² − |x − y_i|²) ≥ 0, and the power cell that contains x gives the i of this maximum.
 */
async function coveredShare(
  gpu: Gpu,
  sites: Points,
  x: Points,
  { k, signal }: Cancellable & { readonly k: number },
): Promise<number> {
  const { distance } = await nearestNeighbours(gpu, sites, sites, { k, others: true, signal });
  const radius = Float64Array.from({ length: sites.count }, (_, i) => distance[i * k + k - 1] as number);
  const opened = openSites(gpu, sites);
  try {
    const width = Math.min(CANDIDATES, sites.count);
    const balls = await powerNearest(opened, x, width, { radius, signal });
    let inside = 0;
    const size = rowsBetweenPauses(width * x.dimension);
    for await (const { first, count } of batches(gpu, { count: x.count, size, signal })) {
      for (let m = first; m < first + count; m++) {
        const near = balls.subarray(m * width, (m + 1) * width);
        if (near.some((i) => distanceBetween(x, m, sites, i) <= (radius[i] as number))) inside++;
      }
    }
    return inside / x.count;
  } finally {
    opened.cells.dispose();
  }
}
