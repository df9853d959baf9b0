import fc from "fast-check";
import * as assert from "uvu/assert";
import { symmetricEigen } from "../../../src/math/linalg.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import {
  type PrincipalOptions,
  type PrincipalState,
  principalComponents,
} from "../../../src/models/autoencoder/principalComponents.ts";
import type { PrincipalComponents } from "../../../src/models/networks/network.ts";
import type { ImageSource } from "../../../src/models/training/training.ts";
import { covarianceOf } from "../../support/covariance.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";

const engine = await testEngine();

/** Rows of `values` numbers whose variance falls like 1/j² from axis to axis, around .5. */
function falling(count: number, values: number, seed: number): Float32Array {
  const random = hostRandom(seed, 1);
  const turned = Float64Array.from({ length: values * values }, () => random.normal() / Math.sqrt(values));
  const rows = new Float32Array(count * values);
  for (let n = 0; n < count; n++) {
    const code = Float64Array.from({ length: values }, (_, j) => (0.3 * random.normal()) / (j + 1));
    for (let i = 0; i < values; i++) {
      rows[n * values + i] = code.reduce((sum, z, j) => sum + z * (turned[j * values + i] as number), 0.5);
    }
  }
  return rows;
}

const sourceOf = (rows: Float32Array, values: number): ImageSource => ({
  count: rows.length / values,
  batch: (indices) =>
    Float32Array.from(Array.from(indices).flatMap((n) => Array.from(rows.subarray(n * values, (n + 1) * values)))),
});

/** Mean squared length of what the components leave of x − m, in float64. */
function left(rows: Float32Array, { mean, axes, deviations }: PrincipalComponents): number {
  const values = mean.length;
  let sum = 0;
  for (let n = 0; n < rows.length / values; n++) {
    const x = mean.map((m, i) => (rows[n * values + i] as number) - m);
    for (let j = 0; j < deviations.length; j++) {
      const axis = axes.subarray(j * values, (j + 1) * values);
      const along = axis.reduce((dot, v, i) => dot + v * (x[i] as number), 0);
      axis.forEach((v, i) => {
        (x[i] as number) -= along * v;
      });
    }
    sum += x.reduce((square, v) => square + v * v, 0);
  }
  return (sum * values) / rows.length;
}

const find = (rows: Float32Array, values: number, options: Omit<PrincipalOptions, "values">) =>
  principalComponents(engine, sourceOf(rows, values), { values, ...options });

describe("principalComponents", {
  async "leaves the least error that linear maps can, as eigenvalues in float64 tell (1e-4; seed 1)"() {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 2, max: 90 }),
        fc.nat(1000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (values, count, seed, share) => {
          const k = 1 + Math.floor(share * (values - 1));
          const rows = falling(count, values, seed);
          const found = await find(rows, values, { count: k, seed });
          const { values: variances } = symmetricEigen(covarianceOf(rows, values).covariance, values);
          const all = variances.reduce((sum, v) => sum + v, 0);
          const least = variances.subarray(0, values - k).reduce((sum, v) => sum + Math.max(0, v), 0);
          const error = left(rows, found);
          assert.ok(error <= least + 1e-4 * least + 1e-7 * all, `${error}, least ${least}`);
          found.deviations.forEach((deviation, j) => {
            const variance = Math.max(0, variances[values - 1 - j] as number);
            assert.ok(Math.abs(deviation ** 2 - variance) <= 1e-3 * variance + 1e-6 * all, `axis ${j}`);
          });
        },
      ),
      { numRuns: 15, seed: 1, includeErrorInReport: true },
    );
  },

  async "leaves at most 1 % more than the least error of noise without preferred directions; axes are orthonormal (1e-12)"() {
    const [values, k] = [300, 10];
    const random = hostRandom(5, 1);
    const rows = Float32Array.from({ length: 400 * values }, () => random.uniform());
    const found = await find(rows, values, { count: k, seed: 1 });
    const { values: variances } = symmetricEigen(covarianceOf(rows, values).covariance, values);
    const least = variances.subarray(0, values - k).reduce((sum, v) => sum + v, 0);
    const error = left(rows, found);
    assert.ok(error >= least * (1 - 1e-5) && error <= 1.01 * least, `${error}, least ${least}`);
    for (let i = 0; i < k; i++) {
      for (let j = 0; j <= i; j++) {
        const [a, b] = [i, j].map((n) => found.axes.subarray(n * values, (n + 1) * values));
        const dot = (a as Float64Array).reduce((sum, v, c) => sum + v * ((b as Float64Array)[c] as number), 0);
        assert.ok(Math.abs(dot - (i === j ? 1 : 0)) <= 1e-12, `${i}, ${j}: ${dot}`);
      }
    }
  },

  async "saved before any pass and taken up again, it ends with the same bits; another seed has others"() {
    const rows = falling(50, 40, 2);
    const states: PrincipalState[] = [];
    const whole = await find(rows, 40, { count: 3, seed: 1, onPass: (state) => states.push(state) });
    assert.is(states.length, 6);
    for (const from of states) assert.equal(await find(rows, 40, { count: 3, seed: 1, from }), whole);
    assert.not.equal((await find(rows, 40, { count: 3, seed: 2 })).axes, whole.axes);
  },

  async "has deviations of 0 beyond what images span, and for images that are all the same"() {
    const few = await find(falling(3, 30, 1), 30, { count: 8, seed: 1 });
    assert.ok(
      few.deviations.slice(2).every((d) => d <= 1e-3 * (few.deviations[0] as number)),
      `${few.deviations}`,
    );
    const same = await find(new Float32Array(60).fill(0.25), 6, { count: 4, seed: 1 });
    assert.equal(same.deviations, new Float64Array(4));
    assert.equal(same.mean, new Float64Array(6).fill(0.25));
    assert.ok(same.axes.every(Number.isFinite));
  },

  async "refuses more components than values, and stops at a signal with no memory left in use"() {
    const rows = falling(20, 8, 1);
    for (const count of [0, 9, 1.5, Number.NaN]) {
      await rejects(find(rows, 8, { count, seed: 1 }), `expected \`count\` from 1 to 8, got ${count}`);
    }
    const before = engine.memory().inUse;
    const stop = new AbortController();
    const reason = new Error("enough");
    const onPass = ({ pass }: PrincipalState) => {
      if (pass === 2) stop.abort(reason);
    };
    await rejects(find(rows, 8, { count: 2, seed: 1, onPass, signal: stop.signal }), "enough");
    assert.is(engine.memory().inUse, before);
  },
});
