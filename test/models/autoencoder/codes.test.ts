// Codes that were learned from other rows than the images, such as mirrored ones.
import * as assert from "uvu/assert";
import { calibrate, encodeImages } from "../../../src/models/autoencoder/calibrate.ts";
import { learnCodes } from "../../../src/models/autoencoder/codes.ts";
import { encodeModel, readModel } from "../../../src/models/generator/modelFile.ts";
import { trainGenerator } from "../../../src/models/generator/trainGenerator.ts";
import { mirroredImages } from "../../../src/models/training/moveImages.ts";
import { pixelSource } from "../../../src/models/training/pixelSource.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();
const config = { height: 4, width: 6, channels: 1, latent: 3 };
const pixels = Uint8Array.from({ length: 40 * 24 }, (_, i) => 128 + 100 * Math.sin(i * (1 + (i % 3))));
const images = pixelSource("test", pixels, config);
const options = { epochs: 5, batch: 10, seed: 1 };

/** The parameters, and the codes, of a training on `rows`. */
async function learned(rows: Parameters<typeof learnCodes>[3]["rows"]) {
  const codes = await learnCodes(engine, config, images, { ...options, rows });
  const { parameters, calibration } = await readModel(codes);
  const anew = await calibrate(codes.model, images);
  const encoded = await encodeImages(codes.model, anew, images);
  const file = encodeModel({ parameters, calibration });
  const values = codes.values;
  codes.dispose();
  anew.dispose();
  return { file, values, encoded };
}

describe("codes learned from rows in place of the images", {
  async "the images themselves change nothing, mirrored ones do, and codes are the images' own"() {
    const plain = await learned(undefined);
    const same = await learned(images);
    const mirrored = await learned(mirroredImages(images, config));
    assert.equal(same.file, plain.file);
    assert.not.equal(mirrored.file, plain.file);
    for (const { values, encoded } of [plain, same, mirrored]) assert.equal(values, encoded);
  },

  async "the training of a generator sees each of the rows once in each epoch"() {
    const seen: number[] = [];
    const rows = {
      count: images.count,
      batch(indices: Uint32Array) {
        seen.push(...indices);
        return images.batch(indices);
      },
    };
    const plain = await trainGenerator(engine, config, images, { ...options, chi2: 0.5 });
    const values = await trainGenerator(engine, config, images, { ...options, chi2: 0.5, rows });
    assert.equal(values.parameters, plain.parameters);
    assert.is(seen.length, options.epochs * images.count);
    for (let e = 0; e < options.epochs; e++) {
      const epoch = seen.slice(e * 40, (e + 1) * 40).sort((a, b) => a - b);
      assert.equal(epoch, Array.from(epoch.keys()));
    }
  },
});
