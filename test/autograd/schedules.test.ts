import fc from "fast-check";
import * as assert from "uvu/assert";
import { constantRate, cosineDecay, stepDecay, warmUp } from "../../src/autograd/schedules.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

describe("schedules", {
  "have the values of their formulas"() {
    assert.is(constantRate(3, 10), 1);
    assert.equal(
      [0, 5, 10].map((t) => Number(cosineDecay()(t, 10).toFixed(12))),
      [1, 0.5, 0],
    );
    assert.equal(
      [0, 4, 5, 7.5].map((t) => Number(cosineDecay(0.5)(t, 10).toFixed(12))),
      [1, 1, 1, 0.5],
    );
    const decay = stepDecay({ every: 3, factor: 0.1 });
    assert.equal(
      [0, 2, 3, 5, 6].map((t) => Number(decay(t, 10).toFixed(12))),
      [1, 1, 0.1, 0.1, 0.01],
    );
    assert.equal(
      [0, 1, 3, 9].map((t) => warmUp(4)(t, 10)),
      [0.25, 0.5, 1, 1],
    );
    assert.is(warmUp((n) => n / 2, decay)(3, 10), (4 / 5) * decay(3, 10));
  },

  // Seed 1; 1e-12.
  "stay within [0, 1], and all but warm-ups fall"() {
    const all = fc.oneof(
      fc.constant(constantRate),
      fc.double({ min: 0, max: 0.99, noNaN: true }).map(cosineDecay),
      fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true })).map(([every, factor]) => {
        return stepDecay({ every, factor });
      }),
    );
    const property = fc.property(all, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 50 }), (f, n, w) => {
      for (let t = 0; t < n; t++) {
        const [value, warm] = [f(t, n), warmUp(w, f)(t, n)];
        assert.ok(value >= 0 && value <= 1 && warm >= 0 && warm <= value + 1e-12, `${value}, ${warm} at ${t} of ${n}`);
        assert.ok(t === 0 || value <= f(t - 1, n) + 1e-12);
      }
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  },

  "refuse shares and counts that are none"() {
    for (const hold of [-0.1, 1, Number.NaN])
      throws(() => cosineDecay(hold), "cosineDecay: expected `hold` from 0 to below 1, got");
    throws(() => stepDecay({ every: 0, factor: 1 }), "stepDecay: expected `every` as an integer from 1");
    throws(
      () => stepDecay({ every: 1, gamma: 1 } as never),
      "stepDecay: expected options among every, factor, got `gamma`",
    );
    throws(() => warmUp(0)(0, 10), "warmUp: expected a number of steps from 1 on, got 0");
  },
});
