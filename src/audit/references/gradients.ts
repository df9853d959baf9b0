// Comparison of gradients with difference quotients along directions.
import { powerOfTwo } from "../../math/float64.ts";
import { hostRandom } from "../../math/philox.ts";
import { VerifyError } from "./checker.ts";

/** Seed of the directions. */
const SEED = 1;
/**
 * Tolerance between a gradient that is computed in float64 and a difference quotient, relative to
 * the terms of both. It is not smaller, since params such as 1 / n are rounded to float32.
 */
const RULE = 1e-6;
/** Relative rounding error of a value in float64 that a reference computes in several steps. */
const ROUNDING: number = powerOfTwo(-50);

/** The directions of a case, one after the other: uniform in [−1, 1), the same for every case. */
export function directions(): (length: number) => Float64Array {
  const random = hostRandom(SEED, 0);
  return (length) => Float64Array.from({ length }, () => 2 * random.uniform() - 1);
}

export interface Quotient {
  readonly value: number;
  /** Sum of the magnitudes of its terms. */
  readonly terms: number;
  /** How far it may be from the derivative. */
  readonly error: number;
}

/**
 * Σ weightᵢ · ∂Fᵢ from central differences, whose error is estimated by those of twice the step
 * and by the rounding of F. `corners(step)` are F(+), F(−) for a first derivative, and F(+, +),
 * F(+, −), F(−, +), F(−, −) for a mixed second one.
 */
export function differenceQuotient(
  weights: Float64Array,
  step: number,
  corners: (step: number) => readonly Float64Array[],
): Quotient {
  const by = (h: number) => {
    const values = corners(h);
    const divisor = values.length === 2 ? 2 * h : 4 * h * h;
    const differences = weights.map((_, i) => {
      const sum = values.reduce((total, f, k) => total + (k === 1 || k === 2 ? -1 : 1) * (f[i] as number), 0);
      return sum / divisor;
    });
    const rounding = values.reduce((total, f) => total + ROUNDING * magnitude(weights, f), 0) / divisor;
    return { value: dot(weights, differences), terms: magnitude(weights, differences), rounding };
  };
  const { value, terms, rounding } = by(step);
  return { value, terms, error: Math.abs(by(2 * step).value - value) + rounding };
}

/** A gradient along a direction, and the quotient that it must equal. */
interface Held {
  readonly name: string;
  /** The gradient as the device computed it. */
  readonly actual: Float64Array;
  /** The gradient as the same ops compute it in float64. */
  readonly exact: Float64Array;
  readonly along: Float64Array;
  readonly quotient: Quotient;
  readonly tolerance: number;
}

/**
 * VerifyError unless the gradient whose ops are computed in float64 equals the quotient within RULE
 * and the error of the quotient, and the device's gradient does so within 3 · `tolerance` times the
 * sum of its terms and 1.
 */
export function holdGradient({ name, actual, exact, along, quotient, tolerance }: Held): void {
  const { value, terms, error } = quotient;
  hold(`${name} by its rule`, dot(exact, along), value, RULE * (magnitude(exact, along) + terms) + error);
  hold(`${name} as computed`, dot(actual, along), value, 3 * tolerance * (1 + magnitude(actual, along)));
}

function hold(name: string, actual: number, expected: number, allowed: number): void {
  if (Math.abs(actual - expected) <= allowed) return;
  throw new VerifyError(
    `checkOp: ${name}: expected ${expected} along a direction, got ${actual}; allowed ${allowed.toExponential(2)}`,
  );
}

/** Σ aᵢ bᵢ. */
function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? Number.NaN), 0);
}

/** Σ |aᵢ bᵢ|. */
function magnitude(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + Math.abs(x * (b[i] ?? Number.NaN)), 0);
}
