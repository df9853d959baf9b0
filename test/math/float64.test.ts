import fc from "fast-check";
import * as assert from "uvu/assert";
import {
  exponentOf,
  integerPower,
  nextPowerOfTwo,
  pair,
  powerOfTwo,
  productError,
  quotient,
  sumError,
} from "../../src/math/float64.ts";
import { ofNumber } from "../support/exact.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

/** The sum of some numbers at scale 2³⁰⁰⁰, exactly. */
const exactSum = (...numbers: readonly number[]): bigint =>
  numbers.reduce((sum, x) => {
    const { value, scale } = ofNumber(x);
    return sum + (value << BigInt(3000 - scale));
  }, 0n);
const exactProduct = (a: number, b: number): bigint => {
  const [x, y] = [ofNumber(a), ofNumber(b)];
  return (x.value * y.value) << BigInt(3000 - x.scale - y.scale);
};
/** Numbers whose products neither overflow nor underflow. */
const moderate = fc
  .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -300, max: 300 }))
  .map(([x, n]) => (Math.abs(x) < 1e-3 ? 1 : x) * powerOfTwo(n));

describe("float64", {
  "powers of two are exact at every exponent, and others are refused"() {
    for (let n = -1074; n <= 1023; n++) {
      const { value, scale } = ofNumber(powerOfTwo(n));
      assert.is(value << BigInt(n < 0 ? 0 : n), 1n << BigInt(scale + n + (n < 0 ? 0 : n)), `2^${n}`);
    }
    assert.is(powerOfTwo(-1074), Number.MIN_VALUE);
    assert.is(powerOfTwo(0), 1);
    assert.is(powerOfTwo(32), 4294967296);
    for (const n of [-1075, 1024, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      throws(() => powerOfTwo(n), `powerOfTwo: expected an integer from -1074 to 1023 as \`n\`, got ${n}`);
  },

  "the next power of two is at least x, and its half is not"() {
    for (const x of [1, 2, 3, 4, 5, 255, 256, 257, 4294967297, 1.5, 1e300]) {
      const power = nextPowerOfTwo(x);
      assert.ok(power >= x && (power === 1 || power / 2 < x), `${x}: ${power}`);
      assert.is(powerOfTwo(exponentOf(power)), power);
    }
    for (const x of [0, -3, 0.1]) assert.is(nextPowerOfTwo(x), 1);
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY])
      throws(() => nextPowerOfTwo(x), `nextPowerOfTwo: expected at most 2^1023, got ${x}`);
  },

  "exponents are the logarithm's floor"() {
    for (let n = -1022; n <= 1023; n++) {
      assert.is(exponentOf(powerOfTwo(n)), n);
      assert.is(exponentOf(-1.75 * powerOfTwo(n - (n === 1023 ? 1 : 0))), n - (n === 1023 ? 1 : 0));
    }
    assert.is(exponentOf(1 - Number.EPSILON / 2), -1);
    assert.is(exponentOf(Number.MAX_VALUE), 1023);
    assert.is(exponentOf(Number.POSITIVE_INFINITY), 1024);
  },

  "integer powers take the squares of the set bits, lowest first"() {
    const x = 1.1;
    const [x2, x4] = [x * x, x * x * (x * x)];
    const x8 = x4 * x4;
    assert.is(integerPower(x, 0), 1);
    assert.is(integerPower(x, 1), x);
    assert.is(integerPower(x, 5), x * x4);
    assert.is(integerPower(x, 11), x * x2 * x8);
    assert.is(integerPower(-2, 31), -2147483648);
    assert.is(integerPower(3, 33), 5559060566555523);
    assert.is(integerPower(0, 0), 1);
    assert.is(integerPower(0.999, Number.MAX_SAFE_INTEGER), 0);
    for (const n of [-1, 0.5, 2 * Number.MAX_SAFE_INTEGER, Number.NaN])
      throws(() => integerPower(x, n), `integerPower: expected an integer from 0 to 2^53 - 1 as \`n\`, got ${n}`);
  },

  "integer powers are good to n 2⁻⁵² in relative terms (seed 1)": () =>
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), fc.integer({ min: 1, max: 400 }), (x, n) => {
        const { value, scale } = ofNumber(x);
        const exact = value ** BigInt(n); // of scale · n
        const given = ofNumber(integerPower(x, n));
        const gap = (given.value << BigInt(Math.max(0, scale * n - given.scale))) - exact;
        assert.ok((gap < 0n ? -gap : gap) <= (exact * BigInt(n)) >> 52n, `${x}^${n}`);
      }),
      { numRuns: 200, seed: 1, includeErrorInReport: true },
    ),

  "sums and products with their errors are exact (seed 1)": () =>
    fc.assert(
      fc.property(moderate, moderate, (a, b) => {
        const [s, p] = [a + b, a * b];
        assert.is(exactSum(s, sumError(a, b, s)), exactSum(a, b));
        assert.is(exactSum(p, productError(a, b, p)), exactProduct(a, b));
      }),
      { numRuns: 1000, seed: 1, includeErrorInReport: true },
    ),

  "quotients are good to 2⁻¹⁰² in relative terms (seed 1)": () =>
    fc.assert(
      fc.property(moderate, moderate, moderate, moderate, (a, b, x, y) => {
        const [n, d] = [pair(a, a * y * powerOfTwo(-360)), pair(b, b * x * powerOfTwo(-360))];
        const q = quotient(n, d);
        // n − q d against n, in products of four numbers each
        const gap =
          exactSum(n.high, n.low) -
          exactProduct(q.high, d.high) -
          exactProduct(q.high, d.low) -
          exactProduct(q.low, d.high) -
          exactProduct(q.low, d.low);
        const whole = exactSum(n.high, n.low);
        assert.ok((gap < 0n ? -gap : gap) <= (whole < 0n ? -whole : whole) >> 102n, `${a} / ${b}`);
      }),
      { numRuns: 1000, seed: 1, includeErrorInReport: true },
    ),
});
