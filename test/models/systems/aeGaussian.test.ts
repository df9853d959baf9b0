import * as assert from "uvu/assert";
import { dispose } from "../../../src/kernels/dispose.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import {
  createAutoencoder,
  initParameters,
  type ParameterValues,
} from "../../../src/models/autoencoder/autoencoder.ts";
import { createCalibration } from "../../../src/models/autoencoder/calibrate.ts";
import { codesOf } from "../../../src/models/autoencoder/codes.ts";
import { fitAeGaussian, fitGaussian } from "../../../src/models/systems/aeGaussian.ts";
import { assertClose } from "../../support/checkOp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();
const D = 3;

/** Rows y = (a, a/2 + b, 5 + 2b): singular, since y_3 is a function of y_1 and y_2. */
function codes(count: number): Float32Array {
  const random = hostRandom(11, 0);
  const rows = new Float32Array(count * D);
  for (let i = 0; i < count; i++) {
    const [a, b] = [random.normal(), 0.3 * random.normal() ** 3];
    rows.set([a, a / 2 + b, 5 + 2 * b], i * D);
  }
  return rows;
}

/** Mean and covariance, in float64. */
function momentsOf(rows: ArrayLike<number>): { readonly mean: number[]; readonly covariance: number[] } {
  const count = rows.length / D;
  const at = (i: number, k: number): number => rows[i * D + k] as number;
  const all = Array.from({ length: count }, (_, i) => i);
  const mean = [0, 1, 2].map((k) => all.reduce((sum, i) => sum + at(i, k), 0) / count);
  const covariance = Array.from({ length: D * D }, (_, e) => {
    const [a, b] = [Math.floor(e / D), e % D];
    return all.reduce((sum, i) => sum + (at(i, a) - (mean[a] as number)) * (at(i, b) - (mean[b] as number)), 0) / count;
  });
  return { mean, covariance };
}

const SHIFT = 20; // keeps codes above 0, where a ReLU lets them through
const PIXELS = [0, 4, 8] as const;

/**
 * A decoder whose logits at PIXELS are scale · (code + SHIFT): one weight in each layer leads axis
 * k on.
 */
function passing(scale: number): ParameterValues {
  const first = initParameters({ height: 4, width: 4, channels: 1, latent: D }, 1);
  const values = Object.fromEntries(
    Object.entries(first).map(([name, { shape, values }]) => [
      name,
      { shape, values: new Float32Array(values.length) },
    ]),
  ) as ParameterValues;
  const set = (name: keyof ParameterValues, index: readonly number[], value: number): void => {
    const at = values[name] as ParameterValues["undense1.w"] & {};
    at.values[index.reduce((place, i, axis) => place * (at.shape[axis] as number) + i, 0)] = value;
  };
  for (let k = 0; k < D; k++) {
    set("undense1.w", [k, k], 1);
    set("undense1.b", [k], SHIFT);
    set("undense2.w", [k, k], 1);
    set("unconv1.w", [1, 1, k, k], 1); // from the only pixel to (0, 0) of 2 × 2
    set("unconv2.w", [k + 1, 1, 0, k], scale); // from there to (k, 0) of 4 × 4
  }
  return values;
}

describe("AE + Gaussian", {
  "the fit has the codes' mean, and the square of its root is their covariance, singular or not (1e-6)"() {
    const rows = codes(500);
    const { mean, covariance } = momentsOf(rows);
    const fit = fitGaussian(rows, D);
    assertClose("mean", fit.mean, mean, 1e-6);
    const square = Array.from({ length: D * D }, (_, e) =>
      [0, 1, 2].reduce(
        (sum, k) => sum + (fit.root[Math.floor(e / D) * D + k] as number) * (fit.root[k * D + (e % D)] as number),
        0,
      ),
    );
    assertClose("covariance", square, covariance, 1e-6);
  },

  async "samples have the codes' mean and covariance (20,000 samples; 12 at 4.5 standard errors: level 1e-4)"() {
    const rows = codes(500);
    const { mean, covariance } = momentsOf(rows);
    const [n, scale] = [20_000, 0.1];
    const model = createAutoencoder(engine, { height: 4, width: 4, channels: 1, latent: D }, passing(scale));
    const standard = { mean: new Float32Array(D), variance: new Float32Array(D).fill(1) };
    const calibration = createCalibration(engine, { ...standard, layers: {}, sharpening: 1 });
    const system = fitAeGaussian(codesOf(model, calibration, rows));
    const pictures = await system.sample({ count: n, seed: 4 });
    const z = Float64Array.from({ length: n * D }, (_, i) => {
      const p = pictures[16 * Math.floor(i / D) + (PIXELS[i % D] as number)] as number;
      return Math.log(p / (1 - p)) / scale - SHIFT;
    });
    const got = momentsOf(z);
    for (let a = 0; a < D; a++) {
      const variance = (k: number): number => covariance[k * D + k] as number;
      const error = Math.abs((got.mean[a] as number) - (mean[a] as number));
      assert.ok(error <= 4.5 * Math.sqrt(variance(a) / n), `mean ${a}: off by ${error}`);
      for (let b = 0; b < D; b++) {
        const expected = covariance[a * D + b] as number;
        // of a product of Gaussians
        const deviation = Math.sqrt((variance(a) * variance(b) + expected ** 2) / n);
        const off = Math.abs((got.covariance[a * D + b] as number) - expected);
        assert.ok(off <= 4.5 * deviation, `covariance ${a}, ${b}: off by ${off}, deviation ${deviation}`);
      }
    }
    system.dispose();
    dispose(model, calibration);
  },
});
