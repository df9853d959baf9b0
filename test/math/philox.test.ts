import * as assert from "uvu/assert";
import { hostRandom, philox } from "../../src/math/philox.ts";
import { knownAnswers, ksDistance, normalCdf } from "../support/statistics.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

describe("random", {
  "philox gives Random123's known answers"() {
    for (const { counter, key, bits } of knownAnswers) assert.equal(philox(counter, key), bits);
  },

  "equal seeds and streams give equal draws, others do not"() {
    const draw = (seed: number, stream: number) => Array.from({ length: 9 }, hostRandom(seed, stream).uniform);
    assert.equal(draw(7, 3), draw(7, 3));
    const different = [draw(7, 3), draw(7, 4), draw(8, 3), draw(7 + 2 ** 32, 3)];
    assert.is(new Set(different.map((values) => values[0])).size, 4);
  },

  "goes on from any number of words drawn"() {
    const whole = hostRandom(7, 3);
    const words = Array.from({ length: 30 }, whole.uniform);
    for (let first = 0; first < 20; first++) {
      const rest = hostRandom(7, 3, first);
      assert.is(rest.drawn, first);
      assert.equal(Array.from({ length: 10 }, rest.uniform), words.slice(first, first + 10));
      assert.is(rest.drawn, first + 10);
    }
  },

  "uniform and normal pass a Kolmogorov-Smirnov test"() {
    const random = hostRandom(2 ** 53 - 1, 0);
    const uniforms = Float64Array.from({ length: 100_000 }, random.uniform);
    const normals = Float64Array.from({ length: 100_000 }, random.normal);
    assert.ok(uniforms.every((u) => u >= 0 && u < 1));
    // 1e-4 = 2 exp(-2 n d²)
    const limit = Math.sqrt(Math.log(2e4) / 2 / 100_000);
    assert.ok(ksDistance(uniforms, (u) => u) < limit, "uniform");
    assert.ok(ksDistance(normals, normalCdf) < limit, "normal");
  },

  "integers are uniform, also where 2^32 is no multiple"() {
    const random = hostRandom(5, 1);
    const counts = new Float64Array(7);
    for (let i = 0; i < 70_000; i++) {
      const value = random.integer(7);
      (counts[value] as number) += 1;
    }
    const chi = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    assert.ok(chi < 27.86, `chi-square ${chi}`); // 6 degrees of freedom, level 1e-4
    // Without rejection half of the draws would be below 2^30, not a third: 3 · 2^30 leaves 2^30
    // words over.
    const n = 3 * 2 ** 30;
    let low = 0;
    for (let i = 0; i < 30_000; i++) if (random.integer(n) < 2 ** 30) low++;
    assert.ok(Math.abs(low - 10_000) < 4 * Math.sqrt(30_000 * (1 / 3) * (2 / 3)), `${low} of 30000 below a third`);
  },

  "permutations hold every number once, and all orders are equally likely"() {
    const random = hostRandom(11, 2);
    assert.equal([...random.permutation(1000).sort()], [...Array(1000).keys()]);
    assert.equal([...random.permutation(0)], []);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.is(counts.size, 24);
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    assert.ok(chi < 56.0, `chi-square ${chi}`); // 23 degrees of freedom, level 1.4e-4
  },

  "refuses what is out of range"() {
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN]) {
      throws(() => hostRandom(seed, 0), "hostRandom: expected an integer from 0 to 2^53 - 1 as `seed`");
    }
    throws(() => hostRandom(0, 2 ** 32), "hostRandom: expected an integer from 0 to 2^32 - 1 as `stream`");
    throws(() => hostRandom(0, 0).integer(0), "hostRandom: expected an integer from 1 to 2^32 as `n`, got 0");
    throws(() => hostRandom(0, 0).permutation(-1), "hostRandom: expected an integer from 0 to 2^53 - 1 as `n`");
  },
});
