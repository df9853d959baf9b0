import type { Pausing } from "../kernels/batches.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { type Points, pick } from "../ot/points.ts";
import { frechetDistance } from "./frechet.ts";
import { checkSamples, subsetNumbers } from "./samples.ts";

/** A distance, what real data have at the same numbers of rows, and how far it lies above that. */
export interface Crossed {
  readonly distance: number;
  readonly floor: number;
  /** distance − floor. It may be below 0 by sampling noise. */
  readonly excess: number;
}

export interface CrossedDistances {
  /** FCD(generated, test); the floor is FCD(as many training rows, test). */
  readonly generated: Crossed;
  /**
   * FCD(reconstructed test, train); the floor is FCD(as many test rows, train). The autoencoder's
   * share of the loss.
   */
  readonly reconstructed: Crossed;
  /** Excess of `generated` over that of `reconstructed`: what transport and its extension cost. */
  readonly transport: number;
}

/**
 * Fréchet distances of features, each taken to the split that its pictures were not made of:
 * against their own originals copies win over held-out data. Floors use a random subset of a set:
 * see `subsetNumbers`.
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
  const ofGenerated = { name: "train", same: train, x: generated, other: test };
  const ofReconstructed = { name: "test", same: test, x: reconstructed, other: train };
  const result = {
    generated: await crossedDistance(gpu, ofGenerated, options),
    reconstructed: await crossedDistance(gpu, ofReconstructed, options),
  };
  return { ...result, transport: result.generated.excess - result.reconstructed.excess };
}

/**
 * FCD(x, other) for pictures x that were made of `same`, which errors call `name`; the floor is
 * FCD(as many rows of `same`, other). RangeError as for `crossedDistances`.
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
  checkSamples("crossedDistance", name, same, x.count);
  const distance = await frechetDistance(gpu, x, other, options);
  const floor = await frechetDistance(gpu, pick(same, subsetNumbers(x.count, same.count)), other, options);
  return { distance, floor, excess: distance - floor };
}
