// Elementary functions in float64 that have the same bits in every engine: they are made of
// operations that IEEE 754 fixes to the last bit, while Math.exp and its like differ between
// engines and their versions. Each is within 0.9 units in the last place of the exact value;
// arguments that are zero, infinite or NaN give what Math gives. The methods are those of J.-M.
// Muller, Elementary Functions (3rd edition, 2016), chapter 11: the argument is reduced by
// multiples of a constant in parts, a series gives the function of what remains, and the last sum
// keeps the rounding error of its terms.

import { exponentOf, type Pair, pair, productError, quotient, scale, sumError } from "./float64.ts";

/** ln 2 in two parts: the first has 42 bits, so that its product with any exponent is exact. */
const LN2_HIGH = 0.6931471805598903;
const LN2_LOW = 5.497923018708371e-14;
const LEAST_NORMAL: number = scale(-1022);
/** Below it x³ is no more than a quarter of the last place of x. */
const TINY: number = scale(-28);

/**
 * e^x: with k the integer nearest to x / ln 2 this is 2^k e^h (1 − low), where h = x − k LN2_HIGH
 * is exact and lies within ± .35, and low = k LN2_LOW.
 */
export function exp(x: number): number {
  if (!(Math.abs(x) < 750)) return x > 0 ? Number.POSITIVE_INFINITY : x < 0 ? 0 : Number.NaN;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const h = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const sum = 1 + h;
  const tail = h - (sum - 1) + expRest(h);
  // Two factors, since 2^k alone may overflow or lose bits where the product does not.
  const half = k >> 1;
  return (sum + (tail - low * (sum + tail))) * scale(half) * scale(k - half);
}

/** e^h − 1 − h for |h| ≤ .35 by its Taylor series, even and odd powers apart. */
function expRest(h: number): number {
  const z = h * h;
  const odd = 1 / 6 + z * (1 / 120 + z * (1 / 5040 + z * (1 / 362880 + z * (1 / 39916800 + z * (1 / 6227020800)))));
  const even = 1 / 24 + z * (1 / 720 + z * (1 / 40320 + z * (1 / 3628800 + z * (1 / 479001600))));
  return 0.5 * z + (z * h * odd + z * z * even);
}

/** tanh x = (e^2x − 1) / (e^2x + 1). */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < TINY || Number.isNaN(x)) return x;
  if (a > 20) return Math.sign(x); // e⁻⁴⁰ is below 2⁻⁵⁷
  const k = Math.floor(2 * a * Math.LOG2E + 0.5);
  const h = 2 * a - k * LN2_HIGH;
  const rest = expRest(h);
  const sum = 1 + h;
  const tail = h - (sum - 1) + (rest - k * LN2_LOW * (sum + rest));
  const e = pair(scale(k) * sum, scale(k) * tail); // e^2a
  const plus = (one: number): Pair => {
    const high = e.high + one;
    return pair(high, sumError(e.high, one, high) + e.low);
  };
  const { high, low } = quotient(plus(-1), plus(1));
  return x < 0 ? -(high + low) : high + low;
}

/** ln x. */
export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  if (x < LEAST_NORMAL) return logOf(x * scale(54), 54, 0);
  return logOf(x, 0, 0);
}

/** ln (1 + x), as accurate for small x as for others. */
export function log1p(x: number): number {
  if (!(x > -1 && x < Number.POSITIVE_INFINITY)) return x === -1 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  if (Math.abs(x) < scale(-54)) return x;
  if (x > -0.29 && x < 0.41) return logSeries(0, x, 0);
  const sum = 1 + x;
  return logOf(sum, 0, sumError(1, x, sum) / sum);
}

/** ln (2^−shift x (1 + c)) for a normal x and |c| ≤ 2⁻⁵³. */
function logOf(x: number, shift: number, c: number): number {
  const k = exponentOf(x * Math.SQRT2); // x = 2^k m with m from √½ to √2
  return logSeries(k - shift, x * scale(-k) - 1, c);
}

/**
 * k ln 2 + ln (1 + f) + c for f from √½ − 1 to √2 − 1. With s = f / (2 + f) and z = s²,
 * ln (1 + f) = 2 artanh s = f − f²/2 + s (f²/2 + 2 z (1/3 + z/5 + z²/7 + …)). The leading part of
 * f²/2 is the square of a float32, which is exact.
 */
function logSeries(k: number, f: number, c: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const series =
    z * (2 / 3 + w * (2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19))))) +
    w * (2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21)))));
  const short = Math.fround(f);
  const square = 0.5 * short * short;
  const squareRest = 0.5 * (f - short) * (f + short);
  const base = k * LN2_HIGH;
  const sum = base + f;
  const high = sum - square;
  const lost = base === 0 ? 0 : f - (sum - base);
  return high + (lost + (sum - high - square) + (k * LN2_LOW + c) + (s * (square + squareRest + series) - squareRest));
}

/** √(x² + y²), without overflow or underflow on the way. */
export function hypot(x: number, y: number): number {
  if (Math.abs(x) === Number.POSITIVE_INFINITY || Math.abs(y) === Number.POSITIVE_INFINITY)
    return Number.POSITIVE_INFINITY;
  const greater = Math.max(Math.abs(x), Math.abs(y));
  if (!(greater > 0)) return greater;
  const shift = greater > scale(500) ? 600 : greater < scale(-400) ? -600 : 0;
  const a = greater * scale(-shift);
  const b = Math.min(Math.abs(x), Math.abs(y)) * scale(-shift);
  const aa = a * a;
  const bb = b * b;
  const sum = aa + bb;
  const root = Math.sqrt(sum);
  const square = root * root;
  // a² + b² − root² with the errors of all four: one step of Newton's from the rounded root
  const errors = productError(a, a, aa) + productError(b, b, bb) - productError(root, root, square);
  return (root + (sum - square + (bb - (sum - aa) + errors)) / (2 * root)) * scale(shift);
}
