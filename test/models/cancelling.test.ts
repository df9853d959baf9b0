// Trainings, calibrations and samples end at an aborted signal, and leave nothing behind.
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Signal } from "../../src/kernels/signal.ts";
import {
  createAutoencoder,
  decodeOutputs,
  encode,
  initParameters,
  rawCodes,
} from "../../src/models/autoencoder/autoencoder.ts";
import {
  calibrate,
  createCalibration,
  encodeImages,
  momentsOver,
  readCalibration,
  reconstructImages,
} from "../../src/models/autoencoder/calibrate.ts";
import { learnCodes } from "../../src/models/autoencoder/codes.ts";
import { decodeCodes, generate } from "../../src/models/autoencoder/generator.ts";
import { calibrateSharpening, sharpeningFactor } from "../../src/models/autoencoder/sharpening.ts";
import { trainAutoencoder } from "../../src/models/autoencoder/trainAutoencoder.ts";
import { momentTensors } from "../../src/models/networks/layerMoments.ts";
import type { AutoencoderConfig } from "../../src/models/networks/networks.ts";
import { aeGaussian } from "../../src/models/systems/aeGaussian.ts";
import { aeOt, aeOtPaper } from "../../src/models/systems/aeOt.ts";
import { fitContinuousMap } from "../../src/models/systems/continuousMap.ts";
import { gan, ganObjective } from "../../src/models/systems/gan.ts";
import { planarGan, planarTransport } from "../../src/models/systems/planar.ts";
import { reconstruction } from "../../src/models/systems/reconstruction.ts";
import { type GenerativeSystem, sampleBlocks } from "../../src/models/systems/system.ts";
import { vae } from "../../src/models/systems/vae.ts";
import { waeMmd } from "../../src/models/systems/waeMmd.ts";
import { wganGp } from "../../src/models/systems/wganGp.ts";
import type { ImageSource, TrainingState } from "../../src/models/training/training.ts";
import { createMap } from "../../src/ot/map/map.ts";
import { points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { checkCancelling } from "../support/cancelling.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";

const engine = await testEngine();
const config: AutoencoderConfig = { height: 4, width: 4, channels: 1, latent: 3 };
const deep: AutoencoderConfig = { height: 8, width: 8, channels: 1, latent: 3, network: "dcgan" };

/** Waves, each image with its own; `onBatch` is told of each batch. */
const waves = (count: number, { height, width }: AutoencoderConfig, onBatch = (): void => undefined): ImageSource => ({
  count,
  batch(indices) {
    onBatch();
    const size = height * width;
    return Float32Array.from({ length: size * indices.length }, (_, i) => {
      const n = indices[Math.floor(i / size)] as number;
      return 0.5 + 0.5 * Math.sin((i % size) * (1 + (n % 7)) + n);
    });
  },
});
const many = waves(600, config);
const few = waves(24, config);

const open = (of: AutoencoderConfig) => createAutoencoder(engine, of, initParameters(of, 1));
const model = open(config);
const calibration = createCalibration(engine, {
  mean: new Float32Array(3),
  variance: new Float32Array(3).fill(1),
  layers: {},
  sharpening: 1,
});
const codes = Float32Array.from({ length: 3 * 600 }, (_, i) => Math.sin(i));

describe("cancelling a training", {
  async "the step under way is finished, onStep saves it, and the rest ends with the same bits (seed 1, 5 cuts)"() {
    const options = { epochs: 2, batch: 8, seed: 3, every: 2 };
    const before = engine.memory().inUse;
    const train = async (images: ImageSource, more: object): Promise<TrainingState> => {
      const learnt = open(config);
      return trainAutoencoder(learnt, images, { ...options, ...more }).finally(() => learnt.dispose());
    };
    const whole = await train(few, {});
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (cut) => {
        const controller = new AbortController();
        const reason = new Error("enough");
        let batches = 0;
        const stopping = waves(24, config, () => {
          if (++batches === cut) controller.abort(reason); // in the middle of step number `cut`
        });
        const steps: number[] = [];
        let saved: TrainingState | undefined;
        const thrown = await train(stopping, {
          signal: controller.signal,
          async onStep(training: { readonly step: number; save(): Promise<TrainingState> }) {
            steps.push(training.step);
            if (controller.signal.aborted) saved = await training.save();
          },
        }).then(
          () => undefined,
          (error: unknown) => error,
        );
        assert.is(thrown, reason);
        assert.is(engine.memory().inUse, before, "bytes in use");
        assert.is(steps.at(-1), cut);
        assert.is(saved?.step, cut);
        assert.equal(await train(few, { from: saved }), whole, `cut at ${cut} of 6`);
      }),
      { numRuns: 5, seed: 1, includeErrorInReport: true, examples: [[6]] },
    );
  },

  async "events are dealt with between steps: a timer ends a training of 20,000 steps"() {
    const controller = new AbortController();
    const reason = new Error("in time");
    const timer = setTimeout(() => controller.abort(reason), 30);
    let steps = 0;
    const learnt = open(config);
    const thrown = await trainAutoencoder(learnt, few, {
      epochs: 20_000,
      batch: 24,
      seed: 1,
      every: 20_000, // nothing is read meanwhile
      signal: controller.signal,
      onStep: () => void steps++,
    }).catch((error: unknown) => error);
    clearTimeout(timer);
    learnt.dispose();
    assert.is(thrown, reason);
    assert.ok(steps < 20_000, `${steps} steps`);
  },

  async "an abort during onStep takes effect after the next step, whose onStep sees it"() {
    const controller = new AbortController();
    const seen: (readonly [number, boolean])[] = [];
    const learnt = open(config);
    await trainAutoencoder(learnt, few, {
      epochs: 1,
      batch: 8,
      seed: 1,
      signal: controller.signal,
      onStep({ step }) {
        seen.push([step, controller.signal.aborted]);
        if (step === 1) controller.abort(new Error("late"));
      },
    }).catch(() => undefined);
    learnt.dispose();
    assert.equal(seen, [
      [0, false],
      [1, false],
      [2, true],
    ]);
  },

  learnCodes: () =>
    checkCancelling(engine, async (signal) => {
      const learnt = await learnCodes(engine, config, few, { epochs: 1, batch: 8, seed: 1, signal });
      learnt.dispose();
      return learnt.values;
    }),

  async "fitContinuousMap, and its map of many points"() {
    const plane = (shift: number) =>
      points(
        "plane",
        Float32Array.from({ length: 80 }, (_, i) => Math.sin(i + shift)),
        2,
      );
    const fit = (signal?: Signal) =>
      fitContinuousMap(engine, plane(0), plane(1), { hidden: 8, epochs: 2, batch: 20, seed: 1, signal });
    await checkCancelling(engine, async (signal) => {
      const map = await fit(signal);
      const y = await map.at(Float32Array.of(1, 2));
      map.dispose();
      return y;
    });
    const map = await fit();
    const x = Float32Array.from({ length: 2 * 9000 }, (_, i) => Math.sin(i));
    await checkCancelling(engine, (signal) => map.at(x, { signal }));
    map.dispose();
  },
});

describe("cancelling what follows a training", {
  calibrate: () =>
    checkCancelling(engine, async (signal) => {
      const own = await calibrate(model, many, { signal });
      const values = await readCalibration(engine, own);
      own.dispose();
      return values;
    }),

  async "calibrate with batch norm between layers, and the moments alone"() {
    const normed = open(deep);
    const images = waves(260, deep);
    await checkCancelling(engine, async (signal) => {
      const own = await calibrate(normed, images, { signal });
      const values = await readCalibration(engine, own);
      own.dispose();
      return values;
    });
    await checkCancelling(engine, async (signal) => {
      const layers = await momentsOver(normed, images, (x, normalise) => rawCodes(normed, x, normalise), { signal });
      const mean = await engine.read(momentTensors(layers)[0] as ReturnType<typeof engine.tensor>);
      dispose(...momentTensors(layers));
      return mean;
    });
    normed.dispose();
  },

  async "the sharpening factor, of logits and of images"() {
    const logits = (signal: Signal) =>
      calibrateSharpening(model, many, (x) => decodeOutputs(model, encode(model, x, calibration)), { signal });
    await checkCancelling(engine, logits);
    const l = codes.map((v) => 5 * v);
    const pixels = codes.map((v) => (v + 1) / 2);
    await checkCancelling(engine, (signal) => sharpeningFactor(engine, l, pixels, { signal }));
  },

  async "encodeImages, reconstructImages and decodeCodes"() {
    await checkCancelling(engine, (signal) => encodeImages(model, calibration, many, { signal }));
    await checkCancelling(engine, (signal) => reconstructImages(model, calibration, many, { count: 510, signal }));
    await checkCancelling(engine, (signal) => decodeCodes(model, calibration, codes, { signal }));
  },

  async generate() {
    const problem = createProblem(points("codes", codes, 3));
    const map = createMap(engine, problem, new Float64Array(600));
    const generator = { model, calibration, map, rule: { name: "facet" } } as const;
    await checkCancelling(engine, (signal) => generate(generator, { count: 600, seed: 1, signal }));
    map.dispose();
  },

  sampleBlocks: () =>
    checkCancelling(engine, (signal) =>
      sampleBlocks(engine, { count: 9, seed: 1, first: 6, signal }, 4, async (first) =>
        new Float32Array(4).fill(first),
      ),
    ),
});

const rows: ImageSource = {
  count: 48,
  batch: (indices) => Float32Array.from(Array.from(indices).flatMap((n) => [Math.cos(n), Math.sin(n)])),
};
const SYSTEMS: readonly (readonly [system: GenerativeSystem, data: ImageSource])[] = [
  [aeOt(engine, config), few],
  [aeOtPaper(engine, config, { angle: 3, paper: { lr: 0.1, batch: 2000, iterations: 50 } }), few],
  [aeGaussian(engine, config), few],
  [reconstruction(engine, config, many), few],
  [vae(engine, config), few],
  [vae(engine, deep), waves(24, deep)],
  [waeMmd(engine, config), few],
  [gan(engine, deep), waves(24, deep)],
  [wganGp(engine, config), few],
  [planarGan(engine, ganObjective, { hidden: 8 }), rows],
  [planarTransport(engine), rows],
];

describe("cancelling systems", {
  ...Object.fromEntries(
    SYSTEMS.map(([system, data], number) => [
      `${number + 1}: ${system.name} trains and samples`,
      async () => {
        const options = { epochs: 1, batch: 8, seed: 3 };
        await checkCancelling(engine, async (signal) => {
          const trained = await system.train(data, { ...options, signal });
          const sample = await trained.sample({ count: 3, seed: 1 });
          trained.dispose();
          return sample;
        });
        const trained = await system.train(data, options);
        await checkCancelling(engine, (signal) => trained.sample({ count: 520, seed: 1, first: 7, signal }));
        trained.dispose();
      },
    ]),
  ),
});
