import { inPieces } from "../../kernels/batches.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { STREAMS } from "../../math/streams.ts";
import { assigning, type CellCounter } from "../cells/counter.ts";
import { inflation, withinSteps } from "../cells/evaluation.ts";
import { FLIPS, type Flips } from "../source.ts";

/** Drawn points of a pilot. */
const POINTS = 512;
/**
 * Comparisons, additions of patterns and the search for the winner, per point and target, in flops
 * of a product: measured with Mesa lavapipe for 16 to 256 dimensions.
 */
const OVERHEAD = 11;

/** Sign flips for a problem, and what a flipped point is worth. */
export interface Pilot {
  readonly flips: Flips;
  /** Number of flipped samples that are worth one independent sample. */
  readonly inflation: number;
  /** Number of samples that the choice took. */
  readonly samples: number;
}

/** The work of a point and a target with m flips: 2d / 2^m + 11 flops. */
export const costOf = (dimension: number, flips: Flips): number => (2 * dimension) / powerOfTwo(flips) + OVERHEAD;

/**
 * The number of flips that takes the least work for a given accuracy: the product of `costOf` and
 * of the inflation, which is measured at the cells' heights. `wanted` forces a number. No flips for
 * sources of samples, which have no symmetry.
 */
export async function choosePilot(
  cells: CellCounter,
  nu: Float64Array,
  options: Cancellable & { readonly seed: number; readonly wanted: Flips | undefined },
): Promise<Pilot> {
  checkOptions("choosePilot", options, ["seed", "wanted", "signal"]);
  const { seed, wanted, signal } = options;
  const none: Pilot = { flips: 0, inflation: 1, samples: 0 };
  if (typeof cells.source !== "string" || wanted === 0) return none;
  const { dimension } = cells.targets;
  let best = none;
  let samples = 0;
  for (const flips of FLIPS) {
    if (flips === 0 || flips > dimension || (wanted !== undefined && flips !== wanted)) continue;
    const patterns = powerOfTwo(flips);
    const draw = { seed, stream: STREAMS.source.pilot, first: 0, count: POINTS * patterns, flips };
    const { counts, index } = await cells.ask(assigning, ["index"], draw, { signal });
    samples += draw.count;
    const within = await inPieces(cells, withinSteps(index, counts, nu, patterns), signal);
    const found = { flips, inflation: inflation(within, counts, nu), samples };
    const cheaper = costOf(dimension, flips) * found.inflation < costOf(dimension, best.flips) * best.inflation;
    if (cheaper || wanted === flips) best = found;
  }
  return { ...best, samples };
}
