import { Adam } from "../autograd/adam.ts";
import { valueAndGradients } from "../autograd/tape.ts";
import { cosineSchedule } from "../models/schedule.ts";
import type { ImageSource, TrainOptions } from "../models/trainAutoencoder.ts";
import type { Tensor } from "../tensor/op.ts";
import { softmaxCrossEntropy } from "../tensor/ops/losses.ts";
import { hostRandom } from "../tensor/random.ts";
import { type Classifier, classifierFeatures, classifierLogits } from "./classifier.ts";
import { checkLabels } from "./labels.ts";
import { moveImages } from "./moveImages.ts";

/** Images and the class of each. */
export interface LabelledImages {
  readonly images: ImageSource;
  /** [images.count], integers from 0. */
  readonly labels: ArrayLike<number>;
}

export interface ClassifierOptions extends TrainOptions {
  /** Each image is moved by up to so many pixels along either axis, black coming in. Default 0. */
  readonly shift?: number;
  /** Mirrors half of the images left to right: for things, not for digits. Default: false. */
  readonly mirror?: boolean;
}

const STREAM = 4; // of the seed, for the shuffles and the moves

/**
 * Trains with Adam on the softmax cross-entropy of shuffled minibatches, one submission per step; the schedule is cosineSchedule.
 * Equal seeds give equal bits on one adapter.
 *
 * RangeError for fewer images than the batch, a label that is no class, and a number of labels that is not that of the images; Error
 * when the loss is not finite.
 */
export async function trainClassifier(
  model: Classifier,
  { images, labels }: LabelledImages,
  options: ClassifierOptions,
): Promise<void> {
  const { epochs, batch, seed, learningRate = 1e-3, onProgress, every = 10, shift = 0, mirror = false } = options;
  const { engine, config, parameters } = model;
  if (!(images.count >= batch)) {
    throw new RangeError(`classifier: expected at least one batch of ${batch} images, got ${images.count}`);
  }
  checkLabels("classifier", labels, images.count, config.classes);
  const perEpoch = Math.floor(images.count / batch);
  const steps = epochs * perEpoch;
  const random = hostRandom(seed, STREAM);
  const adam = new Adam(parameters);
  const tensors: Tensor[] = Object.values(parameters.named);
  let losses: Tensor[] = [];
  const targetsOf = (indices: Uint32Array): Float32Array => {
    const targets = new Float32Array(batch * config.classes);
    indices.forEach((n, i) => {
      targets[i * config.classes + (labels[n] as number)] = 1;
    });
    return targets;
  };
  try {
    let order = new Uint32Array();
    for (let step = 0; step < steps; step++) {
      const at = step % perEpoch;
      if (at === 0) order = random.permutation(images.count);
      const indices = order.subarray(at * batch, (at + 1) * batch);
      let pixels = images.batch(indices);
      if (shift > 0 || mirror) {
        pixels = moveImages(pixels, config, () => ({
          down: random.integer(2 * shift + 1) - shift,
          right: random.integer(2 * shift + 1) - shift,
          mirrored: mirror && random.integer(2) === 1,
        }));
      }
      const targets = targetsOf(indices);
      const rate = learningRate * cosineSchedule(step, steps);
      const loss = engine.scope(() => {
        const x = engine.tensor([batch, config.height, config.width, config.channels], pixels);
        const t = engine.tensor([batch, config.classes], targets);
        const { value, gradients } = valueAndGradients(tensors, () =>
          softmaxCrossEntropy(classifierLogits(model, classifierFeatures(model, x)), t),
        );
        adam.step(gradients, rate);
        return value;
      });
      engine.gpu.submit();
      losses.push(loss);
      if (losses.length === every || step === steps - 1) {
        let sum = 0;
        for (const one of losses) sum += (await engine.read(one))[0] ?? Number.NaN;
        const mean = sum / losses.length;
        engine.free(...losses);
        losses = [];
        if (!Number.isFinite(mean)) {
          throw new Error(
            `classifier: expected a finite loss, got ${mean} by step ${step + 1}; lower the learning rate or check the data`,
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
