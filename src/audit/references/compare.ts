import { powerOfTwo } from "../../math/float64.ts";
import { rms } from "../../tensor/reference/bound.ts";
import type { Bound } from "../../tensor/reference/reference.ts";

/** The least normal float32. WGSL lets a device flush smaller numbers to 0. */
const UNDERFLOW = powerOfTwo(-126);

/** The value with the greatest error relative to its tolerance. */
export interface Finding {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  /** |actual − expected| / (|expected| + floor). */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** How far values may be off, and which values are compared. */
interface Allowance {
  readonly tolerance: number;
  /** Added to the magnitude that the tolerance multiplies. Default 0. */
  readonly scale?: number | ((index: number) => number) | undefined;
  /** Which values are compared. Default: all. */
  readonly written?: ((index: number) => boolean) | undefined;
}

/**
 * Whether |a − e| ≤ tolerance · (|e| + rms(e) + scale) for every value, and where the ratio of the
 * two sides is greatest. In addition to a tolerance, an error that float32 may make by flushing to
 * 0 is allowed. NaN and infinite values pass where they are expected, and nowhere else. Values for
 * which `written` is false are not compared.
 */
export function compareValues(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { tolerance, scale = 0, written = () => true }: Allowance,
): Finding {
  if (actual.length < expected.length) {
    throw new RangeError(`verify: expected ${expected.length} values, got ${actual.length}`);
  }
  const spread = rms(expected);
  const flushed = tolerance === 0 ? 0 : UNDERFLOW;
  let [worst, error] = [0, -1];
  for (let i = 0; i < expected.length; i++) {
    if (!written(i)) continue;
    const floor = spread + (typeof scale === "number" ? scale : scale(i));
    const off = offBy(actual[i] as number, expected[i] as number, floor, flushed);
    if (!(off <= error)) [worst, error] = [i, off];
    if (Number.isNaN(error)) break;
  }
  const [a, e] = [actual[worst] as number, expected[worst] as number];
  return { index: worst, actual: a, expected: e, error: Math.max(0, error), tolerance, passed: error <= tolerance };
}

function offBy(a: number, e: number, floor: number, flushed: number): number {
  if (a === e || (Number.isNaN(a) && Number.isNaN(e))) return 0;
  const off = Math.max(0, Math.abs(a - e) - flushed) / (Math.abs(e) + (Number.isFinite(floor) ? floor : 0));
  return Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
}

/** Compares integers or bits for equality. */
export const compareExactly = (
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  written?: (index: number) => boolean,
): Finding => compareValues(actual, expected, { tolerance: 0, written });

/** Whether values stay within a bound of the table. */
export function compareBound(actual: ArrayLike<number>, expected: Float64Array, { tolerance, scale }: Bound): Finding {
  const scaleAt = typeof scale === "number" ? scale : (i: number): number => scale(i, expected);
  return compareValues(actual, expected, { tolerance, scale: scaleAt });
}
