// Float64 numbers: powers, which are products, and the rounding errors of single operations, which
// are float64 numbers themselves. All of it is the same in every engine, because IEEE 754 fixes the
// result of + − × ÷ and of the square root to the last bit.

const LEAST_EXPONENT = -1074;
const GREATEST_EXPONENT = 1023;

/** 2ⁿ at n − LEAST_EXPONENT. */
const POWERS = /* @__PURE__ */ powers();

function powers(): Float64Array {
  const all = new Float64Array(GREATEST_EXPONENT - LEAST_EXPONENT + 1);
  const one = -LEAST_EXPONENT;
  all[one] = 1;
  for (let at = one + 1; at < all.length; at++) all[at] = 2 * (all[at - 1] as number);
  for (let at = one - 1; at >= 0; at--) all[at] = 0.5 * (all[at + 1] as number);
  return all;
}

/** 2ⁿ for an integer n from −1074 to 1023, without a check. */
export function scale(n: number): number {
  return POWERS[n - LEAST_EXPONENT] as number;
}

/** 2ⁿ, exactly. RangeError unless n is an integer from −1074 to 1023. */
export function powerOfTwo(n: number): number {
  if (!(Number.isInteger(n) && n >= LEAST_EXPONENT && n <= GREATEST_EXPONENT)) {
    throw new RangeError(
      `powerOfTwo: expected an integer from ${LEAST_EXPONENT} to ${GREATEST_EXPONENT} as \`n\`, got ${n}`,
    );
  }
  return scale(n);
}

/** The least power of two, from 1 on, that is at least x. RangeError for x above 2¹⁰²³ and NaN. */
export function nextPowerOfTwo(x: number): number {
  let power = 1;
  while (power < x) power *= 2;
  if (x <= power && power < Number.POSITIVE_INFINITY) return power;
  throw new RangeError(`nextPowerOfTwo: expected at most 2^1023, got ${x}`);
}

/**
 * xⁿ by squaring: the running product, which starts as 1, takes the factor x^(2^j) for each bit j
 * of n that is set, the lowest first, and each factor is the square of the one before. Rounding
 * adds at most about n 2⁻⁵³ in relative terms. RangeError unless n is an integer from 0 to 2⁵³ − 1.
 */
export function integerPower(x: number, n: number): number {
  if (!(Number.isSafeInteger(n) && n >= 0)) {
    throw new RangeError(`integerPower: expected an integer from 0 to 2^53 - 1 as \`n\`, got ${n}`);
  }
  let product = 1;
  for (let rest = n, factor = x; rest > 0; rest = Math.floor(rest / 2), factor *= factor) {
    if (rest % 2 === 1) product *= factor;
  }
  return product;
}

const bits = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** ⌊log₂ |x|⌋ of a normal number; 1024 for an infinite one. */
export function exponentOf(x: number): number {
  bits.setFloat64(0, x, true);
  return ((bits.getInt32(4, true) >>> 20) & 0x7ff) - 1023;
}

/** a + b − s for the rounded sum s of a and b, exactly (Knuth, TAOCP 2, § 4.2.2). */
export function sumError(a: number, b: number, s: number): number {
  const rounded = s - a;
  return a - (s - rounded) + (b - rounded);
}

const SPLIT = 134217729; // 2²⁷ + 1

/**
 * a b − p for the rounded product p of a and b, exactly where neither overflows nor underflows
 * (Dekker 1971): both factors are cut into halves of at most 26 bits, whose products are exact.
 */
export function productError(a: number, b: number, p: number): number {
  const shiftedA = SPLIT * a;
  const shiftedB = SPLIT * b;
  const highA = shiftedA - (shiftedA - a);
  const highB = shiftedB - (shiftedB - b);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (p - highA * highB - lowA * highB - highA * lowB);
}

/** A number to about 106 bits: the sum of `high` and a `low` that is far smaller. */
export interface Pair {
  readonly high: number;
  readonly low: number;
}

/** high + low, where |low| ≤ |high|, with the rounded sum as its `high`. */
export function pair(high: number, low: number): Pair {
  const sum = high + low;
  return { high: sum, low: low - (sum - high) };
}

/** a / b to about 104 bits. */
export function quotient(a: Pair, b: Pair): Pair {
  const high = a.high / b.high;
  const product = high * b.high;
  const rest = a.high - product - productError(high, b.high, product) + (a.low - high * b.low);
  return { high, low: rest / b.high };
}
