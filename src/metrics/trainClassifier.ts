import { Adam } from "../autograd/adam.ts";
import { checkOptions } from "../kernels/options.ts";
import { STREAMS } from "../math/streams.ts";
import { moveImages } from "../models/training/moveImages.ts";
import { cosineSchedule } from "../models/training/schedule.ts";
import {
  type ImageSource,
  type RowSource,
  TRAIN_OPTIONS,
  type TrainOptions,
  train,
} from "../models/training/training.ts";
import { softmaxCrossEntropy } from "../tensor/ops/losses.ts";
import { type Classifier, classifierFeatures, classifierLogits } from "./classifier.ts";
import { checkLabels } from "./labels.ts";

/** Images and the class of each. */
export interface LabelledImages {
  readonly images: ImageSource;
  /** Class of each image, [images.count], an integer from 0 on. */
  readonly labels: ArrayLike<number>;
}

/** How `trainClassifier` learns. */
export interface ClassifierOptions extends TrainOptions {
  /**
   * Each image is moved by up to so many pixels along each axis and filled with black. Default 0.
   */
  readonly shift?: number;
  /**
   * Mirrors half of the images left to right, which suits objects but not digits. Default: false.
   */
  readonly mirror?: boolean;
}

/**
 * Trains with Adam on the softmax cross-entropy of shuffled minibatches; the schedule is
 * cosineSchedule. See `train`. Losses: `loss`.
 *
 * RangeError also for a label that is not a class, and unless there are as many labels as images.
 */
export async function trainClassifier(
  model: Classifier,
  { images, labels }: LabelledImages,
  options: ClassifierOptions,
): Promise<void> {
  checkOptions("trainClassifier", options, [...TRAIN_OPTIONS, "shift", "mirror"]);
  const { shift = 0, mirror = false, ...training } = options;
  const { engine, config, parameters } = model;
  const { height, width, channels, classes } = config;
  checkLabels("classifier", labels, images.count, classes);
  const moved: RowSource = {
    count: images.count,
    batch: (indices, random) =>
      moveImages(images.batch(indices), config, () => ({
        down: random.integer(2 * shift + 1) - shift,
        right: random.integer(2 * shift + 1) - shift,
        mirrored: mirror && random.integer(2) === 1,
      })),
  };
  const classifier = new Adam(parameters);
  await train(
    {
      engine,
      row: [height, width, channels],
      optimizers: { classifier },
      learningRate: 1e-3,
      schedule: cosineSchedule,
      stream: STREAMS.host.classifierShuffle,
      step({ x, indices, lr }) {
        const targets = new Float32Array(indices.length * classes);
        indices.forEach((n, i) => {
          targets[i * classes + (labels[n] as number)] = 1;
        });
        const t = engine.tensor(targets, [indices.length, classes]);
        const logits = () => classifierLogits(model, classifierFeatures(model, x));
        return { loss: classifier.minimize(() => softmaxCrossEntropy(logits(), t), lr) };
      },
    },
    shift > 0 || mirror ? moved : images,
    training,
  );
}
