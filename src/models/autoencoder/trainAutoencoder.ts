import { Adam } from "../../autograd/adam.ts";
import { checkOptions } from "../../kernels/options.ts";
import { STREAMS } from "../../math/streams.ts";
import { networkOf } from "../networks/networks.ts";
import { cosineSchedule } from "../training/schedule.ts";
import {
  type RowSource,
  type Task,
  TRAIN_OPTIONS,
  type TrainingState,
  type TrainOptions,
  train,
} from "../training/training.ts";
import { type Autoencoder, reconstructionLoss } from "./autoencoder.ts";

/** Default peak of the learning rate. */
export const LEARNING_RATE = 1e-3;

/**
 * Adam on reconstructionLoss, by default at the network's own rate or LEARNING_RATE, with
 * cosineSchedule. Losses: `loss`.
 */
export function autoencoderTask(model: Autoencoder): Task {
  const { engine, parameters, config } = model;
  const autoencoder = new Adam(parameters);
  return {
    engine,
    row: [config.height, config.width, config.channels],
    optimizers: { autoencoder },
    learningRate: networkOf(config).learningRate ?? LEARNING_RATE,
    schedule: cosineSchedule,
    stream: STREAMS.host.shuffle,
    step: ({ x, lr }) => ({ loss: autoencoder.minimize(() => reconstructionLoss(model, x), lr) }),
  };
}

/** Trains a model by autoencoderTask; see `train`. The parameters stay the caller's. */
export async function trainAutoencoder(
  model: Autoencoder,
  images: RowSource,
  options: TrainOptions,
): Promise<TrainingState> {
  checkOptions("trainAutoencoder", options, TRAIN_OPTIONS);
  return train(autoencoderTask(model), images, options);
}
