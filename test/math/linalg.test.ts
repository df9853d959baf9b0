import fc from "fast-check";
import * as assert from "uvu/assert";
import { congruence, symmetricEigen, symmetricFunction } from "../../src/math/linalg.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

/** A symmetric matrix of normals, of rank `rank` at most. */
function symmetric(n: number, seed: number, rank = n): Float64Array {
  const random = hostRandom(seed, 0);
  const factors = Array.from({ length: rank }, () => Float64Array.from({ length: n }, () => random.normal()));
  const signs = factors.map(() => random.normal());
  return Float64Array.from({ length: n * n }, (_, at) =>
    factors.reduce(
      (sum, f, k) => sum + (signs[k] as number) * (f[Math.floor(at / n)] as number) * (f[at % n] as number),
      0,
    ),
  );
}

function assertEigen(a: Float64Array, n: number, tolerance: number): void {
  const { values, vectors } = symmetricEigen(a, n);
  const norm = Math.hypot(...a);
  for (let k = 0; k < n; k++) {
    const v = vectors.subarray(k * n, (k + 1) * n);
    if (k > 0) assert.ok((values[k - 1] as number) <= (values[k] as number), "order");
    for (let i = 0; i < n; i++) {
      const av = v.reduce((sum, x, j) => sum + (a[i * n + j] as number) * x, 0);
      assert.ok(Math.abs(av - (values[k] as number) * (v[i] as number)) <= tolerance * norm, `A v = λ v, ${k}`);
      const w = vectors.subarray(i * n, (i + 1) * n);
      const product = v.reduce((sum, x, j) => sum + x * (w[j] as number), 0);
      assert.ok(Math.abs(product - (i === k ? 1 : 0)) <= tolerance, `v${k} · v${i} = ${product}`);
    }
  }
}

/** C A, entry by entry. */
const times = (c: Float64Array, a: Float64Array, n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += (c[n * Math.floor(at / n) + k] as number) * (a[k * n + (at % n)] as number);
    return sum;
  });
const transposed = (a: Float64Array, n: number): Float64Array =>
  Float64Array.from(a, (_, at) => a[(at % n) * n + Math.floor(at / n)] as number);

function near(actual: Float64Array, expected: Float64Array, tolerance: number): void {
  const norm = Math.hypot(...expected);
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs((actual[i] as number) - (expected[i] as number));
    assert.ok(gap <= tolerance * norm, `${i}: ${actual[i]}, expected ${expected[i]}`);
  }
}

describe("eigen", {
  "A v = λ v with orthonormal v and rising λ, also below full rank (seed 1, 1e-13)": () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }), fc.nat(1e6), (n, rank, seed) =>
        assertEigen(symmetric(n, seed, Math.min(n, rank)), n, 1e-13),
      ),
      { numRuns: 40, seed: 1, includeErrorInReport: true },
    ),
  "hand-computed: [[2, 1], [1, 2]] has 1 and 3, a diagonal its entries, zero zeros"() {
    const { values, vectors } = symmetricEigen([2, 1, 1, 2], 2);
    assert.ok(Math.abs((values[0] as number) - 1) < 1e-15 && Math.abs((values[1] as number) - 3) < 1e-15);
    for (const x of vectors) assert.ok(Math.abs(Math.abs(x) - Math.SQRT1_2) < 1e-15);
    assert.equal([...symmetricEigen([3, 0, 0, 0, -1, 0, 0, 0, 2], 3).values], [-1, 2, 3]);
    assert.equal([...symmetricEigen(new Float64Array(9), 3).values], [0, 0, 0]);
    assert.equal([...symmetricEigen([7], 1).values], [7]);
  },
  "closed form: the second difference of 128 points has 2 − 2 cos(kπ / 129) (1e-13)"() {
    const n = 128;
    const a = Float64Array.from({ length: n * n }, (_, at) => {
      const gap = Math.abs(Math.floor(at / n) - (at % n));
      return gap === 0 ? 2 : gap === 1 ? -1 : 0;
    });
    symmetricEigen(a, n).values.forEach((value, k) => {
      assert.ok(Math.abs(value - 2 + 2 * Math.cos(((k + 1) * Math.PI) / (n + 1))) < 1e-13, `${k}: ${value}`);
    });
  },
  "magnitudes from 1e-140 to 1e140 change nothing but the scale"() {
    const a = symmetric(6, 3);
    const { values } = symmetricEigen(a, 6);
    for (const factor of [1e-140, 1e140]) {
      const scaled = symmetricEigen(
        a.map((x) => x * factor),
        6,
      ).values;
      scaled.forEach((value, k) => {
        assert.ok(Math.abs(value / factor - (values[k] as number)) < 1e-13 * Math.hypot(...a));
      });
    }
  },
  "what is no matrix of numbers is refused, with its place"() {
    throws(() => symmetricEigen([1, 2, 3], 2), "eigen: expected 2 × 2 numbers, got 3");
    throws(() => symmetricEigen([1, Number.NaN, 0, 1], 2), "eigen: expected finite numbers, got NaN at [0, 1]");
  },
});

const sizes = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.nat(1e6));

describe("functions of symmetric matrices", {
  "λ rebuilds the matrix, λ² is A A, and the square of |λ|^½ is |A|, also below full rank (seed 2, 1e-13)": () =>
    fc.assert(
      fc.property(sizes, ([n, rank, seed]) => {
        const a = symmetric(n, seed, Math.min(n, rank));
        near(
          symmetricFunction(a, n, (value) => value),
          a,
          1e-13,
        );
        const square = symmetricFunction(a, n, (value) => value * value);
        near(square, times(a, a, n), 1e-13);
        const root = symmetricFunction(a, n, (value) => Math.sqrt(Math.abs(value)));
        const absolute = symmetricFunction(a, n, Math.abs);
        near(times(root, root, n), absolute, 1e-13);
        assert.equal(root, transposed(root, n));
      }),
      { numRuns: 40, seed: 2, includeErrorInReport: true },
    ),
  "hand-computed: [[2, 1], [1, 2]]^½ has (√3 ± 1) / 2, and f is told the greatest eigenvalue"() {
    const root = symmetricFunction([2, 1, 1, 2], 2, Math.sqrt);
    const [same, other] = [(Math.sqrt(3) + 1) / 2, (Math.sqrt(3) - 1) / 2];
    near(root, Float64Array.of(same, other, other, same), 1e-15);
    const seen: number[][] = [];
    symmetricFunction([5, 0, 0, -2], 2, (...given) => {
      seen.push(given);
      return 0;
    });
    assert.equal(seen, [
      [-2, 5],
      [5, 5],
    ]);
  },
  "only entries on and above the diagonal are read"() {
    const double = (value: number): number => 2 * value;
    assert.equal(symmetricFunction([1, 2, Number.NaN, 3], 2, double), symmetricFunction([1, 2, 2, 3], 2, double));
  },
  "C A Cᵀ is that of the entries, symmetric to the last bit (seed 3, 1e-13)": () =>
    fc.assert(
      fc.property(sizes, ([n, rank, seed]) => {
        const a = symmetric(n, seed, Math.min(n, rank));
        const random = hostRandom(seed, 1);
        const c = Float64Array.from({ length: n * n }, () => random.normal());
        const result = congruence(c, a, n);
        const expected = times(times(c, a, n), transposed(c, n), n);
        const norm = Math.hypot(...c) ** 2 * Math.hypot(...a);
        result.forEach((value, i) => {
          assert.ok(Math.abs(value - (expected[i] as number)) <= 1e-13 * norm, `${i}`);
        });
        assert.equal(result, transposed(result, n));
      }),
      { numRuns: 40, seed: 3, includeErrorInReport: true },
    ),
  "other numbers of entries are refused"() {
    throws(() => congruence([1, 2, 3], [1, 0, 0, 1], 2), "congruence: expected 2 × 2 numbers, got 3");
    throws(() => congruence([1, 0, 0, 1], [1, 0], 2), "congruence: expected 2 × 2 numbers, got 2");
    throws(() => symmetricFunction([1, 2, 3], 2, Math.abs), "eigen: expected 2 × 2 numbers, got 3");
  },
});
