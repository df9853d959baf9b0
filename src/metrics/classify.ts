import { batches } from "../kernels/batches.ts";
import { dispose } from "../kernels/dispose.ts";
import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { IMAGES_AT_A_TIME } from "../models/networks/rows.ts";
import type { ImageSource } from "../models/training/training.ts";
import type { Points } from "../ot/points.ts";
import { softmax } from "../tensor/ops/logSoftmax.ts";
import { type Classifier, classifierFeatures, classifierLogits, FEATURES } from "./classifier.ts";
import { checkLabels } from "./labels.ts";

/** The outputs of a classifier for images. */
export interface Classified {
  /** Output of its penultimate layer, [count, 128]. */
  readonly features: Points;
  /** Probability of each class, [count, classes]; each row sums to 1. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** The most probable class of each image, [count]; the first one of several that are equal. */
  readonly labels: Uint32Array<ArrayBuffer>;
}

/**
 * Runs a classifier on images. RangeError for no images and, with its number, for an image with a
 * NaN.
 */
export async function classify(model: Classifier, images: ImageSource, options: Cancellable = {}): Promise<Classified> {
  checkOptions("classify", options, ["signal"]);
  const { signal } = options;
  const { engine, config } = model;
  const { height, width, channels, classes } = config;
  const { count } = images;
  if (!(count >= 1)) throw new RangeError(`classify: expected at least 1 image, got ${count}`);
  const values = new Float32Array(count * FEATURES);
  const probabilities = new Float32Array(count * classes);
  for await (const { first, count: several } of batches(engine, { count, size: IMAGES_AT_A_TIME, signal })) {
    const indices = Uint32Array.from({ length: several }, (_, i) => first + i);
    const pixels = images.batch(indices);
    const wrong = pixels.findIndex((p) => !Number.isFinite(p));
    if (wrong >= 0) {
      const image = first + Math.floor(wrong / (height * width * channels));
      throw new RangeError(`classify: expected finite pixels, got ${pixels[wrong]} in image ${image}`);
    }
    const { features, shares } = engine.scope(() => {
      const penultimate = classifierFeatures(model, engine.tensor(pixels, [indices.length, height, width, channels]));
      return { features: penultimate, shares: softmax(classifierLogits(model, penultimate)) };
    });
    try {
      values.set(await engine.read(features), first * FEATURES);
      probabilities.set(await engine.read(shares), first * classes);
    } finally {
      dispose(features, shares);
    }
  }
  const labels = Uint32Array.from({ length: count }, (_, n) => {
    const row = probabilities.subarray(n * classes, (n + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
  return { features: { values, count, dimension: FEATURES }, probabilities, labels };
}

/**
 * Share of images whose label was found. RangeError for no labels, and unless there are as many
 * found labels as true ones.
 */
export function accuracy(found: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (found.length === 0) throw new RangeError("accuracy: expected at least 1 label, got none");
  checkLabels("accuracy", found, found.length, Number.MAX_SAFE_INTEGER);
  checkLabels("accuracy", labels, found.length, Number.MAX_SAFE_INTEGER);
  let right = 0;
  for (let i = 0; i < found.length; i++) if (found[i] === labels[i]) right++;
  return right / found.length;
}

/**
 * Images in memory, [count, …], for instance generated ones. RangeError unless there are `count`
 * images of one size.
 */
export function pixelSource(pixels: Float32Array, count: number): ImageSource {
  const size = pixels.length / count;
  if (!(Number.isInteger(size) && size > 0)) {
    throw new RangeError(`pixelSource: expected ${count} images of one size, got ${pixels.length} numbers in all`);
  }
  return {
    count,
    batch(indices) {
      const x = new Float32Array(indices.length * size);
      for (let b = 0; b < indices.length; b++) {
        const n = indices[b] as number;
        if (!(Number.isInteger(n) && n >= 0 && n < count)) {
          throw new RangeError(`pixelSource: expected \`indices\` from 0 to ${count - 1}, got ${n} at ${b}`);
        }
        x.set(pixels.subarray(n * size, (n + 1) * size), b * size);
      }
      return x;
    },
  };
}
