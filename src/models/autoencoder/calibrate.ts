import { batches, type Pausing } from "../../kernels/batches.ts";
import { dispose, type Resource, resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { exp, log } from "../../math/elementary.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import type { Moments } from "../../tensor/ops/batchNorm.ts";
import { byMoments, type LayerMoments, layerMoments, momentTensors, spreadBatches } from "../networks/layerMoments.ts";
import type { Normalise, PictureSize } from "../networks/network.ts";
import { networkOf, trainingNorm } from "../networks/networks.ts";
import { IMAGES_AT_A_TIME, readRows } from "../networks/rows.ts";
import type { ImageSource } from "../training/training.ts";
import { type Autoencoder, type Calibration, decode, decodeOutputs, encode, rawCodes } from "./autoencoder.ts";
import { unsharpFactor } from "./unsharp.ts";

const NUMBERS = 131_072; // between two pauses, some milliseconds
const SHARPENING_IMAGES = 2000; // greatest number of images that are reconstructed

/** The size of a model's pictures, and the engine that computes them. */
export interface PicturePlace {
  readonly engine: Engine;
  readonly config: PictureSize;
}

/** How many images to use, from the first on. Default: all. */
export interface ImageCount extends Cancellable {
  readonly count?: number;
}

/** The rows that `f` makes of batches of images, [batch, height, width, channels]. */
function imageRows(
  { engine, config }: PicturePlace,
  images: ImageSource,
  { count = images.count, signal }: ImageCount,
  f: (x: Tensor) => Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  return readRows(engine, { count, size: IMAGES_AT_A_TIME, signal }, (range) => {
    const indices = Uint32Array.from({ length: range.count }, (_, i) => range.first + i);
    return f(engine.tensor(images.batch(indices), [range.count, config.height, config.width, config.channels]));
  });
}

/** Normalised codes [count, latent] of images. */
export async function encodeImages(
  model: Autoencoder,
  calibration: Calibration,
  images: ImageSource,
  options: ImageCount = {},
): Promise<Float32Array<ArrayBuffer>> {
  checkOptions("encodeImages", options, ["count", "signal"]);
  return imageRows(model, images, options, (x) => encode(model, x, calibration));
}

/** Reconstructions in [0, 1], [count, height, width, channels], of images. */
export async function reconstructImages(
  model: Autoencoder,
  calibration: Calibration,
  images: ImageSource,
  options: ImageCount = {},
): Promise<Float32Array<ArrayBuffer>> {
  checkOptions("reconstructImages", options, ["count", "signal"]);
  return imageRows(model, images, options, (x) => decode(model, encode(model, x, calibration), calibration));
}

/**
 * The last step after the training: it takes the codes' moments over all images, unless the network
 * leaves them as they are, and the sharpening factor T that gives the reconstructions of the first
 * 2,000 images the same mean of p(1 − p), over pixels p, as the images have: blurred pictures have
 * too many grey pixels. A network whose output is pixels gets the factor of `unsharp` that gives
 * them equal edges instead. T is chosen without any measure of quality. Layers with batch norm get
 * their moments (see layerMoments.ts) from up to 2,000 images, first those of the encoder and then,
 * from the images' codes, those of the decoder. The caller disposes of the calibration.
 */
export async function calibrate(
  model: Autoencoder,
  images: ImageSource,
  options: Cancellable = {},
): Promise<Calibration> {
  checkOptions("calibrate", options, ["signal"]);
  const { signal } = options;
  const { engine, config } = model;
  return disposeOnError(async (own) => {
    const encoding = (x: Tensor, normalise: Normalise): Tensor => rawCodes(model, x, normalise);
    const encoder = await momentsOver(model, images, encoding, { signal });
    own(...momentTensors(encoder));
    const { mean, variance } =
      networkOf(config).start === undefined
        ? await codeMoments(model, images, { normalise: byMoments(encoder), signal })
        : { mean: new Float32Array(config.latent), variance: new Float32Array(config.latent).fill(1) };
    const statistics = {
      mean: engine.tensor(mean, [config.latent]),
      variance: engine.tensor(variance, [config.latent]),
    };
    own(...momentTensors({ statistics }));
    const decoding = (x: Tensor, normalise: Normalise): Tensor =>
      decodeOutputs(model, encode(model, x, { statistics, layers: encoder }), normalise);
    const decoder = await momentsOver(model, images, decoding, { signal });
    own(...momentTensors(decoder));
    const layers = { ...encoder, ...decoder };
    const outputs = (x: Tensor): Tensor =>
      decodeOutputs(model, encode(model, x, { statistics, layers }), byMoments(layers));
    const sharpening =
      networkOf(config).output === "logits"
        ? await calibrateSharpening(model, images, outputs, { signal })
        : await calibrateUnsharp(model, images, outputs, { signal });
    return calibrationOf({ statistics, layers, sharpening });
  });
}

/** Mean and variance of the codes before their normalisation, over all images. */
async function codeMoments(
  model: Autoencoder,
  images: ImageSource,
  { normalise, signal }: Cancellable & { readonly normalise: Normalise | undefined },
): Promise<MomentValues> {
  const { engine, config } = model;
  const raw = await imageRows(model, images, { signal }, (x) => rawCodes(model, x, normalise));
  const mean = new Float64Array(config.latent);
  const variance = new Float64Array(config.latent);
  const each = async (take: (value: number, axis: number) => void): Promise<void> => {
    for await (const { first, count } of batches(engine, { count: raw.length, size: NUMBERS, signal })) {
      for (let i = first; i < first + count; i++) take(raw[i] as number, i % config.latent);
    }
  };
  await each((v, axis) => {
    mean[axis] = (mean[axis] ?? Number.NaN) + v / images.count;
  });
  await each((v, axis) => {
    const off = v - (mean[axis] ?? Number.NaN);
    variance[axis] = (variance[axis] ?? Number.NaN) + (off * off) / images.count;
  });
  return { mean: Float32Array.from(mean), variance: Float32Array.from(variance) };
}

/**
 * The moments of the layers that `run` passes images through, over up to 2,000 images; none where
 * the network has no batch norm between layers. `run` receives images x, the first of which is
 * number `first` of those taken.
 */
export async function momentsOver(
  { engine, config }: Pick<Autoencoder, "engine" | "config">,
  images: ImageSource,
  run: (x: Tensor, normalise: Normalise, first: number) => unknown,
  options: Cancellable = {},
): Promise<LayerMoments> {
  if (trainingNorm(config) === undefined) return {};
  let count = 0;
  const passes = spreadBatches(images.count).map((indices) => {
    const first = count;
    count += indices.length;
    const shape = [indices.length, config.height, config.width, config.channels];
    return {
      rows: indices.length,
      run: (normalise: Normalise) => run(engine.tensor(images.batch(indices), shape), normalise, first),
    };
  });
  return layerMoments(engine, passes, options);
}

/** Mean and variance as numbers. */
export interface MomentValues {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/**
 * The numbers of a calibration, as files keep them: the codes' moments, those of layers by name,
 * and the sharpening factor.
 */
export interface CalibrationValues extends MomentValues {
  readonly layers: Readonly<Record<string, MomentValues>>;
  readonly sharpening: number;
}

/** Reads the numbers of a calibration back from the device. */
export async function readCalibration(engine: Engine, calibration: Calibration): Promise<CalibrationValues> {
  const read = async ({ mean, variance }: Moments): Promise<MomentValues> => ({
    mean: await engine.read(mean),
    variance: await engine.read(variance),
  });
  const layers: Record<string, MomentValues> = {};
  for (const [name, own] of Object.entries(calibration.layers)) layers[name] = await read(own);
  return { ...(await read(calibration.statistics)), layers, sharpening: calibration.sharpening };
}

function calibrationOf(fields: Omit<Calibration, keyof Resource>): Calibration {
  const { statistics, layers } = fields;
  return resource(fields, () => dispose(...momentTensors({ ...layers, statistics })));
}

/** A calibration of the given numbers, on the device of the engine. */
export function createCalibration(
  engine: Engine,
  { layers, sharpening, ...statistics }: CalibrationValues,
): Calibration {
  const moments = ({ mean, variance }: MomentValues): Moments => {
    if (mean.length !== variance.length) {
      throw new RangeError(
        `calibration: expected as many variances as means, got ${variance.length} for ${mean.length}`,
      );
    }
    return { mean: engine.tensor(mean, [mean.length]), variance: engine.tensor(variance, [variance.length]) };
  };
  const each = Object.entries(layers).map(([name, own]) => [name, moments(own)] as const);
  return calibrationOf({ statistics: moments(statistics), layers: Object.fromEntries(each), sharpening });
}

/**
 * The sharpening factor of a model whose reconstruction of images x is σ(T · logits(x)), from the
 * first 2,000 images.
 */
export async function calibrateSharpening(
  place: PicturePlace,
  images: ImageSource,
  logits: (x: Tensor) => Tensor,
  options: Cancellable = {},
): Promise<number> {
  checkOptions("calibrateSharpening", options, ["signal"]);
  const { signal } = options;
  const { made, pixels } = await firstOf(place, images, logits, { signal });
  return sharpeningFactor(place.engine, made, pixels, { signal });
}

/** The factor of `unsharp` for a model whose reconstructions of images x are `pictures(x)`. */
async function calibrateUnsharp(
  place: PicturePlace,
  images: ImageSource,
  pictures: (x: Tensor) => Tensor,
  { signal }: Cancellable,
): Promise<number> {
  const { made, pixels } = await firstOf(place, images, pictures, { signal });
  const { height, width, channels } = place.config;
  return unsharpFactor(place.engine, { height, width, channels, pictures: made, pixels }, { signal });
}

/** What `f` makes of the first 2,000 images, and their pixels. */
async function firstOf(
  place: PicturePlace,
  images: ImageSource,
  f: (x: Tensor) => Tensor,
  { signal }: Cancellable,
): Promise<{ readonly made: Float32Array; readonly pixels: Float32Array }> {
  const count = Math.min(images.count, SHARPENING_IMAGES);
  const made = await imageRows(place, images, { count, signal }, f);
  let pixels = new Float32Array();
  for await (const range of batches(place.engine, { count, size: IMAGES_AT_A_TIME, signal })) {
    const some = images.batch(Uint32Array.from({ length: range.count }, (_, i) => range.first + i));
    if (range.first === 0) pixels = new Float32Array((some.length / range.count) * count);
    pixels.set(some, (some.length / range.count) * range.first);
  }
  return { made, pixels };
}

/**
 * T in [1/4, 8] for which the mean of σ(Tl)(1 − σ(Tl)) over logits l equals that of p(1 − p) over
 * pixels p, by bisection; other work may run between its steps.
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
  const greynessAt = (factor: number): Promise<number> =>
    meanOf(logits, (l) => {
      const e = exp(-Math.abs(factor * l));
      return e / ((1 + e) * (1 + e));
    });
  let [low, high] = [log(0.25), log(8)];
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if ((await greynessAt(exp(middle))) > greyness) low = middle;
    else high = middle;
  }
  return Math.fround(exp((low + high) / 2));
}
