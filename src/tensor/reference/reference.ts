import type * as shaders from "../../kernels/shaders.generated.ts";
import type { Shape } from "../shape.ts";

/** A tensor on the CPU, in float64. */
export interface Values {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** |actual − e| ≤ tolerance · (|e| + rms(e) + scale) for every expected value e. */
export interface Bound {
  readonly tolerance: number;
  /**
   * Magnitude of the terms where they may cancel: a sum of k terms has about √k times the magnitude
   * of one.
   */
  readonly scale: number | ((index: number, expected: Float64Array) => number);
}

/** The name of a shader: that of its file without the ending. */
export type KernelName = keyof typeof shaders;

/**
 * One row of the table of ops: what tests and audits compare the op with. It is exported under the
 * op's name. scripts/generate-table.mjs gathers the rows of this folder.
 */
export interface OpReference<N extends string = string, A = never> {
  /** What it computes, in float64, written for reading rather than speed. */
  reference(inputs: { readonly [K in N]: Values }, attributes: A): Float64Array;
  /** Bounds the errors of float32 values for these inputs. */
  bound(inputs: { readonly [K in N]: Values }, attributes: A): Bound;
  /**
   * The shaders that the op uses in any family; none for ops that are composed of others or that
   * run no shader.
   */
  readonly kernels: readonly KernelName[];
}

/** The element at an index that must exist; otherwise a missing one would go on as `undefined`. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`reference: index ${index} is outside of ${values.length} values`);
  return value;
}
