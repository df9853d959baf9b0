// Every system of pictures trains, reproduces its bits and numbers its samples.
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { AutoencoderConfig } from "../../../src/models/networks/networks.ts";
import { aeGaussian } from "../../../src/models/systems/aeGaussian.ts";
import { aeOt, aeOtPaper } from "../../../src/models/systems/aeOt.ts";
import { gan } from "../../../src/models/systems/gan.ts";
import { reconstruction } from "../../../src/models/systems/reconstruction.ts";
import type { GenerativeSystem } from "../../../src/models/systems/system.ts";
import { vae } from "../../../src/models/systems/vae.ts";
import { waeMmd } from "../../../src/models/systems/waeMmd.ts";
import { wganGp } from "../../../src/models/systems/wganGp.ts";
import type {
  ImageSource,
  Training,
  TrainingState,
  TrainOptions,
  TrainProgress,
} from "../../../src/models/training/training.ts";
import type { Engine } from "../../../src/tensor/engine.ts";
import { testEngine } from "../../support/device.ts";
import { digits } from "../../support/digits.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";

const engine = await testEngine();
const config: AutoencoderConfig = { height: 14, width: 14, channels: 1, latent: 6 };

/** Seven-segment digits at half their size: means of 2 × 2 pixels. */
function small(count: number): ImageSource {
  const bytes = digits(count);
  const image = (n: number): Float32Array =>
    Float32Array.from({ length: 196 }, (_, i) => {
      const at = n * 784 + 56 * Math.floor(i / 14) + 2 * (i % 14);
      return [0, 1, 28, 29].reduce((sum, step) => sum + (bytes[at + step] as number) / 1020, 0);
    });
  return {
    count,
    batch(indices) {
      const all = new Float32Array(indices.length * 196);
      Array.from(indices).forEach((n, i) => {
        all.set(image(n), 196 * i);
      });
      return all;
    },
  };
}
const images = small(60);

interface Expected {
  readonly make: (engine: Engine, config: AutoencoderConfig) => GenerativeSystem;
  /** The loss that is watched. */
  readonly loss: string;
  /** What its mean over the last 10 of 30 steps must be below, given that over the first 10. */
  readonly bound: (first: number) => number;
}
const most = (first: number): number => 0.8 * first;
const SYSTEMS: readonly Expected[] = [
  { make: aeOt, loss: "loss", bound: most },
  {
    make: (e, c) => aeOtPaper(e, c, { angle: 3, paper: { lr: 0.1, batch: 2000, iterations: 100 } }),
    loss: "loss",
    bound: most,
  },
  { make: aeGaussian, loss: "loss", bound: most },
  { make: (e, c) => reconstruction(e, c, small(30)), loss: "loss", bound: most },
  { make: vae, loss: "loss", bound: most },
  { make: waeMmd, loss: "loss", bound: most },
  { make: gan, loss: "discriminator", bound: most },
  { make: wganGp, loss: "critic", bound: (first) => first - 1 },
];

const bits = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Keeps the state before a step, and stops there. */
const stopAfter = (cut: number, states: TrainingState[]) => async (training: Training) => {
  if (training.step !== cut) return;
  states.push(await training.save());
  throw new Error("stopped");
};

for (const { make, loss, bound } of SYSTEMS) {
  const system = make(engine, config);
  describe(system.name, {
    async "trains: losses fall; samples go by number; equal seeds give equal bits; nothing stays on the device"() {
      const before = engine.memory().inUse;
      const run = async (): Promise<{ readonly progress: TrainProgress[]; readonly sample: Float32Array }> => {
        const progress: TrainProgress[] = [];
        const trained = await system.train(images, {
          epochs: 5,
          batch: 10,
          seed: 3,
          onProgress: (at) => void progress.push(at),
        });
        const sample = await trained.sample({ count: 20, seed: 5, first: 7 });
        const [head, tail] = [
          await trained.sample({ count: 5, seed: 5, first: 7 }),
          await trained.sample({ count: 15, seed: 5, first: 12 }),
        ];
        assert.equal(bits(Float32Array.of(...head, ...tail)), bits(sample), "split differently");
        if (!system.name.startsWith("rec"))
          assert.not.equal(await trained.sample({ count: 20, seed: 6, first: 7 }), sample);
        await rejects(trained.sample({ count: 0, seed: 1 }), "expected integers `count` from 1");
        trained.dispose();
        assert.is(engine.memory().inUse, before, "bytes in use");
        return { progress, sample };
      };
      const { progress, sample } = await run();
      assert.equal(
        progress.map(({ step }) => step),
        [10, 20, 30],
      );
      const [first, last] = [progress[0]?.losses[loss] as number, progress.at(-1)?.losses[loss] as number];
      assert.ok(last <= bound(first), `\`${loss}\` went from ${first} to ${last}`);
      for (const { losses } of progress)
        assert.ok(Object.values(losses).every(Number.isFinite), JSON.stringify(losses));
      assert.is(sample.length, 20 * 196);
      assert.ok(sample.every((p) => p >= 0 && p <= 1));
      assert.equal(bits((await run()).sample), bits(sample), "another training with the same seed");
    },

    async "stopped at any step and taken up from its state, it draws the same bits; from its last state too (seed 1, 3 cuts)"() {
      const options = { epochs: 2, batch: 20, seed: 3, every: 2 };
      const sampleOf = async (more: Partial<TrainOptions>): Promise<Uint8Array> => {
        const trained = await system.train(images, { ...options, ...more });
        const sample = await trained.sample({ count: 4, seed: 5 });
        trained.dispose();
        return bits(sample);
      };
      const whole = await sampleOf({});
      const last = 2 * Math.floor(images.count / 20);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: last }), async (cut) => {
          const states: TrainingState[] = [];
          const stop = { ...options, onStep: stopAfter(cut, states) };
          await rejects(system.train(images, stop), "stopped");
          assert.equal(await sampleOf({ from: states[0] as TrainingState }), whole, `cut at ${cut} of ${last}`);
        }),
        { numRuns: 3, seed: 1, includeErrorInReport: true, examples: [[last]] },
      );
    },
  });
}
