import { resource } from "../../kernels/dispose.ts";
import type { Engine } from "../../tensor/engine.ts";
import { reconstructImages } from "../autoencoder/calibrate.ts";
import type { Codes } from "../autoencoder/codes.ts";
import { type AutoencoderConfig, checkPicture } from "../networks/networks.ts";
import { IMAGES_AT_A_TIME } from "../networks/rows.ts";
import type { ImageSource } from "../training/training.ts";
import { type GenerativeSystem, sampleBlocks, systemOfCodes, type TrainedSystem } from "./system.ts";

/**
 * Picture number n is the reconstruction of image number n, so that no seed has a meaning: the best
 * that a model of codes can hope for. `sample` throws RangeError for numbers beyond the images.
 */
export function fitReconstruction({ model, calibration }: Codes, images: ImageSource): TrainedSystem {
  return resource(
    {
      name: "reconstruction",
      async sample(draw) {
        const { count, first = 0, signal } = draw;
        if (first + count > images.count) {
          throw new RangeError(
            `reconstruction: expected pictures up to number ${images.count}, got ${first} to ${first + count}`,
          );
        }
        return sampleBlocks(model.engine, draw, IMAGES_AT_A_TIME, (start) => {
          // The last image is repeated to fill the last block, so that every block has the same
          // shape.
          const batch = (indices: ArrayLike<number>): Float32Array =>
            images.batch(Array.from(indices, (i) => Math.min(start + i, images.count - 1)));
          return reconstructImages(model, calibration, { count: IMAGES_AT_A_TIME, batch }, { signal });
        });
      },
    },
    () => undefined,
  );
}

/**
 * The upper bound: reconstructions of `heldOut`, or of the training images where there are none, by
 * an autoencoder alone.
 */
export const reconstruction = (engine: Engine, config: AutoencoderConfig, heldOut?: ImageSource): GenerativeSystem => {
  const name = "reconstruction";
  const of = (images: ImageSource): GenerativeSystem =>
    systemOfCodes(name, engine, config, (codes) => fitReconstruction(codes, heldOut ?? images));
  checkPicture(name, config);
  return { name, train: (images, options) => of(images).train(images, options) };
};
