import { exp, log } from "../../math/elementary.ts";
import { TRANSCENDENTAL, UNIT } from "./bound.ts";
import { BY_ELEMENT, operands, type Pair } from "./operands.ts";
import { at, type OpReference } from "./reference.ts";

/** aᵇ, with the special cases of Math.pow. */
export function power(a: number, b: number): number {
  if (b === 0) return 1;
  const whole = Number.isInteger(b) || Math.abs(b) === Number.POSITIVE_INFINITY;
  if (a < 0 && a > Number.NEGATIVE_INFINITY && !whole) return Number.NaN;
  const odd = Math.abs(b % 2) === 1;
  const magnitude = exp(b * log(Math.abs(a)));
  return odd && (a < 0 || Object.is(a, -0)) ? -magnitude : magnitude;
}

/**
 * Relative error of aᵇ in units in the last place: of a product of |b| factors and a quotient, or
 * that of 2^(b log₂ |a|), which has the error of the logarithm times b, and that of exp2.
 */
function units(a: number, b: number): number {
  if (Number.isInteger(b) && Math.abs(b) <= 64) return Math.abs(b) + 4;
  return (TRANSCENDENTAL / UNIT) * (1 + Math.abs(b) * (1 + Math.abs(log(Math.abs(a)))));
}

export const pow: OpReference<"a" | "b", Pair> = {
  kernels: BY_ELEMENT,
  reference(inputs, numbers) {
    const [a, b] = operands(["a", "b"], inputs, numbers) as [Float64Array, Float64Array];
    return a.map((x, i) => power(x, at(b, i)));
  },
  bound(inputs, numbers) {
    const [a, b] = operands(["a", "b"], inputs, numbers) as [Float64Array, Float64Array];
    return { tolerance: UNIT, scale: (i, y) => Math.abs(at(y, i)) * units(at(a, i), at(b, i)) };
  },
};
