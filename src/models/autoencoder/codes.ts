import type { Engine } from "../../tensor/engine.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import type { ImageSource, TrainOptions } from "../training/training.ts";
import { type Autoencoder, type Calibration, createAutoencoder, initParameters } from "./autoencoder.ts";
import { calibrate, closeCalibration, encodeImages } from "./calibrate.ts";
import { trainAutoencoder } from "./trainAutoencoder.ts";

/**
 * A trained and calibrated autoencoder and the codes of its training images: what a model of codes
 * is fitted to.
 */
export interface Codes {
  readonly model: Autoencoder;
  readonly calibration: Calibration;
  /** [count, latent]. */
  readonly values: Float32Array;
}

/**
 * Trains and calibrates an autoencoder, and encodes its training images. Losses: `loss`. The caller
 * frees it by `closeCodes`.
 */
export async function learnCodes(
  engine: Engine,
  config: AutoencoderConfig,
  images: ImageSource,
  options: TrainOptions,
): Promise<Codes> {
  const model = createAutoencoder(engine, config, initParameters(config, options.seed));
  try {
    await trainAutoencoder(model, images, options);
    const calibration = await calibrate(model, images);
    return { model, calibration, values: await encodeImages(model, calibration, images) };
  } catch (error) {
    engine.free(model.parameters.flat);
    throw error;
  }
}

/**
 * Frees the autoencoder and its moments. Systems that were fitted to the codes do not work any
 * more.
 */
export function closeCodes({ model: { engine, parameters }, calibration }: Codes): void {
  engine.free(parameters.flat);
  closeCalibration(engine, calibration);
}
