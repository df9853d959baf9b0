import type { DeviceLimits } from "../kernels/device.ts";
import { autoencoderLayers, networkOf } from "../models/networks/networks.ts";
import { leastPlannedChi2 } from "../ot/solver/solver.ts";
import { size } from "../tensor/shape.ts";
import type { RunConfig } from "./config.ts";

/** A setting with which a run would fail after much work, or never end. */
export interface OutOfReach {
  readonly setting: "chi2" | "batch" | "data";
  /** What would be within reach, as the end of "expected …". */
  readonly expected: string;
  readonly got: string;
}

/**
 * The first setting of a run that is out of reach, if any: a χ² that takes too many samples, or a
 * batch whose tensors are too large for the device.
 */
export function outOfReach(
  { chi2, limit, batch, model }: Pick<RunConfig, "chi2" | "limit" | "batch" | "model">,
  { maxStorageBufferBindingSize: bytes }: DeviceLimits,
): OutOfReach | undefined {
  const least = leastPlannedChi2(limit);
  if (chi2 < least) {
    const said = Number((1.01 * least).toPrecision(3)); // not less than the bound itself
    const expected = `at least ${said} for ${limit} images, since less takes more than 2^40 samples`;
    return { setting: "chi2", expected, got: String(chi2) };
  }
  const tensors = `tensors have at most ${bytes} bytes on this adapter`;
  const picture = `${model.height} × ${model.width} × ${model.channels}`;
  const most = Math.floor(bytes / (4 * networkOf(model).largest(model)));
  // All parameters are in one tensor, each from a multiple of 64 on.
  const padded = (values: number): number => 64 * Math.ceil(values / 64);
  const parameters = Object.values(autoencoderLayers(model)).reduce(
    (sum, { shape, outputs }) => sum + padded(size(shape)) + padded(outputs),
    0,
  );
  if (most < 2 || 4 * parameters > bytes) {
    return { setting: "data", expected: `smaller images, since ${tensors}`, got: picture };
  }
  if (batch > most) {
    const expected = `at most ${most} images of ${picture}, since ${tensors}`;
    return { setting: "batch", expected, got: String(batch) };
  }
  return undefined;
}
