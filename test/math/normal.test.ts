import * as assert from "uvu/assert";
import { boxMuller, erfc, gaussLegendre, normalBetween, normalCdf, normalQuantile } from "../../src/math/normal.ts";
import { describe } from "../support/suite.ts";

const near = (actual: number, expected: number, relative: number): void =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, expected ${expected}`);

/** x and erfc(x) as glibc gives them. */
const KNOWN = [
  [-5, 1.9999999999984626],
  [-1.5, 1.9661051464753108],
  [-0.3, 1.3286267594591274],
  [0, 1.0],
  [0.1, 0.8875370839817152],
  [0.46875, 0.507386526782062],
  [0.47, 0.5062549491139179],
  [1, 0.15729920705028513],
  [2.5, 0.0004069520174449589],
  [3.999, 1.554474949099499e-8],
  [4, 1.541725790028002e-8],
  [4.001, 1.5290782173248732e-8],
  [7, 4.183825607779414e-23],
  [12, 1.3562611692059042e-64],
  [20, 5.3958656116079005e-176],
  [26, 5.663192408856143e-296],
] as const;

describe("normal", {
  "erfc agrees with glibc to 1e-15 in relative terms, into the far tail": () => {
    for (const [x, expected] of KNOWN) near(erfc(x), expected, 1e-15 * Math.max(1, x * x));
    assert.is(erfc(30), 0);
    assert.is(erfc(-30), 2);
    assert.is(erfc(Number.POSITIVE_INFINITY), 0);
    assert.is(erfc(Number.NEGATIVE_INFINITY), 2);
  },
  "quantiles invert the distribution in both tails": () => {
    for (let e = 0; e >= -300; e -= 7) {
      const p = 0.5 * 10 ** e;
      const x = normalQuantile(p, 1 - p);
      near(normalCdf(x), p, 1e-14 * Math.max(1, x * x));
      assert.is(normalQuantile(1 - p, p), -x);
    }
    for (let p = 0.005; p < 1; p += 0.005) near(normalCdf(normalQuantile(p)), p, 2e-15);
    assert.is(normalQuantile(0, 1), Number.NEGATIVE_INFINITY);
    assert.is(normalQuantile(1, 0), Number.POSITIVE_INFINITY);
  },
  "differences lose no digits in a tail": () => {
    // ∫_10^{10 + 1e-6} φ ≈ 1e-6 φ(10 + 5e-7)
    const expected = (1e-6 * Math.exp(-0.5 * (10 + 5e-7) ** 2)) / Math.sqrt(2 * Math.PI);
    near(normalBetween(10, 10 + 1e-6), expected, 1e-8);
    near(normalBetween(-10 - 1e-6, -10), expected, 1e-8);
    assert.is(normalBetween(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY), 1);
  },
  "the rule of Gauss and Legendre is exact up to degree 2n − 1": () => {
    for (const n of [1, 2, 5, 16]) {
      const { nodes, weights } = gaussLegendre(n);
      for (let k = 0; k < 2 * n; k++) {
        const sum = nodes.reduce((s, x, i) => s + (weights[i] as number) * x ** k, 0);
        assert.ok(Math.abs(sum - (k % 2 === 0 ? 2 / (k + 1) : 0)) < 2e-15, `x^${k} with ${n} points: ${sum}`);
      }
    }
  },

  "Box and Muller's pair has the radius √(−2 ln u) and the angle 2πv"() {
    assert.equal([...boxMuller(1, 0.3)].map(Math.abs), [0, 0]);
    const [x, y] = boxMuller(Math.exp(-2), 0.125);
    near(x, Math.SQRT2, 1e-15);
    near(y, Math.SQRT2, 1e-15);
    for (let k = 0; k < 64; k++) {
      const [u, v] = [(k + 0.5) / 64, k / 64 - 0.5];
      const [a, b] = boxMuller(u, v);
      near(Math.hypot(a, b), Math.sqrt(-2 * Math.log(u)), 1e-15);
      const turn = Math.atan2(b, a) - 2 * Math.PI * v;
      assert.ok(Math.abs(Math.sin(turn / 2)) <= 1e-15, `${turn}`);
    }
  },
});
