import * as assert from "uvu/assert";
import { gan } from "../../../src/models/systems/gan.ts";
import { sampleBlocks } from "../../../src/models/systems/system.ts";
import { vae } from "../../../src/models/systems/vae.ts";
import { waeMmd } from "../../../src/models/systems/waeMmd.ts";
import { wganGp } from "../../../src/models/systems/wganGp.ts";
import type { ImageSource } from "../../../src/models/training/training.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects, throws } from "../../support/throws.ts";

const engine = await testEngine();
const config = { height: 4, width: 4, channels: 1, latent: 3 };
const waves = (count: number): ImageSource => ({
  count,
  batch: (indices) =>
    Float32Array.from({ length: 16 * indices.length }, (_, i) => 0.5 + 0.5 * Math.sin(i + (indices[i >> 4] as number))),
});

describe("train", {
  async "stops with the loss's name where it is not finite, and leaves nothing on the device"() {
    const holes: ImageSource = {
      count: 20,
      batch: (indices) => new Float32Array(16 * indices.length).fill(Number.NaN),
    };
    const before = engine.memory().inUse;
    for (const [system, name] of [
      [vae(engine, config), "loss"],
      [gan(engine, config), "discriminator"],
    ] as const) {
      await rejects(
        system.train(holes, { epochs: 1, batch: 4, seed: 1, every: 2 }),
        `train: expected a finite loss \`${name}\`, got NaN by step 2`,
      );
      assert.is(engine.memory().inUse, before);
    }
  },

  async "refuses an interval of reports that is no positive integer, and leaves nothing on the device"() {
    const before = engine.memory().inUse;
    for (const every of [0, -1, 1.5, Number.NaN]) {
      await rejects(
        vae(engine, config).train(waves(20), { epochs: 1, batch: 4, seed: 1, every }),
        `train: expected \`every\` as an integer of at least 1, got ${every}`,
      );
      assert.is(engine.memory().inUse, before);
    }
  },

  async "stops where onProgress throws, and leaves nothing on the device"() {
    const before = engine.memory().inUse;
    const stop = (): void => {
      throw new Error("enough");
    };
    await rejects(vae(engine, config).train(waves(20), { epochs: 9, batch: 4, seed: 1, onProgress: stop }), "enough");
    assert.is(engine.memory().inUse, before);
  },

  async "refuses fewer rows than the batch, no epochs, tiny pictures and pairs of one"() {
    const before = engine.memory().inUse;
    const few = { epochs: 1, batch: 5, seed: 1 };
    await rejects(vae(engine, config).train(waves(3), few), "train: expected at least one batch of 5 rows, got 3");
    await rejects(
      gan(engine, config).train(waves(9), { ...few, epochs: 0 }),
      "train: expected `epochs` as an integer of at least 1, got 0",
    );
    await rejects(
      waeMmd(engine, config).train(waves(9), { ...few, batch: 1 }),
      "mmd: expected at least two rows, got 1",
    );
    throws(() => wganGp(engine, { ...config, width: 3 }), "wganGp: expected images of at least 4 × 4 pixels");
    assert.is(engine.memory().inUse, before);
  },

  async "WGAN-GP improves the generator on every fifth batch, GAN on every one; a last short interval is told too"() {
    const told = async (system: ReturnType<typeof gan>): Promise<readonly (readonly [number, boolean])[]> => {
      const steps: (readonly [number, boolean])[] = [];
      const trained = await system.train(waves(28), {
        epochs: 3,
        batch: 8,
        seed: 1,
        every: 2,
        onProgress: ({ step, steps: of, losses }) => {
          assert.is(of, 9);
          steps.push([step, "generator" in losses]);
        },
      });
      trained.dispose();
      return steps;
    };
    assert.equal(await told(wganGp(engine, config)), [
      [2, false],
      [4, false],
      [6, true],
      [8, false],
      [9, false],
    ]);
    assert.ok((await told(gan(engine, config))).every(([, generator]) => generator));
  },
});

describe("sampleBlocks", {
  async "gives rows by number from whole blocks, each made once"() {
    const made: number[] = [];
    const rows = await sampleBlocks(engine, { count: 9, seed: 1, first: 6 }, 4, async (first) => {
      made.push(first);
      // two values in a row
      return Float32Array.from({ length: 8 }, (_, i) => first + Math.floor(i / 2));
    });
    assert.equal(made, [4, 8, 12]);
    assert.equal([...rows], [6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14]);
  },

  async "refuses numbers that are no integers"() {
    for (const draw of [{ count: 1.5 }, { count: 1, first: -1 }, { count: Number.NaN }]) {
      await rejects(
        sampleBlocks(engine, { seed: 1, ...draw }, 4, async () => new Float32Array(4)),
        "expected integers `count` from 1 and `first` from 0",
      );
    }
  },
});
