import type { Pausing } from "../kernels/batches.ts";
import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { type Points, pick } from "../ot/points.ts";
import { frechetDistance } from "./frechet.ts";
import { checkSamples, subsetNumbers } from "./samples.ts";

/**
 * A distance, its floor (the distance of real data at the same numbers of rows), and its excess
 * over the floor.
 */
export interface Crossed {
  readonly distance: number;
  readonly floor: number;
  /** distance − floor, which sampling noise may take below 0. */
  readonly excess: number;
}

/** Distances of drawn and of reconstructed pictures, and the part of each in the loss. */
export interface CrossedDistances {
  /** FCD(generated, test); the floor is FCD(as many training rows, test). */
  readonly generated: Crossed;
  /**
   * FCD(reconstructed test, train); the floor is FCD(as many test rows, train). It is the
   * autoencoder's part of the loss in quality.
   */
  readonly reconstructed: Crossed;
  /**
   * Excess of `generated` minus that of `reconstructed`: the part of transport and its extension.
   */
  readonly transport: number;
}

/**
 * Fréchet distances of features. Each is taken to the split that the pictures were not made from:
 * compared with their own originals, copies would score better than held-out data. Floors use a
 * random subset of a set; see `subsetNumbers`.
 *
 * RangeError where a set has fewer than d + 1 rows, `train` fewer than `generated`, or `test` fewer
 * than `reconstructed`, and for NaN.
 */
export async function crossedDistances(
  gpu: Pausing,
  {
    train,
    test,
    generated,
    reconstructed,
  }: {
    readonly train: Points;
    readonly test: Points;
    readonly generated: Points;
    /** Of test images. */
    readonly reconstructed: Points;
  },
  options: Cancellable = {},
): Promise<CrossedDistances> {
  checkOptions("crossedDistances", options, ["signal"]);
  const ofGenerated = { name: "train", same: train, x: generated, other: test };
  const ofReconstructed = { name: "test", same: test, x: reconstructed, other: train };
  const result = {
    generated: await crossedDistance(gpu, ofGenerated, options),
    reconstructed: await crossedDistance(gpu, ofReconstructed, options),
  };
  return { ...result, transport: result.generated.excess - result.reconstructed.excess };
}

/**
 * FCD(x, other) for pictures x that were made from `same`; the floor is FCD(as many rows of `same`,
 * other). Errors call x `name`. RangeError as for `crossedDistances`.
 */
export async function crossedDistance(
  gpu: Pausing,
  {
    name,
    same,
    x,
    other,
  }: { readonly name: string; readonly same: Points; readonly x: Points; readonly other: Points },
  options: Cancellable = {},
): Promise<Crossed> {
  checkOptions("crossedDistance", options, ["signal"]);
  checkSamples("crossedDistance", name, same, x.count);
  const distance = await frechetDistance(gpu, x, other, options);
  const floor = await frechetDistance(gpu, pick(same, subsetNumbers(x.count, same.count)), other, options);
  return { distance, floor, excess: distance - floor };
}
