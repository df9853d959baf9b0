import { Adam, type AdamState } from "../autograd/adam.ts";
import { valueAndGradients } from "../autograd/tape.ts";
import type { Tensor } from "../tensor/op.ts";
import { type HostRandom, hostRandom } from "../tensor/random.ts";
import { type Autoencoder, reconstructionLoss } from "./autoencoder.ts";
import { cosineSchedule } from "./schedule.ts";

/** Images that the caller holds: the core asks for batches and never touches files. */
export interface ImageSource {
  readonly count: number;
  /** Pixels in [0, 1] of the images with the given indices, [indices, height, width, channels]. */
  batch(indices: ArrayLike<number>): Float32Array;
}

export interface TrainingOptions {
  readonly epochs: number;
  /** Images per step. The last images of an epoch that fill no batch wait for the next shuffle. */
  readonly batch: number;
  readonly seed: number;
  /** Peak of the learning rate. Default 1e-3. */
  readonly learningRate?: number;
}

export interface TrainOptions extends TrainingOptions {
  /** Where to go on. Default: the first step. */
  readonly from?: TrainingState;
  /** Called before each step and after the last one: awaited: the time to save, and to throw, which stops. */
  readonly onStep?: (training: Training) => unknown;
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

/** All that a training is between two steps: from equal states the rest is equal bit for bit, on one adapter. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  /** The flat parameters. */
  readonly parameters: Float32Array;
  readonly adam: AdamState;
  /** Words that the shuffles had drawn when the current epoch began. */
  readonly drawn: number;
  /** Losses of the steps since the last report. */
  readonly losses: readonly number[];
}

/** A loss or a parameter is NaN or infinite: nothing after `step` steps can be used, nor perhaps some steps before. */
export class NonFiniteError extends Error {
  readonly step: number;
  constructor(message: string, step: number) {
    super(message);
    this.step = step;
  }
}

const nonFinite = (what: string, step: number): NonFiniteError =>
  new NonFiniteError(`train: expected ${what} by step ${step}; lower the learning rate or check the data`, step);

const STREAM = 2; // of the seed, for the shuffles

/** A training under way: Adam on shuffled minibatches, one submission per step; the schedule is cosineSchedule. Owns tensors until `close`. */
export class Training {
  readonly model: Autoencoder;
  readonly steps: number;
  readonly #images: ImageSource;
  readonly #options: TrainingOptions;
  readonly #perEpoch: number;
  readonly #adam: Adam<string>;
  readonly #tensors: readonly Tensor[];
  readonly #random: HostRandom;
  #drawn: number;
  #order: Uint32Array = new Uint32Array();
  #step: number;
  #losses: Tensor[];

  /** RangeError for counts below 1, for fewer images than the batch and for a state of other sizes. */
  constructor(model: Autoencoder, images: ImageSource, options: TrainingOptions, from?: TrainingState) {
    const { epochs, batch, seed } = options;
    for (const [name, value] of Object.entries({ epochs, batch })) {
      if (!(Number.isSafeInteger(value) && value >= 1))
        throw new RangeError(`train: expected \`${name}\` as an integer of at least 1, got ${value}`);
    }
    if (images.count < batch)
      throw new RangeError(`train: expected at least one batch of ${batch} images, got ${images.count}`);
    this.model = model;
    this.#images = images;
    this.#options = options;
    this.#perEpoch = Math.floor(images.count / batch);
    this.steps = epochs * this.#perEpoch;
    this.#step = from?.step ?? 0;
    if (from !== undefined) model.engine.write(model.parameters.flat, from.parameters);
    this.#adam = new Adam(model.parameters, {}, from?.adam);
    this.#tensors = Object.values(model.parameters.named);
    this.#drawn = from?.drawn ?? 0;
    this.#random = hostRandom(seed, STREAM, this.#drawn);
    if (this.#step % this.#perEpoch !== 0) this.#order = this.#random.permutation(images.count);
    this.#losses = (from?.losses ?? []).map((loss) => model.engine.tensor([], [loss]));
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /** Epoch of the next step, from 1 on; after the last step, its own. */
  get epoch(): number {
    return Math.floor(Math.min(this.#step, this.steps - 1) / this.#perEpoch) + 1;
  }

  /** Learning rate of the next step. */
  get learningRate(): number {
    return (this.#options.learningRate ?? 1e-3) * cosineSchedule(this.#step, this.steps);
  }

  /** One step, handed to the device; its loss stays there until `loss`. */
  next(): void {
    const { model } = this;
    const { engine, config } = model;
    const { batch } = this.#options;
    const at = this.#step % this.#perEpoch;
    if (at === 0) {
      this.#drawn = this.#random.drawn;
      this.#order = this.#random.permutation(this.#images.count);
    }
    const pixels = this.#images.batch(this.#order.subarray(at * batch, (at + 1) * batch));
    const rate = this.learningRate;
    const loss = engine.scope(() => {
      const x = engine.tensor([batch, config.height, config.width, config.channels], pixels);
      const { value, gradients } = valueAndGradients(this.#tensors, () => reconstructionLoss(model, x));
      this.#adam.step(gradients, rate);
      return value;
    });
    engine.gpu.submit();
    this.#losses.push(loss);
    this.#step++;
  }

  /** The mean loss of the steps since the last call. */
  async loss(): Promise<number> {
    const losses = await this.#read();
    this.model.engine.free(...this.#losses);
    this.#losses = [];
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  }

  /** What a training with the same options needs to go on from here. NonFiniteError when that is no good state. */
  async save(): Promise<TrainingState> {
    const { engine, parameters } = this.model;
    const state = {
      step: this.#step,
      parameters: await engine.read(parameters.flat),
      adam: await this.#adam.save(),
      drawn: this.#step % this.#perEpoch === 0 ? this.#random.drawn : this.#drawn,
      losses: await this.#read(),
    };
    const good = [state.parameters, state.adam.mean, state.adam.square, state.losses].every((values) =>
      values.every(Number.isFinite),
    );
    if (!good) throw nonFinite("finite parameters", this.#step);
    return state;
  }

  close(): void {
    this.model.engine.free(...this.#losses);
    this.#losses = [];
    this.#adam.close();
  }

  async #read(): Promise<readonly number[]> {
    const values: number[] = [];
    for (const loss of this.#losses) values.push((await loss.engine.read(loss))[0] ?? Number.NaN);
    return values;
  }
}

/**
 * Trains a model to the end of its last epoch, and returns the state there. Losses are read every `every` steps, so that the device is
 * never idle in between. Equal seeds give equal bits on one adapter, wherever a training was saved and taken up again.
 *
 * RangeError for fewer images than the batch; NonFiniteError when a loss or a parameter is not finite.
 */
export async function trainAutoencoder(
  model: Autoencoder,
  images: ImageSource,
  options: TrainOptions,
): Promise<TrainingState> {
  const { every = 10, onStep, onProgress } = options;
  const training = new Training(model, images, options, options.from);
  try {
    const { steps } = training;
    while (training.step < steps) {
      await onStep?.(training);
      const { epoch, learningRate } = training;
      training.next();
      const { step } = training;
      if (step % every === 0 || step === steps) {
        const loss = await training.loss();
        if (!Number.isFinite(loss)) throw nonFinite(`a finite loss, got ${loss}`, step);
        onProgress?.({ step, steps, epoch, loss, learningRate });
      }
    }
    await onStep?.(training);
    return await training.save();
  } finally {
    training.close();
  }
}
