// Bounds of float32 errors. A bound follows from how a value is computed: by correctly rounded
// operations, by functions that WGSL leaves to the driver, or by sums, whose rounding errors add up
// like a random walk. No bound has an absolute floor: an error is compared with the value itself,
// with the root mean square of its tensor, and with the magnitude of terms that may cancel.
import { hypot } from "../../math/elementary.ts";
import { powerOfTwo } from "../../math/float64.ts";
import type { Bound, Values } from "./reference.ts";

/** Greatest relative error of one correctly rounded float32 operation. */
export const UNIT: number = powerOfTwo(-24);
/** An operation that is rounded correctly, or nearly so. */
export const ROUNDED: number = 2 * UNIT;
/** WGSL allows division and square root 2.5 units in the last place. */
export const DIVIDED: number = 8 * UNIT;
/** WGSL allows exp 3 + 2|x| units; drivers are far better. */
export const TRANSCENDENTAL: number = 64 * UNIT;
/** Values that are moved, not computed. */
export const EXACT: Bound = { tolerance: 0, scale: 0 };

// Standard deviations. There are many because sums are compared at millions of places, and because
// drivers may add terms in any order.
const SLACK = 6;

/**
 * The bound for a sum of `terms` terms of the given magnitude: the rounding errors of partial sums
 * add up like a random walk.
 */
export const sumBound = (terms: number, magnitude: number): Bound & { readonly scale: number } => ({
  tolerance: SLACK * UNIT * Math.sqrt(terms),
  scale: Math.sqrt(terms) * magnitude,
});

/** Root of the mean square; 0 for nothing. */
export function rms(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * (values[i] as number);
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

/**
 * The product of the tensors' root mean squares: the magnitude of a product of one value of each.
 */
export const spread = (...tensors: readonly Values[]): number =>
  tensors.reduce((product, { values }) => product * rms(values), 1);

/**
 * The scale of one of a pair of normals by Box and Muller with the given values. The radius is
 * √(−2 ln u), and float32 knows ln u near u = 1 only absolutely: an error δ there is an error of
 * δ / radius here.
 */
export const normalScale = (a: number, b: number): number => 1 + 1 / Math.max(hypot(a, b), powerOfTwo(-12));
