// The network that starts as PCA: what it computes at first, its gradient, and that it learns.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose, resource } from "../../../src/kernels/dispose.ts";
import { symmetricEigen } from "../../../src/math/linalg.ts";
import {
  type Autoencoder,
  type Calibration,
  createAutoencoder,
  decode,
  encode,
  initParameters,
  type ParameterValues,
  reconstructionLoss,
} from "../../../src/models/autoencoder/autoencoder.ts";
import { calibrate, encodeImages, reconstructImages } from "../../../src/models/autoencoder/calibrate.ts";
import { startParameters } from "../../../src/models/autoencoder/start.ts";
import { trainAutoencoder } from "../../../src/models/autoencoder/trainAutoencoder.ts";
import { vae } from "../../../src/models/systems/vae.ts";
import { wganGp } from "../../../src/models/systems/wganGp.ts";
import type { ImageSource } from "../../../src/models/training/training.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { covarianceOf } from "../../support/covariance.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const engine = await testEngine();

/** Bright blobs, each at its own place: pictures that no few linear directions hold. */
function blobs(count: number, height: number, width: number, channels = 1): ImageSource {
  const size = height * width * channels;
  const image = (n: number): Float32Array =>
    Float32Array.from({ length: size }, (_, i) => {
      const [y, x] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width];
      const [cy, cx] = [height * (0.5 + 0.3 * Math.sin(n)), width * (0.5 + 0.3 * Math.cos(1.7 * n))];
      return 0.1 + 0.8 * Math.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (0.02 * height * width));
    });
  return {
    count,
    batch(indices) {
      const all = new Float32Array(indices.length * size);
      Array.from(indices).forEach((n, i) => {
        all.set(image(n), i * size);
      });
      return all;
    },
  };
}

const identity = (latent: number) => ({
  statistics: {
    mean: engine.tensor(new Float32Array(latent), [latent]),
    variance: engine.tensor(new Float32Array(latent).fill(1), [latent]),
  },
  layers: {},
});

const configOf = (height: number, width: number, channels: number, latent: number) =>
  ({ height, width, channels, latent, network: "pca" }) as const;

async function started(images: ImageSource, config: ReturnType<typeof configOf>): Promise<Autoencoder> {
  return createAutoencoder(engine, config, await startParameters(engine, config, images, { seed: 1 }));
}

/** Reconstructions without sharpening. */
const plainReconstructions = (model: Autoencoder, calibration: Calibration, images: ImageSource) =>
  reconstructImages(
    model,
    resource({ ...calibration, sharpening: 1 }, () => undefined),
    images,
  );

/** Mean squared error over values of the reconstructions, without sharpening. */
async function errorOf(model: Autoencoder, images: ImageSource): Promise<number> {
  const calibration = await calibrate(model, images);
  const y = await plainReconstructions(model, calibration, images);
  calibration.dispose();
  const x = images.batch(Array.from({ length: images.count }, (_, i) => i));
  return y.reduce((sum, v, i) => sum + (v - (x[i] as number)) ** 2, 0) / y.length;
}

/** The least mean squared error over values of k linear components, in float64. */
function pcaError(images: ImageSource, k: number): number {
  const x = images.batch(Array.from({ length: images.count }, (_, i) => i));
  const values = x.length / images.count;
  const { values: variances } = symmetricEigen(covarianceOf(x, values).covariance, values);
  return variances.subarray(0, values - k).reduce((sum, v) => sum + Math.max(0, v), 0) / values;
}

describe("pcaNetwork", {
  async "reconstructs at first as PCA in float64 does, of any size from 4 × 4 on (1e-4; seed 1)"() {
    const side = fc.integer({ min: 4, max: 13 });
    await fc.assert(
      fc.asyncProperty(side, side, fc.constantFrom(1, 3), async (height, width, channels) => {
        const images = blobs(40, height, width, channels);
        const model = await started(images, configOf(height, width, channels, 5));
        const [error, least] = [await errorOf(model, images), pcaError(images, 5)];
        // Values beyond 0 and 1 are cut, which brings them nearer to the images.
        assert.ok(error <= least + 1e-4 * least + 1e-7 && error >= 0.8 * least - 1e-7, `${error}, PCA ${least}`);
        model.dispose();
      }),
      { numRuns: 5, seed: 1, includeErrorInReport: true },
    );
  },

  async "keeps distances between projected pictures: codes are they, turned and scaled (1e-3)"() {
    const images = blobs(30, 8, 8);
    const model = await started(images, configOf(8, 8, 1, 6));
    const calibration = await calibrate(model, images);
    const codes = await encodeImages(model, calibration, images);
    const pictures = await plainReconstructions(model, calibration, images);
    const apart = (rows: Float32Array, d: number, a: number, b: number): number =>
      Math.sqrt(
        rows.subarray(a * d, (a + 1) * d).reduce((sum, v, i) => sum + (v - (rows[b * d + i] as number)) ** 2, 0),
      );
    const ratios = Array.from({ length: 29 }, (_, n) => apart(codes, 6, n, n + 1) / apart(pictures, 64, n, n + 1));
    const square = codes.reduce((sum, v) => sum + v * v, 0) / codes.length;
    assert.ok(Math.abs(square - 1) <= 1e-3, `mean square ${square}`);
    assert.ok(Math.max(...ratios) <= (1 + 1e-3) * Math.min(...ratios), `${ratios}`);
    dispose(model, calibration);
  },

  async "has a gradient whose length is the slope of the loss along it (1 %)"() {
    const images = blobs(6, 9, 8);
    const config = configOf(9, 8, 1, 4);
    const m = await started(images, config);
    const shape = [6, 9, 8, 1];
    const pixels = images.batch([0, 1, 2, 3, 4, 5]);
    const first: Float32Array[] = [];
    const tensors: Tensor[] = Object.values(m.parameters.named);
    const random = initParameters(config, 2) as Readonly<Record<string, ParameterValues[keyof ParameterValues]>>;
    for (const [name, tensor] of Object.entries(m.parameters.named)) {
      // corrections that are not 0, so that all layers have a gradient
      const drawn = random[name.replace("Up", "Down")]?.values;
      if (name.endsWith("Up.w"))
        engine.write(
          tensor,
          (drawn as Float32Array).map((v) => 0.1 * v),
        );
      first.push(await engine.read(tensor));
    }
    const { gradients } = engine.scope(() => {
      const x = engine.tensor(pixels, shape);
      return { gradients: valueAndGrad(tensors, () => reconstructionLoss(m, x)).gradients };
    });
    const g: Float32Array[] = [];
    for (const gradient of gradients) g.push(await engine.read(gradient));
    assert.ok(g.every((part) => part.some((v) => v !== 0)));
    const length = Math.sqrt(g.reduce((sum, part) => sum + part.reduce((s, v) => s + v * v, 0), 0));
    const lossAt = async (shift: number): Promise<number> => {
      tensors.forEach((t, k) => {
        engine.write(
          t,
          (first[k] as Float32Array).map((v, i) => v + (shift * (g[k]?.[i] as number)) / length),
        );
      });
      const loss = engine.scope(() => reconstructionLoss(m, engine.tensor(pixels, shape)));
      const value = (await engine.read(loss))[0] as number;
      loss.dispose();
      return value;
    };
    const h = 2e-3;
    const slope = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
    assert.ok(Math.abs(slope - length) <= 0.01 * length, `slope ${slope}, length ${length}`);
    dispose(...gradients, m);
  },

  async "learns to be better than PCA, and equal seeds give equal bits"() {
    const images = blobs(40, 12, 12);
    const config = configOf(12, 12, 1, 4);
    const bits = async (): Promise<{ readonly error: number; readonly parameters: Float32Array }> => {
      const model = await started(images, config);
      await trainAutoencoder(model, images, { epochs: 25, batch: 10, seed: 1 });
      const result = { error: await errorOf(model, images), parameters: await engine.read(model.parameters.flat) };
      model.dispose();
      return result;
    };
    const { error, parameters } = await bits();
    const least = pcaError(images, 4);
    assert.ok(error <= 0.7 * least, `${error}, PCA ${least}`);
    assert.equal((await bits()).parameters, parameters);
  },

  async "serves other systems: a VAE and a WGAN-GP draw pictures in [0, 1]"() {
    const images = blobs(20, 8, 8, 3);
    for (const make of [vae, wganGp]) {
      const trained = await make(engine, configOf(8, 8, 3, 4)).train(images, { epochs: 3, batch: 10, seed: 1 });
      const pixels = await trained.sample({ count: 2, seed: 1 });
      assert.is(pixels.length, 2 * 192);
      assert.ok(pixels.every((p) => p >= 0 && p <= 1));
      trained.dispose();
    }
  },

  "refuses more codes than a picture has values, and pictures below 4 × 4"() {
    throws(
      () => initParameters(configOf(4, 4, 1, 17), 1),
      "expected a latent dimension of at most 16 for the network pca and images of 4 × 4 × 1, got 17",
    );
    throws(
      () => initParameters(configOf(3, 4, 1, 2), 1),
      "expected images of at least 4 × 4 pixels for the network pca",
    );
    const config = configOf(5, 6, 3, 90);
    const model = createAutoencoder(engine, config, initParameters(config, 1));
    engine.scope(() => {
      const x = engine.tensor(new Float32Array(180).fill(0.5), [2, 5, 6, 3]);
      const z = encode(model, x, identity(90));
      assert.equal(decode(model, z, { layers: {}, sharpening: 1 }).shape, [2, 5, 6, 3]);
    });
    model.dispose();
  },
});
