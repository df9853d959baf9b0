import type { CodeDraw } from "../models/autoencoder/generator.ts";
import type { Drawn, GenerateOptions, OpenGenerator, Path } from "../models/generator/openGenerator.ts";
import type { Pictures } from "../models/generator/pictures.ts";
import type { TrainGeneratorOptions } from "../models/generator/trainGenerator.ts";
import type { AutoencoderConfig } from "../models/networks/networks.ts";
import type { Pixels } from "../models/training/pixelSource.ts";
import type { Transported } from "../ot/map/map.ts";
import type { Points } from "../ot/points.ts";
import type { ProblemOptions } from "../ot/problem.ts";
import type { Solution, SolveOptions } from "../ot/solver/solution.ts";

/** A generator that is open in the worker. */
export interface Opened extends Pick<OpenGenerator, "config" | "labels" | "version"> {
  readonly handle: number;
}

/** The options of a solver that stay with the caller: functions and the signal. */
const STAYING = ["beforeStep", "onStep", "now", "signal"] as const;
type Staying = (typeof STAYING)[number];

/** The options of a solver that can be sent. */
export type SentSolveOptions = ProblemOptions & Omit<SolveOptions, Staying>;

/** Whether an option of a solver can be sent. */
export const isSent = <N extends keyof SolveOptions>(name: N): name is Exclude<N, Staying> =>
  !(STAYING as readonly string[]).includes(name);

/** What a program can ask of its worker, by method: the parameters and the result. */
export interface Calls {
  open(bytes: Uint8Array | ArrayBuffer): Opened;
  generate(handle: number, options: Omit<GenerateOptions, "signal" | "onProgress">): Drawn;
  noise(handle: number, draw: Omit<CodeDraw, "signal">): Float32Array;
  encode(handle: number, pixels: Float32Array): Float32Array<ArrayBuffer>;
  decode(handle: number, codes: Float32Array): Pictures;
  transport(handle: number, x: Float32Array): Transported;
  interpolate(handle: number, x0: Float32Array, x1: Float32Array, steps: number): Path;
  dispose(handle: number): void;
  solve(targets: Points, options: SentSolveOptions): Solution;
  train(
    config: AutoencoderConfig,
    pixels: Pixels,
    options: Omit<TrainGeneratorOptions, "signal" | "onProgress">,
  ): Uint8Array<ArrayBuffer>;
  close(): void;
}

export type Method = keyof Calls;
