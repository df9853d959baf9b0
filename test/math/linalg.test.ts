import fc from "fast-check";
import * as assert from "uvu/assert";
import { symmetricEigen } from "../../src/math/linalg.ts";
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
