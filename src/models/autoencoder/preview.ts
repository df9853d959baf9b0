import type { Cancellable } from "../../kernels/signal.ts";
import { sigmoid } from "../../tensor/ops/elementwise.ts";
import { clip } from "../../tensor/ops/maximum.ts";
import { networkOf } from "../networks/networks.ts";
import { readRows } from "../networks/rows.ts";
import type { ImageSource } from "../training/training.ts";
import { type Autoencoder, trainingOutputs } from "./autoencoder.ts";

/**
 * Reconstructions in [0, 1], [count, height, width, channels], of the first `count` images by a
 * model that is being trained: with the moments of these images alone, and not sharpened.
 */
export async function previewImages(
  model: Autoencoder,
  images: ImageSource,
  { count, signal }: Cancellable & { readonly count: number },
): Promise<Float32Array<ArrayBuffer>> {
  const { engine, config } = model;
  const { height, width, channels } = config;
  return readRows(engine, { count, size: count, signal }, () => {
    const pixels = images.batch(Uint32Array.from({ length: count }, (_, i) => i));
    const y = trainingOutputs(model, engine.tensor(pixels, [count, height, width, channels]));
    return networkOf(config).output === "logits" ? sigmoid(y) : clip(y, 0, 1);
  });
}
