// Reconstructions while a generator is trained: the pictures that the loss is of.
import * as assert from "uvu/assert";
import { encodeGenerator } from "../../../src/models/generator/generatorFile.ts";
import { type GeneratorProgress, trainGenerator } from "../../../src/models/generator/trainGenerator.ts";
import { pixelSource } from "../../../src/models/training/pixelSource.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";

const engine = await testEngine();
const config = { height: 6, width: 5, channels: 1, latent: 3 };
const size = 30;
const pixels = Uint8Array.from({ length: 40 * size }, (_, i) => 128 + 100 * Math.sin(i * (1 + (i % 3))));
const images = pixelSource("test", pixels, config);
// A batch of all images, so that the loss of a step is that of the reconstructions before it.
const options = { epochs: 20, batch: 40, seed: 1, chi2: 0.5 };

describe("a preview", {
  async "is what the loss is of, to 2e-4 of it, and changes no bit of the training"() {
    const told: GeneratorProgress[] = [];
    const values = await trainGenerator(engine, config, images, {
      ...options,
      preview: 40,
      onProgress: (progress) => told.push(progress),
    });
    const plain = await trainGenerator(engine, config, images, options);
    assert.is(Buffer.compare(encodeGenerator(values), encodeGenerator(plain)), 0);
    const learning = told.filter(({ stage }) => stage === "autoencoder");
    assert.equal(
      learning.map(({ step, steps }) => [step, steps]),
      [0, 10, 20].map((step) => [step, 20]),
    );
    assert.is(learning[0]?.value, undefined);
    const entropies = learning.map(({ reconstructions }) => {
      assert.ok(reconstructions !== undefined);
      const { count, height, width, channels } = reconstructions;
      assert.equal([count, height, width, channels], [40, 6, 5, 1]);
      let sum = 0;
      reconstructions.pixels.forEach((p, i) => {
        const x = (pixels[i] as number) / 255;
        sum -= x * Math.log(p) + (1 - x) * Math.log(1 - p);
      });
      return sum / 40;
    });
    // The first reported loss is the mean over steps 1 to 10, which begin at the first preview.
    const [first = 0, second = 0, third = 0] = entropies;
    const loss = learning[1]?.value ?? Number.NaN;
    assert.ok(loss <= first * (1 + 2e-4) && loss >= second * (1 - 2e-4), `${loss} of ${entropies}`);
    assert.ok(third <= second, `${entropies}`);
    assert.ok(told.slice(learning.length).every(({ reconstructions }) => reconstructions === undefined));
  },

  async "without one there is no report before the first step, and promises are awaited"() {
    const told: string[] = [];
    await trainGenerator(engine, config, images, {
      ...options,
      epochs: 10,
      async onProgress({ stage, step, reconstructions }) {
        assert.is(reconstructions, undefined);
        told.push(`begin ${stage} ${step}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        told.push(`end ${stage} ${step}`);
      },
    });
    assert.is(told[0], "begin autoencoder 10");
    for (let i = 0; i < told.length; i += 2) assert.is(told[i + 1], told[i]?.replace("begin", "end"));
  },

  async "of more images than there are is refused"() {
    for (const preview of [41, -1, 0.5]) {
      await rejects(
        trainGenerator(engine, config, images, { ...options, preview }),
        `trainGenerator: expected \`preview\` as an integer from 0 to 40, got ${preview}`,
      );
    }
  },
});
