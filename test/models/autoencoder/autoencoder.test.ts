import fc from "fast-check";
import * as assert from "uvu/assert";
import { type OptimizerState, valuesOf } from "../../../src/autograd/optimizer.ts";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { exp, log } from "../../../src/math/elementary.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { cos } from "../../../src/math/trigonometric.ts";
import {
  createAutoencoder,
  decode,
  encode,
  initParameters,
  reconstructionLoss,
} from "../../../src/models/autoencoder/autoencoder.ts";
import {
  calibrate,
  calibrateAndEncode,
  createCalibration,
  encodeImages,
  normalisedCodes,
  readCalibration,
} from "../../../src/models/autoencoder/calibrate.ts";
import { sharpeningFactor } from "../../../src/models/autoencoder/sharpening.ts";
import { autoencoderTask, trainAutoencoder } from "../../../src/models/autoencoder/trainAutoencoder.ts";
import { cosineSchedule } from "../../../src/models/training/schedule.ts";
import {
  type ImageSource,
  NonFiniteError,
  Training,
  type TrainingState,
} from "../../../src/models/training/training.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const engine = await testEngine();

/** Bright blobs on black, each at its own place. */
function blobs(count: number, height: number, width: number, channels = 1): ImageSource {
  const image = (n: number): Float32Array =>
    Float32Array.from({ length: height * width * channels }, (_, i) => {
      const [y, x] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width];
      const [cy, cx] = [height * (0.5 + 0.3 * Math.sin(n)), width * (0.5 + 0.3 * Math.cos(1.7 * n))];
      return Math.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (0.02 * height * width));
    });
  return {
    count,
    batch(indices) {
      const all = new Float32Array(indices.length * height * width * channels);
      Array.from(indices).forEach((n, i) => {
        all.set(image(n), i * height * width * channels);
      });
      return all;
    },
  };
}

const model = (height: number, width: number, channels = 1, latent = 8) => {
  const config = { height, width, channels, latent };
  return createAutoencoder(engine, config, initParameters(config, 1));
};

describe("autoencoder", {
  "takes images of any size from 4 × 4 on (seed 1)": () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 21 }),
        fc.integer({ min: 4, max: 21 }),
        fc.constantFrom(1, 3),
        (height, width, channels) => {
          const m = model(height, width, channels);
          engine.scope(() => {
            const x = engine.tensor(blobs(2, height, width, channels).batch([0, 1]), [2, height, width, channels]);
            const statistics = {
              mean: engine.tensor(new Float32Array(8), [8]),
              variance: engine.tensor(new Float32Array(8).fill(1), [8]),
            };
            const z = encode(m, x, { statistics, layers: {} });
            assert.equal(z.shape, [2, 8]);
            assert.equal(decode(m, z, { layers: {}, sharpening: 1 }).shape, [2, height, width, channels]);
          });
          m.dispose();
        },
      ),
      { numRuns: 15, seed: 1, includeErrorInReport: true },
    ),

  "refuses images below 4 × 4"() {
    throws(() => model(3, 28), "expected images of at least 4 × 4 pixels");
  },

  async "has a gradient whose length is the slope of the loss along it (1 %)"() {
    const m = model(8, 8);
    const pixels = blobs(6, 8, 8).batch([0, 1, 2, 3, 4, 5]);
    const first = Object.values(initParameters(m.config, 1)).map(({ values }) => values);
    const tensors: Tensor[] = Object.values(m.parameters.named);
    const { gradients } = engine.scope(() => {
      const x = engine.tensor(pixels, [6, 8, 8, 1]);
      return { gradients: valueAndGrad(tensors, () => reconstructionLoss(m, x)).gradients };
    });
    const g: Float32Array[] = [];
    for (const gradient of gradients) g.push(await engine.read(gradient));
    const length = Math.sqrt(g.reduce((sum, part) => sum + part.reduce((s, v) => s + v * v, 0), 0));
    const lossAt = async (shift: number): Promise<number> => {
      tensors.forEach((t, k) => {
        engine.write(
          t,
          (first[k] as Float32Array).map((v, i) => v + (shift * (g[k]?.[i] as number)) / length),
        );
      });
      const loss = engine.scope(() => reconstructionLoss(m, engine.tensor(pixels, [6, 8, 8, 1])));
      const value = (await engine.read(loss))[0] as number;
      loss.dispose();
      return value;
    };
    const h = 2e-3;
    const slope = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
    assert.ok(Math.abs(slope - length) < 0.01 * length, `slope ${slope}, length ${length}`);
    dispose(...gradients);
  },

  async "learns, and 1,000 steps leave bytes in use where they were after step 10"() {
    const m = model(8, 8);
    const inUse: number[] = [];
    const losses: number[] = [];
    await trainAutoencoder(m, blobs(40, 8, 8), {
      epochs: 250,
      batch: 10,
      seed: 1,
      every: 10,
      onProgress(at) {
        losses.push(at.losses["loss"] as number);
        inUse.push(engine.memory().inUse);
      },
    });
    assert.is(inUse.length, 100);
    assert.is(inUse.at(-1), inUse[0]);
    assert.ok(
      (losses.at(-1) as number) < 0.8 * (losses[0] as number),
      `loss went from ${losses[0]} to ${losses.at(-1)}`,
    );
  },

  async "equal seeds give equal bits, another seed gives others"() {
    const weights = async (seed: number): Promise<Uint8Array> => {
      const m = model(8, 8);
      await trainAutoencoder(m, blobs(20, 8, 8), { epochs: 3, batch: 5, seed });
      return new Uint8Array((await engine.read(m.parameters.named["dense1.w"] as Tensor)).buffer);
    };
    const first = await weights(1);
    assert.equal(await weights(1), first);
    assert.not.equal(await weights(2), first);
  },

  async "saved at any step and taken up by another model, it ends with the same bits"() {
    const options = { epochs: 3, batch: 5, seed: 3 };
    const images = blobs(21, 8, 8); // the 21st image waits for the next shuffle
    const whole = await trainAutoencoder(model(8, 8), images, options);
    assert.is(whole.step, 12);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12 }), fc.boolean(), async (cut, reported) => {
        const first = new Training(autoencoderTask(model(8, 8)), images, options);
        while (first.step < cut) first.next();
        if (reported && cut > 0) await first.losses();
        const state = await first.save();
        first.dispose();
        assert.is(state.losses["loss"]?.length ?? 0, reported ? 0 : cut);
        const other = model(8, 8);
        engine.write(
          other.parameters.flat,
          new Float32Array(whole.optimizers["autoencoder"]?.parameters.length as number).fill(7),
        );
        let [last, seen] = [Number.NaN, 0];
        const end = await trainAutoencoder(other, images, {
          ...options,
          from: state,
          every: 6,
          onProgress: ({ losses }) => {
            last = losses["loss"] as number;
          },
          onStep: () => void seen++,
        });
        assert.is(seen, 13 - cut);
        assert.ok(cut === 12 || Number.isFinite(last));
        const bits = ({ optimizers }: TrainingState): Uint32Array[] => {
          const state = optimizers["autoencoder"] as OptimizerState;
          return valuesOf(state).map((values) => new Uint32Array(values.slice().buffer));
        };
        assert.equal(bits(end), bits(whole));
        assert.is(end.optimizers["autoencoder"]?.adam?.steps, 12);
        assert.is(end.drawn, whole.drawn);
      }),
      { numRuns: 6, seed: 1, includeErrorInReport: true },
    );
  },

  async "names no good state: parameters that are not finite are never saved"() {
    const m = model(8, 8);
    const training = new Training(autoencoderTask(m), blobs(10, 8, 8), { epochs: 1, batch: 5, seed: 1 });
    engine.write(m.parameters.flat, new Float32Array(m.parameters.flat.shape[0] as number).fill(Number.NaN));
    let error: unknown;
    await training.save().catch((e: unknown) => {
      error = e;
    });
    training.dispose();
    assert.instance(error, NonFiniteError);
  },

  async "calibrated codes have mean 0 and variance 1 on every axis (1e-3)"() {
    const m = model(8, 8);
    const images = blobs(60, 8, 8);
    const calibration = await calibrate(m, images);
    const codes = await encodeImages(m, calibration, images);
    const raw = await engine.read(calibration.statistics.variance);
    for (let axis = 0; axis < 8; axis++) {
      const column = codes.filter((_, i) => i % 8 === axis);
      // less than 1 by batchNorm's epsilon
      const expected = (raw[axis] as number) / ((raw[axis] as number) + 1e-5);
      const mean = column.reduce((a, b) => a + b, 0) / 60;
      const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / 60;
      assert.ok(Math.abs(mean) < 1e-3 && Math.abs(variance - expected) < 1e-3, `axis ${axis}: ${mean}, ${variance}`);
    }
    assert.ok(calibration.sharpening >= 0.25 && calibration.sharpening <= 8);
  },

  async "the codes that calibration makes on the way are those of the encoder, bit for bit"() {
    const m = model(8, 8);
    const images = blobs(260, 8, 8); // images pass 250 at a time
    const { calibration, raw } = await calibrateAndEncode(m, images, {});
    const codes = await normalisedCodes(m, calibration, raw);
    for (const [first, last] of [
      [0, 250],
      [250, 260],
    ] as const) {
      const some = Uint32Array.from({ length: last - first }, (_, i) => first + i);
      const x = engine.tensor(images.batch(some), [some.length, 8, 8, 1]);
      const z = engine.scope(() => encode(m, x, calibration));
      assert.equal(codes.subarray(8 * first, 8 * last), await engine.read(z));
      dispose(x, z);
    }
    assert.equal(await encodeImages(m, calibration, images), codes);
    const again = await calibrate(m, images);
    assert.equal(await readCalibration(engine, again), await readCalibration(engine, calibration));
    dispose(m, calibration, again);
  },

  async "sharpening finds the factor that blurred the logits"() {
    const logits = Float32Array.from({ length: 5000 }, (_, i) => 6 * Math.sin(i));
    const pixels = logits.map((l) => 1 / (1 + Math.exp(-1.7 * l)));
    assert.ok(Math.abs((await sharpeningFactor(engine, logits, pixels)) - 1.7) < 1e-3);
  },

  // Seeds 1 to 40; 24 bisections by sums over all logits.
  async "sharpening by bins of logits is that by all of them, bit for bit"() {
    const steep = (t: number): number => {
      const e = exp(-Math.abs(t));
      return e / ((1 + e) * (1 + e));
    };
    for (let seed = 1; seed <= 40; seed++) {
      const random = hostRandom(seed, 0);
      const spread = 10 ** (4 * random.uniform() - 2);
      const logits = Float32Array.from({ length: 2000 }, () => spread * random.normal());
      if (seed === 39) logits[7] = Number.NaN;
      if (seed === 40) logits.fill(0);
      const pixels = logits.map(() => random.uniform() ** 4);
      const mean = (values: Float32Array, term: (value: number) => number): number =>
        values.reduce((sum, value) => sum + term(value), 0) / values.length;
      const greyness = mean(pixels, (p) => p * (1 - p));
      let [low, high] = [log(0.25), log(8)];
      for (let i = 0; i < 24; i++) {
        const middle = (low + high) / 2;
        if (mean(logits, (l) => steep(exp(middle) * l)) > greyness) low = middle;
        else high = middle;
      }
      assert.is(await sharpeningFactor(engine, logits, pixels), Math.fround(exp((low + high) / 2)), `seed ${seed}`);
    }
  },

  async "refuses fewer images than the batch"() {
    let message = "";
    await trainAutoencoder(model(8, 8), blobs(3, 8, 8), { epochs: 1, batch: 5, seed: 1 }).catch((e: Error) => {
      message = e.message;
    });
    assert.is(message, "train: expected at least one batch of 5 rows, got 3");
    for (const wrong of [{ epochs: Number.NaN }, { epochs: 0 }, { batch: 1.5 }]) {
      const options = { epochs: 1, batch: 2, seed: 1, ...wrong };
      throws(
        () => new Training(autoencoderTask(model(8, 8)), blobs(3, 8, 8), options),
        "as an integer of at least 1, got",
      );
    }
  },

  "the schedule rises, holds and falls to 0"() {
    for (const n of [1, 7, 100, 1000]) {
      for (let t = 0; t < n; t++) {
        // The formula of 0.2.0, bit for bit: trainings depend on it.
        const hold = 0.3 * n;
        const fall = t < hold ? 1 : 0.5 * (1 + cos((Math.PI * (t - hold)) / (n - hold)));
        assert.is(cosineSchedule(t, n), Math.min(1, (t + 1) / Math.min(50, Math.ceil(n / 10))) * fall);
      }
    }
    assert.is(cosineSchedule(0, 1000), 1 / 50);
    assert.is(cosineSchedule(49, 1000), 1);
    assert.is(cosineSchedule(299, 1000), 1);
    assert.ok(cosineSchedule(999, 1000) < 1e-4);
    for (let t = 1; t < 1000; t++) assert.ok(t < 50 || cosineSchedule(t, 1000) <= cosineSchedule(t - 1, 1000));
  },

  "refuses a calibration with other numbers of means and variances"() {
    const three = { mean: new Float32Array(3), variance: new Float32Array(3) };
    const unequal = { mean: new Float32Array(3), variance: new Float32Array(2) };
    const before = engine.memory().inUse;
    for (const numbers of [
      { ...unequal, layers: { first: three } },
      { ...three, layers: { first: three, second: unequal } },
    ]) {
      const message = "calibration: expected as many variances as means, got 2 for 3";
      throws(() => createCalibration(engine, { ...numbers, sharpening: 1 }), message);
      assert.is(engine.memory().inUse, before, "what was made before stays on the device");
    }
  },
});
