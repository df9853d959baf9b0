// The factor by which reconstructions are sharpened, chosen from their images alone.
import { batches, type IndexRange, type Pausing } from "../../kernels/batches.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { exp, log } from "../../math/elementary.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import type { PictureSize } from "../networks/network.ts";
import { IMAGES_AT_A_TIME, readRows } from "../networks/rows.ts";
import type { ImageSource } from "../training/training.ts";
import { unsharpFactor } from "./unsharp.ts";

const NUMBERS = 131_072; // between two pauses, some milliseconds
const SHARPENING_IMAGES = 2000; // greatest number of images that are reconstructed

/** The size of a model's pictures, and the engine that computes them. */
export interface PicturePlace {
  readonly engine: Engine;
  readonly config: PictureSize;
}

/** What is made of images x, whose numbers are a range. */
export type Made = (x: Tensor, range: IndexRange) => Tensor;

/**
 * The sharpening factor of a model whose reconstruction of images x is σ(T · logits(x)), from the
 * first 2,000 images.
 */
export async function calibrateSharpening(
  place: PicturePlace,
  images: ImageSource,
  logits: Made,
  options: Cancellable = {},
): Promise<number> {
  checkOptions("calibrateSharpening", options, ["signal"]);
  const { signal } = options;
  const { made, pixels } = await firstOf(place, images, logits, { signal });
  return sharpeningFactor(place.engine, made, pixels, { signal });
}

/** The factor of `unsharp` for a model whose reconstructions of images x are `pictures(x)`. */
export async function calibrateUnsharp(
  place: PicturePlace,
  images: ImageSource,
  pictures: Made,
  { signal }: Cancellable,
): Promise<number> {
  const { made, pixels } = await firstOf(place, images, pictures, { signal });
  const { height, width, channels } = place.config;
  return unsharpFactor(place.engine, { height, width, channels, pictures: made, pixels }, { signal });
}

/** What `f` makes of the first 2,000 images, and their pixels. */
async function firstOf(
  { engine, config: { height, width, channels } }: PicturePlace,
  images: ImageSource,
  f: Made,
  { signal }: Cancellable,
): Promise<{ readonly made: Float32Array; readonly pixels: Float32Array }> {
  const count = Math.min(images.count, SHARPENING_IMAGES);
  const pixels = new Float32Array(count * height * width * channels);
  const made = await readRows(engine, { count, size: IMAGES_AT_A_TIME, signal }, (range) => {
    const some = images.batch(Uint32Array.from({ length: range.count }, (_, i) => range.first + i));
    pixels.set(some, height * width * channels * range.first);
    return f(engine.tensor(some, [range.count, height, width, channels]), range);
  });
  return { made, pixels };
}

/**
 * T in [1/4, 8] for which the mean of σ(Tl)(1 − σ(Tl)) over logits l equals that of p(1 − p) over
 * pixels p, by bisection; other work may run between its steps. Bins of logits decide all steps
 * that they can decide beyond doubt, so that hardly any step sums over all logits.
 */
export async function sharpeningFactor(
  gpu: Pausing,
  logits: Float32Array,
  pixels: Float32Array,
  { signal }: Cancellable = {},
): Promise<number> {
  const meanOf = async (values: Float32Array, term: (value: number) => number): Promise<number> => {
    let sum = 0;
    for await (const { first, count } of batches(gpu, { count: values.length, size: NUMBERS, signal })) {
      sum = values.subarray(first, first + count).reduce((partial, value) => partial + term(value), sum);
    }
    return sum / values.length;
  };
  const greyness = await meanOf(pixels, (p) => p * (1 - p));
  const bins = await binned(gpu, logits, { signal });
  const greynessAt = async (factor: number): Promise<number> => {
    const { mean, error } = meanInBins(bins, factor);
    return Math.abs(mean - greyness) > error ? mean : meanOf(logits, (l) => steepness(factor * l));
  };
  let [low, high] = [log(0.25), log(8)];
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if ((await greynessAt(exp(middle))) > greyness) low = middle;
    else high = middle;
  }
  return Math.fround(exp((low + high) / 2));
}

/** σ(t)(1 − σ(t)), the derivative of σ. It is even, and so decided by |t|. */
function steepness(t: number): number {
  const e = exp(-Math.abs(t));
  return e / ((1 + e) * (1 + e));
}

/** How many values have a magnitude in each of equal bins, and the sums of these magnitudes. */
interface Bins {
  readonly width: number;
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly values: number;
}

const BINS = 32_768;

/** The magnitudes of values in bins. Where some are not finite, neither is the width. */
async function binned(gpu: Pausing, values: Float32Array, { signal }: Cancellable): Promise<Bins> {
  const [counts, sums] = [new Float64Array(BINS), new Float64Array(BINS)];
  const ranges = (): AsyncGenerator<IndexRange> => batches(gpu, { count: values.length, size: NUMBERS, signal });
  let [most, all] = [0, 0];
  for await (const { first, count } of ranges()) {
    for (let i = first; i < first + count; i++) {
      const magnitude = Math.abs(values[i] as number);
      all += magnitude; // NaN stays
      if (magnitude > most) most = magnitude;
    }
  }
  const width = Number.isFinite(all) ? most / BINS : Number.NaN;
  for await (const { first, count } of ranges()) {
    for (let i = first; i < first + count; i++) {
      const magnitude = Math.abs(values[i] as number);
      const at = width === 0 ? 0 : Math.min(BINS - 1, Math.floor(magnitude / width));
      (counts[at] as number) += 1;
      (sums[at] as number) += magnitude;
    }
  }
  return { width, counts, sums, values: values.length };
}

/** Of sums in floating point, for up to a billion values. */
const ROUNDING = 1e-7;

/**
 * The mean of steepness(T l) over the values l in bins, and what it may be off by. With m the mean
 * of a bin's c values, their sum is c · steepness(T m) up to the second derivative, which is at
 * most ⅛: up to c T² v / 16, where the variance v in a bin of width w is at most w² / 4.
 */
function meanInBins({ width, counts, sums, values }: Bins, factor: number): { mean: number; error: number } {
  let sum = 0;
  for (let k = 0; k < BINS; k++) {
    const count = counts[k] as number;
    if (count > 0) sum += count * steepness((factor * (sums[k] as number)) / count);
  }
  return { mean: sum / values, error: (factor * width * factor * width) / 64 + ROUNDING };
}
