import { inPieces } from "../../kernels/batches.ts";
import { dispose, type Resource, resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import {
  type ImageSource,
  type RowSource,
  TRAIN_OPTIONS,
  type Training,
  type TrainOptions,
} from "../training/training.ts";
import { type Autoencoder, type Calibration, createAutoencoder, parameterSteps } from "./autoencoder.ts";
import { calibrateAndEncode, normalisedCodes } from "./calibrate.ts";
import { startParameters } from "./start.ts";
import { trainAutoencoder } from "./trainAutoencoder.ts";

/**
 * A trained and calibrated autoencoder and the codes of its training images: what a model of codes
 * is fitted to.
 */
export interface Codes extends Resource {
  readonly model: Autoencoder;
  readonly calibration: Calibration;
  /** [count, latent]. */
  readonly values: Float32Array;
}

/** Options of `learnCodes`: those of a training, whose steps are handed the model as well. */
export interface LearnOptions extends Omit<TrainOptions, "onStep"> {
  /**
   * What the training sees in place of the images, such as `mirroredImages(images, config)`. Codes
   * are those of the images all the same. Default: the images.
   */
  readonly rows?: RowSource | undefined;
  /** `onStep` of `train`, which gets the model too. */
  readonly onStep?: (training: Training, model: Autoencoder) => unknown;
}

/**
 * Trains and calibrates an autoencoder, and encodes its training images. Losses: `loss`. The caller
 * disposes of them.
 */
export async function learnCodes(
  engine: Engine,
  config: AutoencoderConfig,
  images: ImageSource,
  options: LearnOptions,
): Promise<Codes> {
  checkOptions("learnCodes", options, [...TRAIN_OPTIONS, "rows"]);
  const { rows = images, ...training } = options;
  const { from, seed, signal, onStep } = training;
  return disposeOnError(async (own) => {
    const values =
      from === undefined
        ? await startParameters(engine, config, images, { seed, signal })
        : await inPieces(engine, parameterSteps(config, seed), signal);
    const model = createAutoencoder(engine, config, values);
    own(model);
    await engine.pause(signal);
    await trainAutoencoder(model, rows, { ...training, onStep: (state) => onStep?.(state, model) });
    const { calibration, raw } = await calibrateAndEncode(model, images, { signal });
    own(calibration);
    return codesOf(model, calibration, await normalisedCodes(model, calibration, raw, { signal }));
  });
}

/**
 * An autoencoder, its calibration and its codes as one resource. Systems fitted to the codes need
 * it for as long as they are used.
 */
export function codesOf(model: Autoencoder, calibration: Calibration, values: Float32Array): Codes {
  return resource({ model, calibration, values }, () => dispose(model, calibration));
}
