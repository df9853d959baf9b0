// Stacked MNIST: pictures of three digits, one per colour, whose 1,000 classes are 1,000 modes
// (Metz, Poole, Pfau, Sohl-Dickstein 2017).

import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { hostRandom } from "../math/philox.ts";
import { STREAMS } from "../math/streams.ts";
import type { ImageSource } from "../models/training/training.ts";
import type { Classifier } from "./classifier.ts";
import { classify } from "./classify.ts";
import { klFromEqual } from "./modes.ts";

/** How many of the classes of stacked pictures were found, and how evenly. */
export interface StackedScores {
  /** Classes that at least one picture shows, of K = classes³. */
  readonly modes: number;
  /**
   * KL(w ‖ equal shares), in nats, of the shares w of pictures of each class. It is about
   * (K − 1)/(2N) for N pictures of the data itself.
   */
  readonly reverseKl: number;
  /**
   * Number of pictures of each class, [K]: class 100 r + 10 g + b shows the digits r, g and b in
   * its channels.
   */
  readonly counts: Float64Array<ArrayBuffer>;
}

const PER_MODE = 10;

/**
 * Modes of pictures [height, width, 3] by a classifier of one channel. RangeError for fewer than 10
 * pictures per mode, which is 10,000 for ten digits, and for NaN.
 */
export async function stackedScores(
  model: Classifier,
  pictures: ImageSource,
  options: Cancellable = {},
): Promise<StackedScores> {
  checkOptions("stackedScores", options, ["signal"]);
  const { height, width, channels, classes } = model.config;
  const least = PER_MODE * classes * classes * classes;
  if (channels !== 1) throw new RangeError(`stackedScores: expected a classifier of 1 channel, got ${channels}`);
  if (!(pictures.count >= least)) {
    throw new RangeError(`stackedScores: expected at least ${least} pictures, got ${pictures.count}`);
  }
  const { labels } = await classify(model, channelsOf(pictures, height * width), options);
  const counts = new Float64Array(classes * classes * classes);
  for (let n = 0; n < pictures.count; n++) {
    let mode = 0;
    for (let c = 0; c < 3; c++) mode = classes * mode + (labels[3 * n + c] as number);
    (counts[mode] as number) += 1;
  }
  return { modes: counts.filter((n) => n > 0).length, reverseKl: klFromEqual(counts), counts };
}

/** Image 3 n + c is channel c of picture n. */
function channelsOf(pictures: ImageSource, size: number): ImageSource {
  return {
    count: 3 * pictures.count,
    batch(indices) {
      const x = new Float32Array(indices.length * size);
      const wanted = Array.from(indices, (i) => Math.floor(i / 3));
      const numbers = [...new Set(wanted)];
      const place = new Map(numbers.map((n, at) => [n, at]));
      const all = pictures.batch(numbers);
      if (all.length !== 3 * size * numbers.length) {
        throw new RangeError(
          `stackedScores: expected ${3 * size} numbers a picture, got ${all.length / numbers.length}`,
        );
      }
      wanted.forEach((n, b) => {
        const from = (place.get(n) as number) * 3 * size + ((indices[b] as number) % 3);
        for (let i = 0; i < size; i++) x[b * size + i] = all[from + 3 * i] as number;
      });
      return x;
    },
  };
}

/**
 * Draws `count` pictures of three digits [height, width, 3], each digit with equal probabilities
 * from the images of one channel.
 */
export function stackedImages(
  digits: ImageSource,
  { count, seed }: { readonly count: number; readonly seed: number },
): ImageSource {
  const random = hostRandom(seed, STREAMS.host.stackedDigits);
  const triples = Uint32Array.from({ length: 3 * count }, () => random.integer(digits.count));
  return {
    count,
    batch(indices) {
      const wanted = Array.from(indices, (n) => triples.subarray(3 * n, 3 * n + 3));
      const flat = digits.batch(wanted.flatMap((triple) => [...triple]));
      const size = flat.length / (3 * wanted.length);
      const x = new Float32Array(flat.length);
      for (let at = 0; at < flat.length; at++) {
        const [n, c, i] = [Math.floor(at / (3 * size)), Math.floor(at / size) % 3, at % size];
        x[(n * size + i) * 3 + c] = flat[at] as number;
      }
      return x;
    },
  };
}
