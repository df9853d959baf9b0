import type { Shape } from "../shape.ts";

/** A tensor on the CPU, in float64. */
export interface Values {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/**
 * What an op computes, in float64, written for reading rather than speed. Tests and audits compare
 * the GPU with it.
 */
export type Reference<N extends string, A = Record<never, never>> = (
  inputs: { readonly [K in N]: Values },
  attributes: A,
) => Float64Array;

/** The element of an array that must be there; a hole would otherwise pass as `undefined`. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`reference: index ${index} is outside of ${values.length} values`);
  return value;
}
