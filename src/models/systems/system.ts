import { dispose, type Resource, resource } from "../../kernels/dispose.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { normal } from "../../tensor/ops/random.ts";
import { type Codes, learnCodes } from "../autoencoder/codes.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { SYSTEM_STREAMS } from "../training/streams.ts";
import { type ImageSource, type Task, type TrainOptions, train } from "../training/training.ts";

/**
 * One way to learn a distribution from samples x_1, …, x_N and to draw from it, as systems are
 * compared: pictures [height, width, channels] with pixels in [0, 1], or points in the plane.
 * `images` may hold either; a row below is one picture or one point.
 */
export interface GenerativeSystem {
  readonly name: string;
  /**
   * RangeError for fewer rows than the batch and for options out of range; Error when a loss is not
   * finite.
   */
  train(images: ImageSource, options: TrainOptions): Promise<TrainedSystem>;
}

export interface TrainedSystem extends Resource {
  readonly name: string;
  /**
   * Rows number `first` to `first + count` of a seed, one after the other. Equal numbers give equal
   * bits on one adapter, however they are split between calls. RangeError for numbers that are no
   * integers from 0 (count: from 1).
   */
  sample(draw: SampleDraw): Promise<Float32Array<ArrayBuffer>>;
}

export interface SampleDraw {
  readonly count: number;
  readonly seed: number;
  /** Default 0. */
  readonly first?: number;
}

/** Does a system's task; where that fails, it frees the parameters that the system made. */
export async function trainSystem(task: Task, rows: ImageSource, options: TrainOptions): Promise<void> {
  try {
    await train(task, rows, options);
  } catch (error) {
    for (const { parameters } of Object.values(task.optimizers)) parameters.dispose();
    throw error;
  }
}

const BLOCK = 256; // rows at work at one time

/**
 * The whole blocks of numbers n·size … (n + 1)·size − 1 that hold a draw's. RangeError when its
 * numbers are out of range.
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
 * Rows by their numbers, from whole blocks. A block is always made in the same shapes, and so of
 * the same bits, whichever of its rows are asked for.
 */
export async function sampleBlocks(
  draw: SampleDraw,
  size: number,
  block: (first: number) => Promise<Float32Array>,
): Promise<Float32Array<ArrayBuffer>> {
  const { count, first = 0 } = draw;
  const whole = wholeBlocks(draw, size);
  const parts: Float32Array[] = [];
  for (let start = whole.first; start < whole.first + whole.count; start += size) {
    const rows = await block(start);
    const row = rows.length / size;
    const from = Math.max(0, first - start);
    parts.push(rows.slice(from * row, Math.min(size, first + count - start) * row));
  }
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
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
  return sampleBlocks(draw, BLOCK, async (first) => {
    const offset = (first / 4) * latent; // a whole number: blocks start at multiples of 256
    const y = engine.scope(() =>
      make(normal(engine, [BLOCK, latent], { seed: draw.seed, stream: SYSTEM_STREAMS.samples, offset })),
    );
    try {
      return await engine.read(y);
    } finally {
      y.dispose();
    }
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
  fit: (codes: Codes, seed: number) => TrainedSystem | Promise<TrainedSystem>,
): GenerativeSystem {
  return {
    name,
    async train(images, options) {
      const codes = await learnCodes(engine, config, images, options);
      try {
        const system = await fit(codes, options.seed);
        return resource(system, () => dispose(system, codes));
      } catch (error) {
        codes.dispose();
        throw error;
      }
    },
  };
}
