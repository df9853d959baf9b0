import { type Optimizer, type OptimizerState, valuesOf } from "../../autograd/optimizer.ts";
import type { Schedule } from "../../autograd/schedules.ts";
import { batches } from "../../kernels/batches.ts";
import { dispose, Resource } from "../../kernels/dispose.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { throwIfAborted } from "../../kernels/signal.ts";
import { type HostRandom, hostRandom } from "../../math/philox.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import type { Shape } from "../../tensor/shape.ts";

/** Images that the caller holds. The core asks for batches and never reads files. */
export interface ImageSource {
  readonly count: number;
  /** Pixels in [0, 1] of the images with the given indices, [indices, height, width, channels]. */
  batch(indices: ArrayLike<number>): Float32Array;
}

/** The budget that trainings share: every step of every system sees one batch of rows. */
export interface TrainingOptions {
  readonly epochs: number;
  /**
   * Rows per step. Rows at the end of an epoch that fill no batch are skipped until the next
   * shuffle.
   */
  readonly batch: number;
  /** Seed of the initial weights, shuffles and noise. */
  readonly seed: number;
  /** Peak of the learning rate. Default: the system's own, 1e-3 for the autoencoder. */
  readonly learningRate?: number;
}

/**
 * Once `signal` is aborted, the step under way is finished and `onStep` is called, which may save;
 * then the training rejects with the signal's reason.
 */
export interface TrainOptions extends TrainingOptions, Cancellable {
  /** The state to continue from. Default: start at the first step. */
  readonly from?: TrainingState;
  /**
   * Called and awaited before each step and after the last one. It may save the state; throwing
   * stops the training.
   */
  readonly onStep?: (training: Training) => unknown;
  /**
   * Called every `every` steps (default 10) and after the last one. Throwing stops the training.
   */
  readonly onProgress?: (progress: TrainProgress) => void;
  readonly every?: number;
}

/** The names of all options of `train`. */
export const TRAIN_OPTIONS = [
  "epochs",
  "batch",
  "seed",
  "learningRate",
  "from",
  "onStep",
  "onProgress",
  "every",
  "signal",
] as const;

/** Where a training stands after a step. */
export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  /** Mean of each loss over the steps since the last call that reported it. */
  readonly losses: Readonly<Record<string, number>>;
  readonly learningRate: number;
}

/**
 * The whole state of a training between two steps. On one adapter, trainings that continue from
 * equal states give equal bits.
 */
export interface TrainingState {
  /** Number of steps done. */
  readonly step: number;
  readonly optimizers: Readonly<Record<string, OptimizerState>>;
  /** Words drawn from the random stream when the current epoch began, and up to now. */
  readonly epochDrawn: number;
  readonly drawn: number;
  /** Losses of the steps since the last report. */
  readonly losses: Readonly<Record<string, readonly number[]>>;
}

/**
 * Thrown when a loss or a parameter is NaN or infinite. The state after `step` steps is unusable,
 * and perhaps the states of some steps before it.
 */
export class NonFiniteError extends Error {
  readonly step: number;
  constructor(message: string, step: number) {
    super(message);
    this.step = step;
  }
}

/** Numbers that are looked at between two pauses. */
const NUMBERS = 262_144;

const nonFinite = (what: string, step: number): NonFiniteError =>
  new NonFiniteError(`train: expected ${what} by step ${step}; lower the learning rate or check the data`, step);

/** What a training optimises: everything in which trainings differ. */
export interface Task {
  readonly engine: Engine;
  /** Shape of one row. */
  readonly row: Shape;
  readonly optimizers: Readonly<Record<string, Optimizer>>;
  /** Peak of the learning rate. */
  readonly learningRate: number;
  /** Fraction of the peak at step t of n. */
  readonly schedule: Schedule;
  /** Number of the seed's random stream for the shuffles and for random changes of rows. */
  readonly stream: number;
  /** Records the optimizer steps for one batch and returns its losses by name, as scalars. */
  step(batch: Batch): Readonly<Record<string, Tensor>>;
}

/** What a task is given for one step. */
export interface Batch {
  /** The rows of the batch, [indices, …row]. */
  readonly x: Tensor;
  /** Index of each row in the source. */
  readonly indices: Uint32Array;
  /** Number of the step, from 0 on. */
  readonly step: number;
  readonly lr: number;
}

/**
 * Rows to train on, as in an ImageSource. A row may also be changed at random each time it is used.
 */
export interface RowSource {
  readonly count: number;
  /** The rows with these indices; `random` is for what changes them at random. */
  batch(indices: Uint32Array, random: HostRandom): Float32Array;
}

/**
 * A training on shuffled minibatches, with one submission to the GPU per step. It owns the task's
 * optimizers and its own tensors until `dispose`.
 */
export class Training extends Resource {
  readonly steps: number;
  readonly #task: Task;
  readonly #rows: RowSource;
  readonly #options: TrainingOptions;
  readonly #perEpoch: number;
  #random: HostRandom;
  #epochDrawn: number;
  #order: Uint32Array = new Uint32Array();
  #step: number;
  #losses: (readonly [name: string, loss: Tensor])[] = [];

  /**
   * RangeError for counts below 1, for fewer rows than the batch and for a state of another task.
   */
  constructor(task: Task, rows: RowSource, options: TrainingOptions, from?: TrainingState) {
    checkOptions("train", options, ["epochs", "batch", "seed", "learningRate"]);
    super();
    const { epochs, batch, seed } = options;
    checkCounts({ epochs, batch });
    if (rows.count < batch)
      throw new RangeError(`train: expected at least one batch of ${batch} rows, got ${rows.count}`);
    this.#task = task;
    this.#rows = rows;
    this.#options = options;
    this.#perEpoch = Math.floor(rows.count / batch);
    this.steps = epochs * this.#perEpoch;
    this.#step = from?.step ?? 0;
    this.#epochDrawn = from?.epochDrawn ?? 0;
    this.#random = hostRandom(seed, task.stream, this.#epochDrawn);
    if (from === undefined) return;
    if (this.#step % this.#perEpoch !== 0) this.#order = this.#random.permutation(rows.count);
    this.#random = hostRandom(seed, task.stream, from.drawn);
    for (const [name, optimizer] of Object.entries(task.optimizers)) {
      const state = from.optimizers[name];
      if (state === undefined) throw new RangeError(`train: expected a state of \`${name}\`, got none`);
      optimizer.load(state);
    }
    this.#losses = Object.entries(from.losses).flatMap(([name, values]) =>
      values.map((loss) => [name, task.engine.tensor([loss], [])] as const),
    );
  }

  /** Number of steps done. */
  get step(): number {
    return this.#step;
  }

  /** Epoch of the next step, from 1 on; after the last step, the last epoch. */
  get epoch(): number {
    return Math.floor(Math.min(this.#step, this.steps - 1) / this.#perEpoch) + 1;
  }

  /** Learning rate of the next step. */
  get learningRate(): number {
    const { learningRate, schedule } = this.#task;
    return (this.#options.learningRate ?? learningRate) * schedule(this.#step, this.steps);
  }

  /** Submits one step to the device. Its losses stay on the device until `losses` reads them. */
  next(): void {
    const { engine, row } = this.#task;
    const { batch } = this.#options;
    const at = this.#step % this.#perEpoch;
    if (at === 0) {
      this.#epochDrawn = this.#random.drawn;
      this.#order = this.#random.permutation(this.#rows.count);
    }
    const indices = this.#order.subarray(at * batch, (at + 1) * batch);
    const values = this.#rows.batch(indices, this.#random);
    const [step, lr] = [this.#step, this.learningRate];
    const losses = engine.scope(() =>
      this.#task.step({ x: engine.tensor(values, [batch, ...row]), indices, step, lr }),
    );
    engine.submit();
    this.#losses.push(...Object.entries(losses));
    this.#step++;
  }

  /** The mean of each loss over the steps since the last call. */
  async losses(): Promise<Readonly<Record<string, number>>> {
    const all = await this.#read();
    this.#forget();
    return Object.fromEntries(
      Object.entries(all).map(([name, values]) => [name, values.reduce((sum, loss) => sum + loss, 0) / values.length]),
    );
  }

  /**
   * The state from which a training with the same options can continue. NonFiniteError when a
   * parameter or a loss in it is not finite.
   */
  async save(): Promise<TrainingState> {
    const optimizers: Record<string, OptimizerState> = {};
    for (const [name, optimizer] of Object.entries(this.#task.optimizers)) optimizers[name] = await optimizer.save();
    const losses = await this.#read();
    for (const numbers of [...Object.values(optimizers).flatMap(valuesOf), ...Object.values(losses)]) {
      for await (const { first, count } of batches(this.#task.engine, { count: numbers.length, size: NUMBERS })) {
        if (!numbers.slice(first, first + count).every(Number.isFinite))
          throw nonFinite("finite parameters", this.#step);
      }
    }
    return { step: this.#step, optimizers, epochDrawn: this.#epochDrawn, drawn: this.#random.drawn, losses };
  }

  dispose(): void {
    this.#forget();
    disposeOptimizers(this.#task);
  }

  #forget(): void {
    dispose(...this.#losses.map(([, loss]) => loss));
    this.#losses = [];
  }

  async #read(): Promise<Readonly<Record<string, readonly number[]>>> {
    const all: Record<string, number[]> = {};
    for (const [name, loss] of this.#losses) {
      const value = (await loss.engine.read(loss))[0] ?? Number.NaN;
      all[name] = [...(all[name] ?? []), value];
    }
    return all;
  }
}

function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!(Number.isSafeInteger(value) && value >= 1))
      throw new RangeError(`train: expected \`${name}\` as an integer of at least 1, got ${value}`);
  }
}

const disposeOptimizers = ({ optimizers }: Task): void => {
  for (const optimizer of Object.values(optimizers)) optimizer.dispose();
};

/**
 * Trains a task to the end of its last epoch, disposes of its optimizers and returns the final
 * state. Losses are read only every `every` steps, so that the device is never idle in between;
 * other work may run between any two steps. Equal seeds give equal bits on one adapter, wherever
 * the training was saved and resumed. A training from a final state has nothing left to do.
 *
 * RangeError for fewer rows than the batch; NonFiniteError when a loss or a parameter is not
 * finite.
 */
export async function train(task: Task, rows: RowSource, options: TrainOptions): Promise<TrainingState> {
  const { every = 10, onStep, onProgress, from, signal, ...budget } = options;
  let training: Training | undefined;
  try {
    checkOptions("train", options, TRAIN_OPTIONS);
    checkCounts({ every });
    training = new Training(task, rows, budget, from);
    const { steps } = training;
    for (;;) {
      await task.engine.pause();
      const aborted = signal?.aborted === true; // read before `onStep`, which may save the state
      await onStep?.(training);
      if (aborted) throwIfAborted(signal);
      if (training.step >= steps) return await training.save();
      const { epoch, learningRate } = training;
      training.next();
      const { step } = training;
      if (step % every === 0 || step === steps) {
        const losses = await training.losses();
        for (const [name, loss] of Object.entries(losses)) {
          if (!Number.isFinite(loss)) throw nonFinite(`a finite loss \`${name}\`, got ${loss}`, step);
        }
        onProgress?.({ step, steps, epoch, losses, learningRate });
      }
    }
  } finally {
    if (training === undefined) disposeOptimizers(task);
    else training.dispose();
  }
}
