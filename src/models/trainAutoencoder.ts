import { Adam } from "../autograd/adam.ts";
import { valueAndGradients } from "../autograd/tape.ts";
import type { Tensor } from "../tensor/op.ts";
import { hostRandom } from "../tensor/random.ts";
import { type Autoencoder, reconstructionLoss } from "./autoencoder.ts";
import { cosineSchedule } from "./schedule.ts";

/** Images that the caller holds: the core asks for batches and never touches files. */
export interface ImageSource {
  readonly count: number;
  /** Pixels in [0, 1] of the images with the given indices, [indices, height, width, channels]. */
  batch(indices: ArrayLike<number>): Float32Array;
}

export interface TrainOptions {
  readonly epochs: number;
  /** Images per step. The last images of an epoch that fill no batch wait for the next shuffle. */
  readonly batch: number;
  readonly seed: number;
  /** Peak of the learning rate. Default 1e-3. */
  readonly learningRate?: number;
  /** Called every `every` steps (default 10) and after the last one, with the mean loss since the last call. Throwing stops. */
  readonly onProgress?: (progress: TrainProgress) => void;
  readonly every?: number;
}

export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
}

const STREAM = 2; // of the seed, for the shuffles

/**
 * Trains with Adam on shuffled minibatches, one submission per step; the schedule is cosineSchedule. Losses are read every
 * `every` steps, so that the device is never idle in between. Equal seeds give equal bits on one adapter.
 *
 * RangeError for fewer images than the batch; Error when the loss is not finite.
 */
export async function trainAutoencoder(model: Autoencoder, images: ImageSource, options: TrainOptions): Promise<void> {
  const { epochs, batch, seed, learningRate = 1e-3, onProgress, every = 10 } = options;
  if (images.count < batch)
    throw new RangeError(`train: expected at least one batch of ${batch} images, got ${images.count}`);
  const { engine, config, parameters } = model;
  const perEpoch = Math.floor(images.count / batch);
  const steps = epochs * perEpoch;
  const random = hostRandom(seed, STREAM);
  const adam = new Adam(parameters);
  const tensors: Tensor[] = Object.values(parameters.named);
  let losses: Tensor[] = [];
  try {
    let order = new Uint32Array();
    for (let step = 0; step < steps; step++) {
      const at = step % perEpoch;
      if (at === 0) order = random.permutation(images.count);
      const pixels = images.batch(order.subarray(at * batch, (at + 1) * batch));
      const rate = learningRate * cosineSchedule(step, steps);
      const loss = engine.scope(() => {
        const x = engine.tensor([batch, config.height, config.width, config.channels], pixels);
        const { value, gradients } = valueAndGradients(tensors, () => reconstructionLoss(model, x));
        adam.step(gradients, rate);
        return value;
      });
      engine.gpu.submit();
      losses.push(loss);
      if (losses.length === every || step === steps - 1) {
        const mean = await meanOf(losses);
        losses = [];
        if (!Number.isFinite(mean)) {
          throw new Error(
            `train: expected a finite loss, got ${mean} by step ${step + 1}; lower the learning rate or check the data`,
          );
        }
        onProgress?.({ step: step + 1, steps, epoch: Math.floor(step / perEpoch) + 1, loss: mean, learningRate: rate });
      }
    }
  } finally {
    engine.free(...losses);
    adam.close();
  }
}

async function meanOf(losses: readonly Tensor[]): Promise<number> {
  let sum = 0;
  for (const loss of losses) sum += (await loss.engine.read(loss))[0] ?? Number.NaN;
  for (const loss of losses) loss.engine.free(loss);
  return sum / losses.length;
}
