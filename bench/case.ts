import { type Engine, size, type Tensor } from "../src/index.ts";
import { dispose } from "../src/kernels/dispose.ts";
import type { Jax, JaxArray, Tf, TfTensor } from "./peers/api.ts";

/** Named float32 arrays: the inputs or the results of a case. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** A value that can be computed in float64 at any flat index. */
export interface Expected {
  readonly size: number;
  at(index: number): number;
}

/** The case in this library, ready to run. */
export interface Ours {
  /** Records one run and frees its results. */
  run(): void;
  /** Reads back the results that are compared before anything is timed. */
  results(): Promise<Arrays>;
  /** Frees its tensors. */
  close(): void;
}

/**
 * The case in a peer, ready to run: `run` starts one run, and `check` returns the results to
 * compare (by default those of `run`).
 */
export interface PeerRun<T> {
  run(): Readonly<Record<string, T>>;
  check?(): Readonly<Record<string, T>>;
}

/** One ONNX node. Its first input is fed at each run, the others are weights of the model. */
export interface OnnxNode {
  readonly op: "MatMul" | "Conv" | "ConvTranspose" | "Add";
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
  readonly output: readonly number[];
  /** Reorders the output `y` into the layout of this library. */
  readonly read?: (y: Float32Array) => Float32Array;
}

/**
 * One line of the table: the work in the public ops of this library, and the same work in the
 * peers' calls.
 */
export interface Case<N extends string = string> {
  readonly name: string;
  readonly shape: string;
  /**
   * Floating-point operations of one run. A multiplication and an addition count as two, and taps
   * that fall into the padding count too.
   */
  readonly flops: number;
  /**
   * Bytes read and written by one run. Where given, the peak is that of copying, and rates are in
   * GB/s.
   */
  readonly bytes?: number;
  /** Results pass where |theirs − ours| ≤ `tolerance` · (|theirs| + rms(theirs)). */
  readonly tolerance: number;
  /** The inputs, which are the same in every process. */
  inputs(): Record<N, Float32Array>;
  ours(engine: Engine, inputs: Record<N, Float32Array>): Ours;
  /** The results in float64. */
  expected?(inputs: Record<N, Float32Array>): Readonly<Record<string, Expected>>;
  /**
   * Least number of runs that are started before they are waited for, here and in the peers.
   * Default 1.
   */
  readonly runs?: number;
  /** A note on a time in ms, such as images per second. */
  note?(ms: number): string;
  tfjs?(tf: Tf, inputs: Record<N, Float32Array>): PeerRun<TfTensor>;
  jax?(jax: Jax, inputs: Record<N, Float32Array>): PeerRun<JaxArray>;
  onnx?(inputs: Record<N, Float32Array>): OnnxNode;
}

/**
 * `renew` is called at the start of a run and writes the inputs again, in part, so that the run
 * cannot reuse anything that an earlier one derived from them. `close` frees the inputs.
 */
export function renewal(engine: Engine, ...inputs: readonly Tensor[]): { renew(): void; close(): void } {
  const heads = inputs.map(({ shape }) => engine.empty([Math.min(4, size(shape))]));
  inputs.forEach((x, i) => void engine.copy("bench", { ...x.buffer, bytes: 16 }, (heads[i] as Tensor).buffer));
  return {
    renew: () => inputs.forEach((x, i) => void engine.copy("bench", (heads[i] as Tensor).buffer, x.buffer)),
    close: () => dispose(...heads, ...inputs),
  };
}

/** Uniform values in [−0.5, 0.5) from a linear congruential generator. */
export function fill(length: number, seed: number): Float32Array {
  const values = new Float32Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 4294967296 - 0.5;
  }
  return values;
}

/** Reorders axes: the output's axis i is the input's axis `order[i]`. */
export function permute(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const output = new Float32Array(values.length);
  const walk = (axis: number, from: number, to: number): number => {
    if (axis === order.length) {
      output[to] = values[from] ?? Number.NaN;
      return to + 1;
    }
    const source = order[axis] ?? 0;
    let at = to;
    for (let i = 0; i < (shape[source] ?? 0); i++) at = walk(axis + 1, from + i * (strides[source] ?? 0), at);
    return at;
  };
  walk(0, 0, 0);
  return output;
}
