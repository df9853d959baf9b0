import { type Engine, size, type Tensor } from "../src/index.ts";
import { dispose } from "../src/kernels/dispose.ts";
import type { Jax, JaxArray, Tf, TfTensor } from "./peers/api.ts";

/** Named float32 arrays: the inputs of a case, or what it computed. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** A value that can be computed in float64 at any flat index. */
export interface Expected {
  readonly size: number;
  at(index: number): number;
}

/** Ours, ready to run. */
export interface Ours {
  /** Records one run; what it makes is freed. */
  run(): void;
  /** What is compared before anything is timed, read back. */
  results(): Promise<Arrays>;
  /** Frees what it holds. */
  close(): void;
}

/**
 * A peer, ready to run: `run` starts one run, `check` gives what is compared (by default what `run`
 * gives).
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
  /** Brings the output `y` into the layout of ours. */
  readonly read?: (y: Float32Array) => Float32Array;
}

/** One line of the table: ours through the public ops, and the same work in the peers' words. */
export interface Case<N extends string = string> {
  readonly name: string;
  readonly shape: string;
  /**
   * Of one run; a multiplication and an addition are two, taps that fall into the padding count.
   */
  readonly flops: number;
  /** Read and written by one run: then the peak is that of copying, and rates are in GB/s. */
  readonly bytes?: number;
  /**
   * Allowed |theirs − ours| is `tolerance` · (|theirs| + the root of the mean square of theirs).
   */
  readonly tolerance: number;
  /** The same in every process. */
  inputs(): Record<N, Float32Array>;
  ours(engine: Engine, inputs: Record<N, Float32Array>): Ours;
  /** Float64 values of results. */
  expected?(inputs: Record<N, Float32Array>): Readonly<Record<string, Expected>>;
  /** Runs at least before they are waited for, ours and the peers'. Default 1. */
  readonly runs?: number;
  /** What to say of a time in ms, such as images per second. */
  note?(ms: number): string;
  tfjs?(tf: Tf, inputs: Record<N, Float32Array>): PeerRun<TfTensor>;
  jax?(jax: Jax, inputs: Record<N, Float32Array>): PeerRun<JaxArray>;
  onnx?(inputs: Record<N, Float32Array>): OnnxNode;
}

/**
 * `renew` begins a run, so that it keeps nothing that an earlier one made of its inputs: they are
 * written again, in part. `close` frees them.
 */
export function renewal(engine: Engine, ...inputs: readonly Tensor[]): { renew(): void; close(): void } {
  const heads = inputs.map(({ shape }) => engine.empty([Math.min(4, size(shape))]));
  inputs.forEach((x, i) => void engine.copy("bench", { ...x.buffer, bytes: 16 }, (heads[i] as Tensor).buffer));
  return {
    renew: () => inputs.forEach((x, i) => void engine.copy("bench", (heads[i] as Tensor).buffer, x.buffer)),
    close: () => dispose(...heads, ...inputs),
  };
}

/** Uniform values in [−0.5, 0.5) of a linear congruential generator. */
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
