import type { BufferRef } from "../kernels/command.ts";
import type { Gpu } from "../kernels/gpu.ts";
import type { Engine } from "./engine.ts";
import type { Shape } from "./shape.ts";

/** A shape and the GPU buffer that holds its float32 values in row-major order. It has no methods: ops are functions. */
export interface Tensor {
  readonly shape: Shape;
  readonly buffer: BufferRef;
  readonly engine: Engine;
}

/** The whole definition of an operation over inputs named `N`, with attributes `A`. */
export interface Op<N extends string, A = Record<never, never>> {
  readonly name: string;
  /** The output's shape, or a RangeError that names the op and the shapes it got. */
  shape(shapes: { readonly [K in N]: Shape }, attributes: A): Shape;
  /** Writes `y` with one or more dispatches. */
  forward(gpu: Gpu, inputs: { readonly [K in N]: Tensor }, y: Tensor, attributes: A): void;
  /** Each input's gradient from the output's gradient `dy`, made of ops, so that it can be differentiated again. Null: none. */
  backward(
    dy: Tensor,
    inputs: { readonly [K in N]: Tensor },
    y: Tensor,
    attributes: A,
  ): { readonly [K in N]: (() => Tensor) | null };
}

/** One applied op, as a tape sees it. */
export interface Call {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly attributes: unknown;
  readonly output: Tensor;
  backward(dy: Tensor): Readonly<Record<string, (() => Tensor) | null>>;
}

/** Who is told of every op: `before` its first dispatch, when the output holds nothing yet, and `after` its last. */
export interface Watcher {
  before?(call: Call): void;
  after?(call: Call): void;
}
