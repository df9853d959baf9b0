import type { Gpu } from "../kernels/gpu.ts";
import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import type { Points } from "../ot/points.ts";
import { nearestNeighbours } from "./neighbours.ts";
import { checkDimensions, checkSamples } from "./samples.ts";

/** How near generated rows are to the training rows. */
export interface Memorisation {
  /** Number of the training row nearest to each generated row, and the distance. */
  readonly index: Uint32Array<ArrayBuffer>;
  readonly distance: Float64Array<ArrayBuffer>;
  /** Median distance of generated rows from the nearest training row, and that of held-out rows. */
  readonly generated: number;
  readonly heldOut: number;
  /** generated / heldOut: 0 for copies of the training rows, 1 for rows as new as unseen data. */
  readonly ratio: number;
}

/**
 * The ratio
 *
 *   median_m min_i |g_m − t_i| / median_m min_i |u_m − t_i|
 *
 * for generated rows g, training rows t and held-out rows u: how far generated rows are from the
 * training rows. Rows may be pixels or features. RangeError for no rows in a set, for NaN, and for
 * held-out rows half of which are copies.
 */
export async function memorisation(
  gpu: Gpu,
  { train, generated, heldOut }: { readonly train: Points; readonly generated: Points; readonly heldOut: Points },
  options: Cancellable = {},
): Promise<Memorisation> {
  checkOptions("memorisation", options, ["signal"]);
  const { signal } = options;
  for (const [name, x] of Object.entries({ train, generated, heldOut })) {
    checkDimensions("memorisation", { train, [name]: x });
    checkSamples("memorisation", name, x, 1);
  }
  const ofGenerated = await nearestNeighbours(gpu, train, generated, { k: 1, signal });
  const floor = median((await nearestNeighbours(gpu, train, heldOut, { k: 1, signal })).distance);
  if (floor === 0) throw new RangeError("memorisation: expected `heldOut` rows that are not training rows, got copies");
  const distance = median(ofGenerated.distance);
  return { ...ofGenerated, generated: distance, heldOut: floor, ratio: distance / floor };
}

/**
 * The middle of the sorted values, or the mean of the two in the middle where their number is even.
 */
function median(x: Float64Array): number {
  const sorted = x.toSorted();
  const middle = (x.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}
