import { batches, type IndexRange } from "../../kernels/batches.ts";
import { dispose, type Resource, resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import { checkWhole } from "../../kernels/numbers.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { type Moments, normaliseBy } from "../../tensor/ops/batchNorm.ts";
import { byMoments, type LayerMoments, layerMoments, momentTensors, spreadBatches } from "../networks/layerMoments.ts";
import type { Normalise } from "../networks/network.ts";
import { networkOf, trainingNorm } from "../networks/networks.ts";
import { IMAGES_AT_A_TIME, readRows } from "../networks/rows.ts";
import type { ImageSource } from "../training/training.ts";
import { type Autoencoder, type Calibration, decode, decodeOutputs, encode, rawCodes } from "./autoencoder.ts";
import { calibrateSharpening, calibrateUnsharp, type Made, type PicturePlace } from "./sharpening.ts";

const NUMBERS = 131_072; // between two pauses, some milliseconds

/** How many images to use, from the first on. Default: all. RangeError for more than there are. */
export interface ImageCount extends Cancellable {
  readonly count?: number;
}

/** The rows that `f` makes of batches of images, [batch, height, width, channels]. */
async function imageRows(
  { engine, config }: PicturePlace,
  images: ImageSource,
  { count = images.count, signal }: ImageCount,
  f: (x: Tensor) => Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  checkWhole("images", "count", count, [1, images.count]);
  return readRows(engine, { count, size: IMAGES_AT_A_TIME, signal }, (range) => {
    const indices = Uint32Array.from({ length: range.count }, (_, i) => range.first + i);
    return f(engine.tensor(images.batch(indices), [range.count, config.height, config.width, config.channels]));
  });
}

/** Codes [count, latent] of images before their normalisation. */
export function codesBefore(
  model: Autoencoder,
  { layers }: Pick<Calibration, "layers">,
  images: ImageSource,
  options: ImageCount = {},
): Promise<Float32Array<ArrayBuffer>> {
  return imageRows(model, images, options, (x) => rawCodes(model, x, byMoments(layers)));
}

/** The normalised codes of `codesBefore`. */
export function normalisedCodes(
  model: Autoencoder,
  { statistics }: Pick<Calibration, "statistics">,
  raw: Float32Array<ArrayBuffer>,
  { signal }: Cancellable = {},
): Promise<Float32Array<ArrayBuffer>> {
  const count = raw.length / model.config.latent;
  return readRows(model.engine, { count, size: IMAGES_AT_A_TIME, signal }, (range) =>
    normaliseBy(codeRows(model, raw, range), statistics),
  );
}

/** Some rows of codes [count, latent] as a tensor. */
export const codeRows = (
  { engine, config: { latent } }: Autoencoder,
  codes: Float32Array,
  { first, count }: IndexRange,
): Tensor => engine.tensor(codes.subarray(first * latent, (first + count) * latent), [count, latent]);

/** Normalised codes [count, latent] of images. */
export async function encodeImages(
  model: Autoencoder,
  calibration: Calibration,
  images: ImageSource,
  options: ImageCount = {},
): Promise<Float32Array<ArrayBuffer>> {
  checkOptions("encodeImages", options, ["count", "signal"]);
  return normalisedCodes(model, calibration, await codesBefore(model, calibration, images, options), options);
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
  return (await calibrateAndEncode(model, images, options)).calibration;
}

/** A calibration, and the codes of all images before their normalisation. */
export interface Calibrated {
  readonly calibration: Calibration;
  /** See `codesBefore`. */
  readonly raw: Float32Array<ArrayBuffer>;
}

/** `calibrate`, with the codes that it made on the way, so that nobody makes them again. */
export async function calibrateAndEncode(
  model: Autoencoder,
  images: ImageSource,
  { signal }: Cancellable,
): Promise<Calibrated> {
  const { engine, config } = model;
  return disposeOnError(async (own) => {
    const encoding = (x: Tensor, normalise: Normalise): Tensor => rawCodes(model, x, normalise);
    const encoder = await momentsOver(model, images, encoding, { signal });
    own(...momentTensors(encoder));
    const raw = await codesBefore(model, { layers: encoder }, images, { signal });
    const { mean, variance } =
      networkOf(config).start === undefined
        ? await codeMoments(engine, raw, config.latent, { signal })
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
    const outputs: Made = (_, range) =>
      decodeOutputs(model, normaliseBy(codeRows(model, raw, range), statistics), byMoments(layers));
    const sharpening =
      networkOf(config).output === "logits"
        ? await calibrateSharpening(model, images, outputs, { signal })
        : await calibrateUnsharp(model, images, outputs, { signal });
    return { calibration: calibrationOf({ statistics, layers, sharpening }), raw };
  });
}

/** Mean and variance of codes [count, latent] over all rows. */
async function codeMoments(
  engine: Engine,
  raw: Float32Array,
  latent: number,
  { signal }: Cancellable,
): Promise<MomentValues> {
  const images = raw.length / latent;
  const mean = new Float64Array(latent);
  const variance = new Float64Array(latent);
  const each = async (take: (value: number, axis: number) => void): Promise<void> => {
    for await (const { first, count } of batches(engine, { count: raw.length, size: NUMBERS, signal })) {
      for (let i = first; i < first + count; i++) take(raw[i] as number, i % latent);
    }
  };
  await each((v, axis) => {
    (mean[axis] as number) += v / images;
  });
  await each((v, axis) => {
    const off = v - (mean[axis] as number);
    (variance[axis] as number) += (off * off) / images;
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
  return engine.scope(() => {
    const each = Object.entries(layers).map(([name, own]) => [name, moments(own)] as const);
    return calibrationOf({ statistics: moments(statistics), layers: Object.fromEntries(each), sharpening });
  });
}
