// Values of tensors on the host.
import { kindOf } from "../kernels/options.ts";
import type { Shape } from "./shape.ts";

/**
 * Numbers as float32. TypeError for anything else among them, such as text or nested arrays, which
 * JavaScript would turn into NaN or other numbers without a word.
 */
export function floatsOf(op: string, values: ArrayLike<number>): Float32Array {
  if (values instanceof Float32Array) return values;
  const list = typeof values === "object" && values !== null && typeof values.length === "number";
  if (!list) {
    throw new TypeError(`${op}: expected numbers in an array, got ${kindOf(values)}; convert them to numbers`);
  }
  const floats = new Float32Array(values.length);
  for (let i = 0; i < floats.length; i++) {
    const value: unknown = values[i];
    if (typeof value !== "number") {
      const advice = Array.isArray(value) ? "give `values.flat(Infinity)` and a shape" : "convert it to a number";
      throw new TypeError(`${op}: expected numbers, got ${kindOf(value)} at ${i}; ${advice}`);
    }
    floats[i] = value;
  }
  return floats;
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
