// PCA as a system: the least error of linear maps, and pictures by their seed and number.
import * as assert from "uvu/assert";
import { symmetricEigen } from "../../../src/math/linalg.ts";
import { reconstructImages } from "../../../src/models/autoencoder/calibrate.ts";
import { pca, pcaCodes } from "../../../src/models/systems/pca.ts";
import type { ImageSource } from "../../../src/models/training/training.ts";
import { covarianceOf } from "../../support/covariance.ts";
import { testEngine } from "../../support/device.ts";
import { digits } from "../../support/digits.ts";
import { describe } from "../../support/suite.ts";
import { rejects, throws } from "../../support/throws.ts";

const engine = await testEngine();
const bytes = digits(60);

/** Parts of seven-segment digits, 8 × 8 pixels. */
const images: ImageSource = {
  count: 60,
  batch: (indices) =>
    Float32Array.from({ length: 64 * indices.length }, (_, at) => {
      const [n, y, x] = [indices[Math.floor(at / 64)] as number, Math.floor(at / 8) % 8, at % 8];
      return (bytes[n * 784 + (3 * y + 2) * 28 + 3 * x + 2] as number) / 255;
    }),
};
const config = { height: 8, width: 8, channels: 1, latent: 5 };

describe("pca", {
  async "reconstructs with the least squared error of linear maps, or less where it cuts (1e-4)"() {
    const codes = await pcaCodes(engine, config, images, { seed: 1 });
    const y = await reconstructImages(codes.model, codes.calibration, images);
    const x = images.batch(Array.from({ length: 60 }, (_, i) => i));
    const error = y.reduce((sum, v, i) => sum + (v - (x[i] as number)) ** 2, 0) / 60;
    const { values: variances } = symmetricEigen(covarianceOf(x, 64).covariance, 64);
    const least = variances.subarray(0, 59).reduce((sum, v) => sum + Math.max(0, v), 0);
    assert.ok(error <= least * (1 + 1e-4) && error >= 0.7 * least, `${error}, least ${least}`);
    assert.is(codes.values.length, 60 * 5);
    codes.dispose();
  },

  async "draws the same pictures for the same numbers, and leaves no memory in use"() {
    const before = engine.memory().inUse;
    const trained = await pca(engine, config).train(images, { epochs: 1, batch: 10, seed: 1 });
    const all = await trained.sample({ count: 6, seed: 2 });
    assert.ok(all.every((p) => p >= 0 && p <= 1));
    assert.equal(await trained.sample({ count: 2, seed: 2, first: 4 }), all.subarray(4 * 64));
    trained.dispose();
    assert.is(engine.memory().inUse, before);
  },

  async "refuses more components than values, and a signal that is aborted"() {
    throws(() => pca(engine, { ...config, latent: 65 }), "PCA: expected a latent dimension of at most 64");
    const signal = AbortSignal.abort(new Error("enough"));
    await rejects(pcaCodes(engine, config, images, { seed: 1, signal }), "enough");
  },
});
