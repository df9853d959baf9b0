import { Adam, type AdamOptions } from "../autograd/adam.ts";
import type { Parameters } from "../autograd/parameters.ts";
import { valueAndGradients } from "../autograd/tape.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/op.ts";
import { hostRandom } from "../tensor/random.ts";
import type { Shape } from "../tensor/shape.ts";
import { SYSTEM_STREAMS, type SystemOptions } from "./system.ts";
import { type ImageSource, NonFiniteError } from "./trainAutoencoder.ts";

/** Parameters and the optimiser that moves them. */
export interface Learner {
  readonly parameters: Parameters;
  /** One step of Adam down the gradient of `loss` by the parameters alone; returns the loss before it. */
  improve(loss: () => Tensor, rate: number): Tensor;
  /** Frees the optimiser's moments; the parameters stay. */
  close(): void;
}

export function createLearner(parameters: Parameters, options: AdamOptions = {}): Learner {
  const adam = new Adam(parameters, options);
  const tensors: Tensor[] = Object.values(parameters.named);
  return {
    parameters,
    improve(loss, rate) {
      const { value, gradients } = valueAndGradients(tensors, loss);
      adam.step(gradients, rate);
      return value;
    },
    close: () => adam.close(),
  };
}

/** What differs between systems in a training. */
export interface SystemTraining {
  readonly engine: Engine;
  /** Shape of one row. */
  readonly row: Shape;
  readonly learners: readonly Learner[];
  /** Peak of the learning rate. */
  readonly learningRate: number;
  /** Its fraction at step t of n. */
  readonly schedule: (step: number, steps: number) => number;
  /** Records the updates that batch x [batch, …row] calls for, and returns losses by name: scalars. */
  step(x: Tensor, at: TrainingStep): Readonly<Record<string, Tensor>>;
}

export interface TrainingStep {
  /** From 0 on. */
  readonly step: number;
  readonly rate: number;
}

/**
 * Trains on shuffled minibatches, one submission per step. Losses are read every `every` steps, so that the device is never idle in between.
 * Equal seeds give equal bits on one adapter. It closes the learners; a training that fails frees their parameters too.
 *
 * RangeError for fewer rows than the batch and for no epochs; NonFiniteError when a loss is not finite.
 */
export async function trainSystem(training: SystemTraining, rows: ImageSource, options: SystemOptions): Promise<void> {
  const { engine, row, learners, schedule } = training;
  const { epochs, batch, seed, learningRate = training.learningRate, onProgress, every = 10 } = options;
  let losses: (readonly [name: string, loss: Tensor])[] = [];
  try {
    if (!(Number.isInteger(epochs) && epochs >= 1 && Number.isInteger(batch) && batch >= 1)) {
      throw new RangeError(`train: expected integers \`epochs\` and \`batch\` from 1, got ${epochs} and ${batch}`);
    }
    if (rows.count < batch)
      throw new RangeError(`train: expected at least one batch of ${batch} rows, got ${rows.count}`);
    const perEpoch = Math.floor(rows.count / batch);
    const steps = epochs * perEpoch;
    const random = hostRandom(seed, SYSTEM_STREAMS.shuffle);
    let order = new Uint32Array();
    for (let step = 0; step < steps; step++) {
      const at = step % perEpoch;
      if (at === 0) order = random.permutation(rows.count);
      const values = rows.batch(order.subarray(at * batch, (at + 1) * batch));
      const rate = learningRate * schedule(step, steps);
      losses.push(
        ...Object.entries(engine.scope(() => training.step(engine.tensor([batch, ...row], values), { step, rate }))),
      );
      engine.gpu.submit();
      if ((step + 1) % every === 0 || step === steps - 1) {
        const means = await meansOf(losses);
        engine.free(...losses.map(([, loss]) => loss));
        losses = [];
        for (const [name, mean] of Object.entries(means)) {
          if (Number.isFinite(mean)) continue;
          throw new NonFiniteError(
            `train: expected a finite loss \`${name}\`, got ${mean} by step ${step + 1}; lower the learning rate or check the data`,
            step + 1,
          );
        }
        const epoch = Math.floor(step / perEpoch) + 1;
        onProgress?.({ step: step + 1, steps, epoch, losses: means, learningRate: rate });
      }
    }
  } catch (error) {
    for (const { parameters } of learners) engine.free(parameters.flat);
    throw error;
  } finally {
    engine.free(...losses.map(([, loss]) => loss));
    for (const learner of learners) learner.close();
  }
}

async function meansOf(
  losses: readonly (readonly [name: string, loss: Tensor])[],
): Promise<Readonly<Record<string, number>>> {
  const sums = new Map<string, { readonly sum: number; readonly count: number }>();
  for (const [name, loss] of losses) {
    const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 };
    const value = (await loss.engine.read(loss))[0] ?? Number.NaN;
    sums.set(name, { sum: sum + value, count: count + 1 });
  }
  return Object.fromEntries([...sums].map(([name, { sum, count }]) => [name, sum / count]));
}
