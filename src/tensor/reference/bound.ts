// How far float32 may be off. A bound follows from how a value is computed: correctly rounded
// operations, functions that WGSL leaves to the driver, or sums, whose roundings add up like a
// random walk. None has a floor of its own; what a value is compared with beside itself is the
// spread of its tensor and of the terms that may cancel.
import { hypot } from "../../math/elementary.ts";
import { powerOfTwo } from "../../math/float64.ts";
import type { Bound, Values } from "./reference.ts";

/** Rounding of one float32 operation. */
export const UNIT: number = powerOfTwo(-24);
/** An operation that is rounded correctly, or nearly so. */
export const ROUNDED: number = 2 * UNIT;
/** WGSL allows division and square root 2.5 units in the last place. */
export const DIVIDED: number = 8 * UNIT;
/** WGSL allows exp 3 + 2|x| units; drivers are far better. */
export const TRANSCENDENTAL: number = 64 * UNIT;
/** Values that are moved, not computed. */
export const EXACT: Bound = { tolerance: 0, scale: 0 };

// standard deviations: sums are compared at millions of places, and drivers may order terms as they
// like
const SLACK = 6;

/** A sum of k terms of the given magnitude: roundings of partial sums add up like a random walk. */
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

/** Product of the spreads of tensors: the magnitude of a product of one value of each. */
export const spread = (...tensors: readonly Values[]): number =>
  tensors.reduce((product, { values }) => product * rms(values), 1);

/**
 * The scale of one of a pair of normals by Box and Muller with the given values. The radius is √(−2
 * ln u), and float32 knows ln u near u = 1 only absolutely: an error δ there is one of δ / radius
 * here.
 */
export const normalScale = (a: number, b: number): number => 1 + 1 / Math.max(hypot(a, b), powerOfTwo(-12));
