// The network `dcgan`: shapes and what it refuses, its gradient, fixed moments, training, and its
// file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import {
  createAutoencoder,
  decode,
  decodeOutputs,
  encode,
  initParameters,
  rawCodes,
  reconstructionLoss,
} from "../../../src/models/autoencoder/autoencoder.ts";
import { calibrate, encodeImages, reconstructImages } from "../../../src/models/autoencoder/calibrate.ts";
import { trainAutoencoder } from "../../../src/models/autoencoder/trainAutoencoder.ts";
import { byBatch } from "../../../src/models/networks/layerMoments.ts";
import { type AutoencoderConfig, autoencoderLayers } from "../../../src/models/networks/networks.ts";
import type { ImageSource } from "../../../src/models/training/training.ts";
import { loadModel, saveModel } from "../../../src/run/modelFile.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { sigmoid } from "../../../src/tensor/ops/elementwise.ts";
import { testEngine } from "../../support/device.ts";
import { digits } from "../../support/digits.ts";
import { describe } from "../../support/suite.ts";
import { rejects, throws } from "../../support/throws.ts";

const engine = await testEngine();
const folder = mkdtempSync(join(tmpdir(), "brenier-dcgan-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const configOf = (height: number, width: number, channels: number, latent = 6): AutoencoderConfig => ({
  height,
  width,
  channels,
  latent,
  network: "dcgan",
});
const modelOf = (config: AutoencoderConfig) => createAutoencoder(engine, config, initParameters(config, 1));

/** Waves, each image with its own. */
const waves = (count: number, { height, width, channels }: AutoencoderConfig): ImageSource => ({
  count,
  batch(indices) {
    const size = height * width * channels;
    return Float32Array.from({ length: indices.length * size }, (_, i) => {
      const n = indices[Math.floor(i / size)] as number;
      return 0.5 + 0.5 * Math.sin(((i % size) * (1 + (n % 7))) / width + n);
    });
  },
});

const shapesOf = (config: AutoencoderConfig): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(Object.entries(autoencoderLayers(config)).map(([name, { shape }]) => [name, shape]));

/** Codes and pictures of two images, by their own batch norm as in training. */
function reconstruct(config: AutoencoderConfig): { readonly z: Tensor; readonly y: Tensor } {
  const model = modelOf(config);
  const result = engine.scope(() => {
    const x = engine.tensor(waves(2, config).batch([0, 1]), [2, config.height, config.width, config.channels]);
    const z = rawCodes(model, x, byBatch);
    return { z, y: sigmoid(decodeOutputs(model, z, byBatch)) };
  });
  model.dispose();
  return result;
}

describe("dcgan", {
  "has DCGAN's layers: 64, 128, 256 down to 4 × 4, and 512 from 64 pixels on"() {
    assert.equal(shapesOf(configOf(28, 28, 1)), {
      conv1: [4, 4, 1, 64],
      conv2: [4, 4, 64, 128],
      conv3: [4, 4, 128, 256],
      dense1: [4096, 6],
      undense1: [6, 4096],
      unconv1: [4, 4, 128, 256],
      unconv2: [4, 4, 64, 128],
      unconv3: [4, 4, 1, 64],
    });
    const deep = shapesOf(configOf(64, 64, 3));
    assert.equal(deep["conv4"], [4, 4, 256, 512]);
    assert.equal(deep["dense1"], [8192, 6]);
    assert.equal(deep["unconv4"], [4, 4, 3, 64]);
    assert.not.ok("conv4" in shapesOf(configOf(64, 63, 3)));
    const normalised = Object.entries(autoencoderLayers(configOf(32, 32, 3))).filter(([, spec]) => spec.normalised);
    assert.equal(
      normalised.map(([name, { outputs }]) => [name, outputs]),
      [
        ["conv1", 64] as const,
        ["conv2", 128] as const,
        ["conv3", 256] as const,
        ["undense1", 256] as const,
        ["unconv1", 128] as const,
        ["unconv2", 64] as const,
      ],
    );
  },

  async "takes 28 × 28 × 1, 32 × 32 × 3 and 64 × 64 × 3"() {
    for (const [side, channels] of [[28, 1] as const, [32, 3] as const, [64, 3] as const]) {
      const { z, y } = reconstruct(configOf(side, side, channels));
      assert.equal(z.shape, [2, 6]);
      assert.equal(y.shape, [2, side, side, channels]);
      const pixels = await engine.read(y);
      assert.ok(pixels.every((p) => p >= 0 && p <= 1));
      dispose(z, y);
    }
  },

  "takes sizes that the strides do not divide, from 8 × 8 on"() {
    for (const [height, width] of [[8, 8] as const, [9, 13] as const]) {
      const { z, y } = reconstruct(configOf(height, width, 1));
      assert.equal(y.shape, [2, height, width, 1]);
      dispose(z, y);
    }
  },

  "refuses smaller ones in one line"() {
    for (const [height, width] of [[7, 28] as const, [28, 7] as const]) {
      throws(
        () => modelOf(configOf(height, width, 1)),
        `autoencoder: expected images of at least 8 × 8 pixels for the network dcgan and a latent dimension of at least 1, ` +
          `got ${height} × ${width} × 1 and 6`,
      );
    }
  },

  "no other name is a network"() {
    for (const network of ["resnet", "constructor", ""]) {
      const config = { ...configOf(28, 28, 1), network } as unknown as AutoencoderConfig;
      throws(() => modelOf(config), `network: expected small or dcgan or pca, got ${network}`);
    }
  },

  async "has a gradient whose length is the slope of the loss along it (1 %)"() {
    const config = configOf(9, 8, 1, 4);
    const m = modelOf(config);
    const pixels = waves(6, config).batch([0, 1, 2, 3, 4, 5]);
    const tensors: Tensor[] = Object.values(m.parameters.named);
    const loss = (): Tensor => reconstructionLoss(m, engine.tensor(pixels, [6, 9, 8, 1]));
    const { gradients } = engine.scope(() => ({ gradients: valueAndGrad(tensors, loss).gradients }));
    const [first, g]: [Float32Array[], Float32Array[]] = [[], []];
    for (const [k, tensor] of tensors.entries()) {
      first.push(await engine.read(tensor));
      g.push(await engine.read(gradients[k] as Tensor));
    }
    for (const [k, name] of Object.keys(m.parameters.named).entries()) {
      // a bias right before batch norm would have none, and that of the codes does
      if (name !== "dense1.b")
        assert.ok(
          (g[k] as Float32Array).some((v) => Math.abs(v) > 1e-3),
          `${name} has no gradient`,
        );
    }
    const length = Math.sqrt(g.reduce((sum, part) => sum + part.reduce((s, v) => s + v * v, 0), 0));
    const lossAt = async (shift: number): Promise<number> => {
      tensors.forEach((t, k) => {
        engine.write(
          t,
          (first[k] as Float32Array).map((v, i) => v + (shift * (g[k]?.[i] as number)) / length),
        );
      });
      const value = engine.scope(loss);
      const read = (await engine.read(value))[0] as number;
      value.dispose();
      return read;
    };
    const h = 1e-4; // batch norm of few rows bends the loss
    const slope = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
    assert.ok(Math.abs(slope - length) <= 0.01 * length, `slope ${slope}, length ${length}`);
    dispose(...gradients, m.parameters.flat);
  },

  async "learns 8 digits in 20 steps, and reconstructs by fixed moments as well as by its batch; its file gives the same bits"() {
    const config = configOf(28, 28, 1);
    const before = engine.memory().inUse;
    const bytes = digits(8);
    const images: ImageSource = {
      count: 8,
      batch: (indices) =>
        Float32Array.from({ length: indices.length * 784 }, (_, i) => {
          return (bytes[784 * (indices[Math.floor(i / 784)] as number) + (i % 784)] as number) / 255;
        }),
    };
    const model = modelOf(config);
    const losses: number[] = [];
    await trainAutoencoder(model, images, {
      epochs: 20,
      batch: 8,
      seed: 1,
      every: 1,
      onProgress: (at) => void losses.push(at.losses["loss"] as number),
    });
    assert.is(losses.length, 20);
    assert.ok((losses.at(-1) as number) < 0.5 * (losses[0] as number), `loss ${losses[0]} to ${losses.at(-1)}`);

    const calibration = await calibrate(model, images);
    const pixels = images.batch([0, 1, 2, 3, 4, 5, 6, 7]);
    const errorOf = (y: Float32Array): number => y.reduce((sum, v, i) => sum + (v - (pixels[i] as number)) ** 2, 0);
    const all = await reconstructImages(model, calibration, images);
    const mean = pixels.reduce((sum, p) => sum + p, 0) / pixels.length;
    assert.ok(errorOf(all) < 0.5 * errorOf(pixels.map(() => mean)), `error ${errorOf(all)}`);
    // the moments of the very batch that it is: batch norm by it gives the same loss
    const { fixed, batched } = engine.scope(() => {
      const x = engine.tensor(pixels, [8, 28, 28, 1]);
      const z = encode(model, x, calibration);
      return { fixed: decode(model, z, calibration), batched: reconstructionLoss(model, x) };
    });
    const { sharpening } = calibration;
    const crossEntropy = (await engine.read(fixed)).reduce((sum, p, i) => {
      const q = 1 / (1 + (1 / p - 1) ** (1 / sharpening)); // σ(l) of σ(T·l)
      const t = pixels[i] as number;
      return sum - t * Math.log(q) - (1 - t) * Math.log(1 - q);
    }, 0);
    const loss = (await engine.read(batched))[0] as number;
    assert.ok(Math.abs(crossEntropy / 8 - loss) <= 0.01 * loss, `${crossEntropy / 8} by moments, ${loss} by the batch`);
    dispose(fixed, batched);

    const path = join(folder, "model.safetensors");
    await saveModel(path, model, calibration);
    const loaded = loadModel(path, engine, config);
    assert.equal(Object.keys(loaded.calibration.layers), Object.keys(calibration.layers));
    assert.equal(await reconstructImages(loaded.model, loaded.calibration, images), all);
    const one = await encodeImages(loaded.model, loaded.calibration, images, { count: 1 });
    for (const count of [0, 1.5, images.count + 1, Number.NaN]) {
      const message = `images: expected \`count\` from 1 to ${images.count}, got ${count}`;
      await rejects(encodeImages(loaded.model, loaded.calibration, images, { count }), message);
      await rejects(reconstructImages(loaded.model, loaded.calibration, images, { count }), message);
    }
    const codes = await encodeImages(model, calibration, images);
    one.forEach((v, i) => {
      assert.ok(Math.abs(v - (codes[i] as number)) <= 1e-4, "an image's code depends on itself alone");
    });
    throws(
      () => loadModel(path, engine, { ...config, network: "small" }),
      "expected `conv1.w` as float32 [4, 4, 1, 32]",
    );
    for (const { model: m, calibration: c } of [{ model, calibration }, loaded]) {
      m.dispose();
      c.dispose();
    }
    assert.is(engine.memory().inUse, before);
  },
});
