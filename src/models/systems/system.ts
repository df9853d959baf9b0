import { batches } from "../../kernels/batches.ts";
import { dispose, type Resource, resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { STREAMS } from "../../math/streams.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { normal } from "../../tensor/ops/random.ts";
import { type Codes, learnCodes } from "../autoencoder/codes.ts";
import type { SampleDraw } from "../autoencoder/generator.ts";
import { type AutoencoderConfig, checkPicture } from "../networks/networks.ts";
import { readRows } from "../networks/rows.ts";
import type { ImageSource, TrainOptions } from "../training/training.ts";

/**
 * One way to learn a distribution from samples x_1, …, x_N and to draw from it, as systems are
 * compared: pictures [height, width, channels] with pixels in [0, 1], or points in the plane.
 * `images` may hold either; a row below is one picture or one point.
 */
export interface GenerativeSystem {
  readonly name: string;
  /**
   * RangeError for fewer rows than the batch and for options out of range; Error when a loss is not
   * finite; an aborted `signal` takes effect as in TrainOptions, or at the next pause of what comes
   * after the training.
   */
  train(images: ImageSource, options: TrainOptions): Promise<TrainedSystem>;
}

/** A generative model that has learnt, and draws. */
export interface TrainedSystem extends Resource {
  readonly name: string;
  /**
   * Rows number `first` to `first + count` of a seed, one after the other. Equal numbers give equal
   * bits on one adapter, however they are split between calls. RangeError unless the numbers are
   * integers from 0 on (`count`: from 1 on).
   */
  sample(draw: SampleDraw): Promise<Float32Array<ArrayBuffer>>;
}

/**
 * Rows of noise that are sampled at once: a multiple of 4, as Philox draws four numbers at once.
 */
const NOISE_BLOCK = 256;

/**
 * The blocks of sample numbers n·size to (n + 1)·size − 1 that contain the numbers of a draw.
 * RangeError when the numbers of the draw are out of range.
 */
export function wholeBlocks(
  { count, first = 0 }: SampleDraw,
  size: number,
): { readonly first: number; readonly count: number } {
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(first) || first < 0) {
    throw new RangeError(`sample: expected integers \`count\` from 1 and \`first\` from 0, got ${count} and ${first}`);
  }
  const start = size * Math.floor(first / size);
  return { first: start, count: size * Math.ceil((first + count - start) / size) };
}

/**
 * Rows by their numbers, cut out of whole blocks. A block is always computed in the same shapes,
 * and so with the same bits, whichever of its rows are asked for.
 */
export async function sampleBlocks(
  gpu: Gpu,
  draw: SampleDraw,
  size: number,
  block: (first: number) => Promise<Float32Array>,
): Promise<Float32Array<ArrayBuffer>> {
  const { count, first = 0, signal } = draw;
  const whole = wholeBlocks(draw, size);
  let all = new Float32Array();
  for await (const { first: start } of batches(gpu, { ...whole, size, signal })) {
    const rows = await block(start);
    const row = rows.length / size;
    if (start === whole.first) all = new Float32Array(count * row);
    const [from, to] = [Math.max(first, start), Math.min(first + count, start + size)];
    all.set(rows.subarray((from - start) * row, (to - start) * row), (from - first) * row);
  }
  return all;
}

/** Rows `make(z)` of z ~ N(0, I), [rows, latent], by their numbers. */
export function sampleNoise(
  engine: Engine,
  latent: number,
  draw: SampleDraw,
  make: (z: Tensor) => Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  return sampleBlocks(engine, draw, NOISE_BLOCK, (first) => {
    const offset = (first / 4) * latent; // a whole number: blocks start at multiples of 256
    const noise = { seed: draw.seed, stream: STREAMS.normal.samples, offset };
    const block = { count: NOISE_BLOCK, size: NOISE_BLOCK, signal: draw.signal };
    return readRows(engine, block, () => make(normal(engine, [NOISE_BLOCK, latent], noise)));
  });
}

/**
 * The system that learns codes, then fits a model to them. To fit several models to the same codes,
 * call `learnCodes` and each `fit`.
 */
export function systemOfCodes(
  name: string,
  engine: Engine,
  config: AutoencoderConfig,
  fit: (codes: Codes, options: Pick<TrainOptions, "seed" | "signal">) => TrainedSystem | Promise<TrainedSystem>,
): GenerativeSystem {
  checkPicture(name, config);
  return {
    name,
    train: (images, options) =>
      disposeOnError(async (own) => {
        const codes = await learnCodes(engine, config, images, options);
        own(codes);
        const system = await fit(codes, options);
        return resource(system, () => dispose(system, codes));
      }),
  };
}
