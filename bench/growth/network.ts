// The stages of a training whose growth is measured.
import { Adam, type Tensor, valueAndGrad } from "../../src/index.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import { calibrate, encodeImages } from "../../src/models/autoencoder/calibrate.ts";
import { type Autoencoder, createAutoencoder, initParameters, reconstructionLoss } from "../../src/models/index.ts";
import type { ImageSource } from "../../src/models/training/training.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { fill } from "../case.ts";
import type { Stage } from "./stage.ts";

const configOf = (side: number) => ({ height: side, width: side, channels: 1, latent: 64 });
/** Different images that an image source gives in turn. */
const KEPT = 100;

/** `count` grey images of a side, of which some repeat so that they need no memory. */
function imagesOf(count: number, side: number): ImageSource {
  const size = side * side;
  const kept = fill(KEPT * size, 1).map((value) => value + 0.5);
  return {
    count,
    batch(indices) {
      const values = new Float32Array(indices.length * size);
      Array.from(indices).forEach((i, at) => {
        values.set(kept.subarray((i % KEPT) * size, ((i % KEPT) + 1) * size), at * size);
      });
      return values;
    },
  };
}

const modelOf = (gpu: Engine, side: number): Autoencoder =>
  createAutoencoder(gpu, configOf(side), initParameters(configOf(side), 1));

export const networkStages = {
  "training step": (gpu, { batch, side }) => {
    const model = modelOf(gpu, side);
    const x = gpu.tensor(imagesOf(batch, side).batch(Uint32Array.from({ length: batch }, (_, i) => i)), [
      batch,
      side,
      side,
      1,
    ]);
    const { flat, named } = model.parameters;
    const adam = new Adam(model.parameters);
    return {
      async run() {
        gpu.scope(() => {
          const { gradients } = valueAndGrad(Object.values<Tensor>(named), () => reconstructionLoss(model, x));
          adam.step(gradients, 1e-3);
        });
        await gpu.done();
      },
      close() {
        adam.dispose();
        dispose(x, flat);
      },
    };
  },
  calibration: (gpu, { images, side }) => {
    const model = modelOf(gpu, side);
    const source = imagesOf(images, side);
    return {
      run: async () => (await calibrate(model, source)).dispose(),
      close: () => model.dispose(),
    };
  },
  codes: async (gpu, { images, side }) => {
    const model = modelOf(gpu, side);
    const source = imagesOf(images, side);
    const calibration = await calibrate(model, imagesOf(KEPT, side));
    return {
      run: () => encodeImages(model, calibration, source),
      close: () => dispose(calibration, model),
    };
  },
} satisfies Readonly<Record<string, Stage>>;
