// Sine, cosine, tangent and the angle of a vector in float64, made as in elementary.ts: the same
// bits in every engine, within 0.9 units in the last place of the exact value.

import { exponentOf, type Pair, pair, quotient, scale, sumError } from "./float64.ts";

const TWO_OVER_PI = 0.6366197723675814;
/** π/2 in four parts; the first three have 32 bits, so that n times them is exact. */
const QUARTER = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32] as const;
const MOST_QUARTERS: number = scale(20);
/** Below it x³ is no more than a quarter of the last place of x. */
const TINY: number = scale(-28);

/**
 * An angle of at most π/4 in magnitude, and the number of quarter turns, modulo 4, by which the
 * given angle exceeds it.
 */
interface Reduced extends Pair {
  readonly quarters: number;
}

/** x − n π/2 for the nearest n, by the method of Cody and Waite (1980). */
function reduce(name: string, x: number): Reduced {
  const n = Math.floor(x * TWO_OVER_PI + 0.5);
  if (n === 0) return { high: x, low: 0, quarters: 0 };
  if (Math.abs(n) > MOST_QUARTERS)
    throw new RangeError(`${name}: expected an angle of at most 2^20 quarter turns, got ${x}; take off whole turns`);
  const first = x - n * QUARTER[0]; // exact
  const second = first - n * QUARTER[1];
  const third = second - n * QUARTER[2];
  const lost = sumError(first, -n * QUARTER[1], second) + sumError(second, -n * QUARTER[2], third);
  const { high, low } = pair(third, lost - n * QUARTER[3]);
  return { high, low, quarters: n & 3 };
}

/** sin x − x.high for |x| ≤ π/4, by its Taylor series. */
function sineRest({ high: x, low }: Pair): number {
  const z = x * x;
  const w = z * z;
  const series =
    -1 / 6 +
    w * (-1 / 5040 + w * (-1 / 39916800 + w * (-1 / 1307674368000))) +
    z * (1 / 120 + w * (1 / 362880 + w * (1 / 6227020800 + w * (1 / 355687428096000))));
  return x * z * series + low * (1 - 0.5 * z);
}

/**
 * cos x for |x| ≤ π/4, by its Taylor series. The leading part of x²/2 is the square of a float32,
 * which is exact.
 */
function cosine({ high: x, low }: Pair): Pair {
  const z = x * x;
  const w = z * z;
  const series =
    1 / 24 +
    w * (1 / 40320 + w * (1 / 479001600 + w * (1 / 20922789888000))) -
    z * (1 / 720 + w * (1 / 3628800 + w * (1 / 87178291200 + w * (1 / 6402373705728000))));
  const short = Math.fround(x);
  const square = 0.5 * short * short;
  const sum = 1 - square;
  return { high: sum, low: 1 - sum - square + (w * series - 0.5 * (x - short) * (x + short) - x * low) };
}

/** sin (x + `shift` π/2). */
function sineOf(name: string, x: number, shift: number): number {
  if (!(Math.abs(x) < Number.POSITIVE_INFINITY)) return Number.NaN;
  const reduced = reduce(name, x);
  const quarters = (reduced.quarters + shift) & 3;
  let value: number;
  if ((quarters & 1) === 0) value = reduced.high + sineRest(reduced);
  else {
    const { high, low } = cosine(reduced);
    value = high + low;
  }
  return quarters > 1 ? -value : value;
}

/** sin x. NaN for an infinite x; RangeError for other |x| beyond 2²⁰ π/2. */
export const sin = (x: number): number => (Math.abs(x) < TINY ? x : sineOf("sin", x, 0));

/** cos x. NaN for an infinite x; RangeError for other |x| beyond 2²⁰ π/2. */
export const cos = (x: number): number => sineOf("cos", x, 1);

/** tan x. NaN for an infinite x; RangeError for other |x| beyond 2²⁰ π/2. */
export function tan(x: number): number {
  if (Math.abs(x) < TINY) return x;
  if (!(Math.abs(x) < Number.POSITIVE_INFINITY)) return Number.NaN;
  const reduced = reduce("tan", x);
  const sine = pair(reduced.high, sineRest(reduced));
  const { high, low } = cosine(reduced);
  const odd = (reduced.quarters & 1) === 1;
  const ratio = odd ? quotient(pair(-high, -low), sine) : quotient(sine, pair(high, low));
  return ratio.high + ratio.low;
}

/** arctan (j/4) for j from 0 to 4. */
const ARCTANGENTS: readonly Pair[] = [
  { high: 0, low: 0 },
  { high: 0.24497866312686414, low: 1.0698755618734451e-17 },
  { high: 0.4636476090008061, low: 2.2698777452961687e-17 },
  { high: 0.6435011087932844, low: 1.5834785051444286e-17 },
  { high: 0.7853981633974483, low: 3.061616997868383e-17 },
];
const HALF_PI: Pair = { high: 1.5707963267948966, low: 6.123233995736766e-17 };

/**
 * The angle of the vector (x, y) from the first axis, from −π to π: arctan (y / x) in the right
 * half plane. Zeros, infinities and their signs count as in Math.atan2.
 */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const [across, along] = [Math.abs(y), Math.abs(x)];
  const left = x < 0 || Object.is(x, -0);
  const steep = across > along;
  const angle = arctangent(steep ? along : across, steep ? across : along);
  // The angle is measured from the nearest axis, at 0, 1 or 2 quarter turns, forwards or backwards.
  const quarters = steep ? 1 : left ? 2 : 0;
  const forwards = steep === left;
  const turned = forwards ? angle.high : -angle.high;
  const sum = quarters * HALF_PI.high + turned;
  const lost = sumError(quarters * HALF_PI.high, turned, sum);
  const value = sum + (lost + (quarters * HALF_PI.low + (forwards ? angle.low : -angle.low)));
  return y < 0 || Object.is(y, -0) ? -value : value;
}

/**
 * arctan (a / b) for 0 ≤ a ≤ b: with c = j/4 nearest to t = a / b it is arctan c + arctan z,
 * z = (t − c) / (1 + c t), and the Taylor series of arctan z for |z| ≤ 1/8.
 */
function arctangent(a: number, b: number): Pair {
  if (a === b) return a === 0 ? { high: 0, low: 0 } : (ARCTANGENTS[4] as Pair);
  const ratio = a / b;
  if (ratio < TINY) return { high: ratio, low: 0 };
  const factor = scale(-Math.max(-1022, Math.min(1022, exponentOf(b)))); // against overflow
  const t = quotient({ high: a * factor, low: 0 }, { high: b * factor, low: 0 });
  const j = Math.floor(4 * t.high + 0.5);
  const c = 0.25 * j;
  const product = c * t.high;
  const z = j === 0 ? t : quotient(pair(t.high - c, t.low), pair(1, product + c * t.low));
  const s = z.high * z.high;
  let series = -1 / 19;
  for (let n = 17; n >= 3; n -= 2) series = ((n & 2) === 0 ? 1 : -1) / n + s * series;
  const { high, low } = ARCTANGENTS[j] as Pair;
  const sum = high + z.high;
  return pair(sum, sumError(high, z.high, sum) + (low + z.low + z.high * s * series));
}
