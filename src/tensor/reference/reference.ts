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
   * Of the terms, where they may cancel: the sum of k of them is about √k times as large as one.
   */
  readonly scale: number | ((index: number, expected: Float64Array) => number);
}

/** A shader: the name of its file without the ending. */
export type KernelName = keyof typeof shaders;

/**
 * One row of the table of ops: what tests and audits hold the op to whose name it is exported
 * under. scripts/generate-table.mjs gathers all rows of this folder.
 */
export interface OpReference<N extends string = string, A = never> {
  /** What it computes, in float64, written for reading rather than speed. */
  reference(inputs: { readonly [K in N]: Values }, attributes: A): Float64Array;
  /** How far values of float32 may be off for these inputs. */
  bound(inputs: { readonly [K in N]: Values }, attributes: A): Bound;
  /** Shaders that serve the op on any family; none for compositions and where no shader runs. */
  readonly kernels: readonly KernelName[];
}

/** The element of an array that must be there; a hole would otherwise pass as `undefined`. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`reference: index ${index} is outside of ${values.length} values`);
  return value;
}
