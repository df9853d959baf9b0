// How ops by element run: over operands of one shape in one sweep, over others by strides.
import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { sweep } from "../../kernels/grid.ts";
import { elementwiseBroadcast, elementwise as kernel } from "../../kernels/shaders.generated.ts";
import { broadcastShape, mergeAxes } from "../broadcasting.ts";
import { checkTensor, type Op, Tensor } from "../engine.ts";
import { type Shape, size } from "../shape.ts";
import { moveBox, repeatedBox } from "./box.ts";
import { applyTo, type Numbers, type Operand } from "./operands.ts";

/** Names of the cases of shaders/include/functions.wgsl, in its order. */
const FUNCTIONS = [
  "add",
  "sub",
  "mul",
  "div",
  "affine",
  "relu",
  "reluGrad",
  "leakyRelu",
  "leakyReluGrad",
  "sigmoid",
  "tanh",
  "exp",
  "log",
  "sqrt",
  "square",
  "abs",
  "signMul",
  "weigh",
  "equal",
  "notEqual",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
  "maximum",
  "minimum",
  "heaviside",
  "pow",
] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/** Params of a function. */
export interface Coefficients {
  readonly alpha?: number;
  readonly beta?: number;
}

/** Operands of one op, at least one of them a tensor, and where the result goes. */
interface Pass {
  readonly a: Operand;
  readonly b: Operand;
  readonly y: Tensor;
}

function dispatch(gpu: Gpu, name: FunctionName, { a, b, y }: Pass, { alpha = 0, beta = 0 }: Coefficients): void {
  const vectors = Math.ceil(size(y.shape) / 4);
  const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, vectors);
  const FUNCTION = FUNCTIONS.indexOf(name);
  // A number leaves its place to the other operand, which the kernel then does not read there.
  const left = (typeof a === "number" ? b : a) as Tensor;
  const right = (typeof b === "number" ? a : b) as Tensor;
  if (left.buffer.bytes === y.buffer.bytes && right.buffer.bytes === y.buffer.bytes) {
    const NUMBER = typeof a === "number" ? 1 : typeof b === "number" ? 2 : 0;
    gpu.dispatch({
      op: name,
      kernel,
      constants: { FUNCTION, NUMBER, WORKGROUP_SIZE },
      buffers: { a: left.buffer, b: right.buffer, y: y.buffer },
      params: { vectors, chunk, alpha, beta: typeof a === "number" ? a : typeof b === "number" ? b : beta },
      workgroups,
    });
    return;
  }
  byStrides(gpu, name, y.shape, [left, right], ({ middle, inner, WIDE, strides }, buffers) => {
    const [[ao, am, ai], [bo, bm, bi]] = strides as [Stride, Stride];
    const [left, right] = buffers as [BufferRef, BufferRef];
    gpu.dispatch({
      op: name,
      kernel: elementwiseBroadcast,
      constants: { FUNCTION, WIDE, WORKGROUP_SIZE },
      buffers: { a: left, b: right, y: y.buffer },
      params: { vectors, chunk, alpha, beta, middle, inner, ao, am, ai, bo, bm, bi },
      workgroups,
    });
  });
}

/** Distances in a buffer of neighbours along the three axes [outer, middle, inner]. */
export type Stride = readonly [o: number, m: number, i: number];

/** How a kernel reads operands of up to three merged axes: see shaders/include/strides.wgsl. */
interface Strided {
  readonly middle: number;
  /** In vec4s where WIDE. */
  readonly inner: number;
  /** Whether each vec4 lies within the innermost axis. */
  readonly WIDE: boolean;
  readonly strides: readonly Stride[];
}

/**
 * Runs a kernel that reads tensors, repeated to `shape`, by strides. Where merging leaves more than
 * three axes, which takes shapes such as [2, 1, 3, 1] and [1, 4, 1, 5], it gets copies instead that
 * are repeated already.
 */
export function byStrides(
  gpu: Gpu,
  op: string,
  shape: Shape,
  tensors: readonly Tensor[],
  run: (strided: Strided, buffers: readonly BufferRef[]) => void,
): void {
  const axes = mergeAxes(
    shape,
    tensors.map((x) => x.shape),
  );
  const at = (axis: number) => axes[axes.length - 1 - axis] ?? { length: 1, strides: [] };
  if (axes.length <= 3) {
    const WIDE = axes.length < 2 || at(0).length % 4 === 0;
    const strides = tensors.map(
      (_, k): Stride => [at(2).strides[k] ?? 0, at(1).strides[k] ?? 0, at(0).strides[k] ?? 0],
    );
    const inner = WIDE ? Math.ceil(at(0).length / 4) : at(0).length;
    run(
      { middle: at(1).length, inner, WIDE, strides },
      tensors.map((x) => x.buffer),
    );
    return;
  }
  const bytes = 4 * size(shape);
  const copies = tensors.map((x) => {
    const y = gpu.allocate(op, bytes);
    moveBox(gpu, op, repeatedBox(x.shape, shape), { x: x.buffer, y });
    return y;
  });
  const whole = { middle: 1, inner: Math.ceil(bytes / 16), WIDE: true, strides: tensors.map((): Stride => [0, 0, 1]) };
  run(whole, copies);
  for (const copy of copies) gpu.release(copy);
}

type Pair = Numbers<"a" | "b">;
export type Unary<A = Record<never, never>> = Op<"x", A>;
/** An op of two operands, of which one may be a number: then only the other is among its inputs. */
export type Binary<A = Record<never, never>> = Op<"a" | "b", A & Pair>;
type BinaryInputs<T> = { readonly a: T; readonly b: T };

/** An op of one tensor by element. `backward` gives dx from dy, x and y. */
export function unary<A extends Coefficients = Record<never, never>>(
  name: FunctionName,
  backward: (dy: Tensor, x: Tensor, y: Tensor, attributes: A) => Tensor,
): Unary<A> {
  return {
    name,
    shape: ({ x }) => x,
    forward: (gpu, { x }, y, attributes) => dispatch(gpu, name, { a: x, b: x, y }, attributes),
    backward: (dy, { x }, y, attributes) => ({ x: () => backward(dy, x, y, attributes) }),
  };
}

/**
 * An op of two operands by element. `backward` gives the gradients by operands as if neither were
 * repeated; the tape sums them.
 */
export function binary<A extends Coefficients = Record<never, never>>(
  name: FunctionName,
  backward: (
    dy: Tensor,
    operands: BinaryInputs<Operand>,
    y: Tensor,
    attributes: A,
  ) => BinaryInputs<(() => Tensor) | null>,
): Binary<A> {
  return {
    name,
    shape: ({ a, b }) => broadcastShape(name, a ?? b, b ?? a),
    forward: (gpu, { a, b }, y, attributes) => {
      dispatch(gpu, name, { a: attributes.a ?? a, b: attributes.b ?? b, y }, attributes);
    },
    backward: (dy, { a, b }, y, attributes) =>
      backward(dy, { a: attributes.a ?? a, b: attributes.b ?? b }, y, attributes),
  };
}

export const applyUnary = <A>(op: Unary<A>, x: Tensor, attributes: A): Tensor => {
  checkTensor(op.name, "x", x);
  return x.engine.apply(op, { x }, attributes);
};

/**
 * A function of two operands by element, at least one of them a tensor. A number stands in every
 * place. Shapes broadcast by NumPy's rule: they are aligned at their last axes, and axes that are
 * missing or have length 1 are repeated. Gradients are summed over them. RangeError where shapes do
 * not broadcast, TypeError for what is neither tensor nor number and for two numbers.
 */
export interface BinaryFunction<R extends readonly unknown[] = readonly []> {
  (a: Tensor, b: Operand, ...rest: R): Tensor;
  (a: Operand, b: Tensor, ...rest: R): Tensor;
}

export const applyBinary = <A>(op: Binary<A>, a: Operand, b: Operand, attributes: A): Tensor =>
  a instanceof Tensor && b instanceof Tensor
    ? a.engine.apply(op, { a, b }, attributes)
    : applyTo(op, { a, b }, attributes as Omit<A & Pair, "a" | "b">);
