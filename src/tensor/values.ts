// Values of tensors on the host.
import { checkNumbers } from "../kernels/numbers.ts";
import type { Shape } from "./shape.ts";

/** Numbers as float32. TypeError for anything else among them. */
export function floatsOf(op: string, values: ArrayLike<number>): Float32Array {
  if (values instanceof Float32Array) return values;
  checkNumbers(op, values);
  return Float32Array.from(values);
}

/** Values in arrays of arrays, as deep as the shape has axes; a number for []. */
export type Nested = number | readonly Nested[];

/** The values of a tensor of this shape in nested arrays, the outermost axis first. */
export function nest(values: ArrayLike<number>, shape: Shape): Nested {
  let first = 0;
  const from = (axis: number): Nested =>
    axis === shape.length
      ? (values[first++] as number)
      : Array.from({ length: shape[axis] ?? 0 }, () => from(axis + 1));
  return from(0);
}
