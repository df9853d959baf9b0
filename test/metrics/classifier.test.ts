import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { dispose } from "../../src/kernels/dispose.ts";
import {
  classifierFeatures,
  classifierLogits,
  createClassifier,
  FEATURES,
  initClassifierParameters,
} from "../../src/metrics/classifier.ts";
import { accuracy, classify, pixelSource } from "../../src/metrics/classify.ts";
import { stackedImages, stackedScores } from "../../src/metrics/stacked.ts";
import { trainClassifier } from "../../src/metrics/trainClassifier.ts";
import { moveImages } from "../../src/models/training/moveImages.ts";
import type { Training, TrainingState, TrainOptions } from "../../src/models/training/training.ts";
import { testEngine } from "../support/device.ts";
import { digits } from "../support/digits.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";

const engine = await testEngine();
const config = { height: 28, width: 28, channels: 1, classes: 10 };
const source = (count: number, skip = 0) =>
  pixelSource(
    Float32Array.from(digits(count + skip).subarray(784 * skip), (p) => p / 255),
    count,
  );
const labelsOf = (count: number, skip = 0) => Array.from({ length: count }, (_, i) => (i + skip) % 10);
const make = (seed = 1) => createClassifier(engine, config, initClassifierParameters(config, seed));

/** Classes of 8 × 8 pictures: is the left or the right half bright? */
const halves = { height: 8, width: 8, channels: 1, classes: 2 };
const half = (n: number): Float32Array =>
  Float32Array.from({ length: 64 }, (_, i) => (i % 8 < 4 === (n % 2 === 0) ? 0.6 + 0.1 * (n % 4) : 0.1));
const halfSource = (count: number) =>
  pixelSource(
    Float32Array.from({ length: 64 * count }, (_, i) => half(Math.floor(i / 64))[i % 64] as number),
    count,
  );
async function trainedHalves() {
  const model = createClassifier(engine, halves, initClassifierParameters(halves, 1));
  const labels = Array.from({ length: 40 }, (_, n) => n % 2);
  await trainClassifier(model, { images: halfSource(40), labels }, { epochs: 20, batch: 10, seed: 1 });
  return model;
}

describe("classifier", {
  async "hand-computed: with no weights, probabilities are the softmax of the last bias and features 0"() {
    const values = initClassifierParameters(config, 1);
    const bias = Float32Array.from({ length: 10 }, (_, k) => Math.log(k + 1));
    const zeros = Object.entries(values).map(([name, { shape, values: w }]) => [
      name,
      { shape, values: name === "dense2.b" ? bias : new Float32Array(w.length) },
    ]);
    const { probabilities, features, labels } = await classify(
      createClassifier(engine, config, Object.fromEntries(zeros)),
      source(3),
    );
    for (let i = 0; i < 30; i++) assert.ok(Math.abs((probabilities[i] as number) - ((i % 10) + 1) / 55) < 1e-6);
    assert.equal([...labels], [9, 9, 9]);
    assert.equal([features.count, features.dimension], [3, FEATURES]);
    assert.ok(features.values.every((v) => v === 0));
  },
  async "hand-computed in colour: ones and a mean over each place's neighbours, added before the dense layers"() {
    const shape = { height: 16, width: 16, channels: 3, classes: 2 };
    const [side, channels] = [4, 128];
    const values = initClassifierParameters(shape, 1);
    const places = [0, 1, side + 1]; // a corner, an edge, the middle
    const weights: Readonly<Record<string, (i: number) => number>> = {
      "conv2.b": () => 1,
      "conv3.w": () => 1 / (9 * channels),
      // feature f is channel f at place f
      "dense1.w": (i) => (places.findIndex((at, f) => i === (at * channels + f) * FEATURES + f) < 0 ? 0 : 1),
    };
    const made = Object.entries(values).map(([name, { shape: own, values: w }]) => [
      name,
      { shape: own, values: Float32Array.from(w, (_, i) => weights[name]?.(i) ?? 0) },
    ]);
    const model = createClassifier(engine, shape, Object.fromEntries(made));
    const { features } = await classify(model, pixelSource(new Float32Array(16 * 16 * 3), 1));
    const expected = [1 + 4 / 9, 1 + 6 / 9, 2];
    for (const [f, value] of expected.entries())
      assert.ok(Math.abs((features.values[f] as number) - value) < 1e-5, `${features.values[f]} is not ${value}`);
    assert.ok(features.values.subarray(3).every((v) => v === 0));
    model.dispose();
  },
  async "learns digits to 95 % on others, and leaves the memory as it was"() {
    const model = make();
    const before = engine.memory().inUse;
    const losses: number[] = [];
    await trainClassifier(
      model,
      { images: source(400), labels: labelsOf(400) },
      { epochs: 4, batch: 20, seed: 1, shift: 1, onProgress: (at) => losses.push(at.losses["loss"] as number) },
    );
    const { labels, probabilities, features } = await classify(model, source(260, 400));
    assert.is(engine.memory().inUse, before);
    assert.ok((losses.at(-1) as number) < 0.3 * (losses[0] as number), `${losses}`);
    const share = accuracy(labels, labelsOf(260, 400));
    assert.ok(share >= 0.95, `accuracy ${share}`);
    for (let n = 0; n < 260; n++) {
      const row = probabilities.subarray(10 * n, 10 * n + 10);
      assert.ok(Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-5);
      assert.is(row[labels[n] as number], Math.max(...row));
    }
    assert.ok(features.values.every((v) => v >= 0) && features.values.some((v) => v > 0));
    // batches change nothing: image 257 alone has the features that it has among 260
    const alone = engine.scope(() =>
      classifierFeatures(model, engine.tensor(source(260, 400).batch([257]), [1, 28, 28, 1])),
    );
    const own = await engine.read(alone);
    for (let k = 0; k < FEATURES; k++) {
      const v = features.values[257 * FEATURES + k] as number;
      assert.ok(Math.abs((own[k] as number) - v) <= 1e-4 * (1 + v));
    }
    const logits = engine.scope(() => classifierLogits(model, alone));
    assert.equal(logits.shape, [1, 10]);
    dispose(alone, logits);
  },
  async "equal seeds give equal bits, another seed gives others"() {
    const weights = async (seed: number): Promise<Uint8Array> => {
      const model = make();
      await trainClassifier(
        model,
        { images: source(40), labels: labelsOf(40) },
        { epochs: 2, batch: 10, seed, shift: 2, mirror: true },
      );
      return new Uint8Array((await engine.read(model.parameters.named["dense1.w"])).buffer);
    };
    const first = await weights(1);
    assert.equal(await weights(1), first);
    assert.not.equal(await weights(2), first);
  },
  async "stopped at any step and taken up from its state, moves and all, it ends with the same bits (seed 1, 3 cuts)"() {
    const bitsOf = async (more: Partial<TrainOptions>): Promise<Uint8Array> => {
      const model = make();
      const options = { epochs: 3, batch: 10, seed: 4, shift: 2, mirror: true, every: 3 };
      await trainClassifier(model, { images: source(25), labels: labelsOf(25) }, { ...options, ...more });
      return new Uint8Array((await engine.read(model.parameters.flat)).buffer);
    };
    const whole = await bitsOf({});
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 6 }), async (cut) => {
        const states: TrainingState[] = [];
        const onStep = async (training: Training): Promise<void> => {
          if (training.step !== cut) return;
          states.push(await training.save());
          throw new Error("stopped");
        };
        await rejects(bitsOf({ onStep }), "stopped");
        assert.equal(await bitsOf({ from: states[0] as TrainingState }), whole, `cut at ${cut}`);
      }),
      { numRuns: 3, seed: 1, includeErrorInReport: true },
    );
  },
  "images are moved and mirrored one by one"() {
    const two = Float32Array.of(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6);
    const moves = [
      { down: 1, right: 0, mirrored: false },
      { down: 0, right: -1, mirrored: true },
    ];
    const draw = () => moves.shift() as (typeof moves)[0];
    const moved = moveImages(two, { height: 2, width: 3, channels: 1 }, draw);
    assert.equal([...moved], [0, 0, 0, 1, 2, 3, 2, 1, 0, 5, 4, 0]);
    const colours = moveImages(Float32Array.of(1, 2, 3, 4, 5, 6), { height: 1, width: 2, channels: 3 }, () => ({
      down: 0,
      right: 0,
      mirrored: true,
    }));
    assert.equal([...colours], [4, 5, 6, 1, 2, 3]);
  },
  async "what cannot be learnt or classified is refused"() {
    const options = { epochs: 1, batch: 10, seed: 1 };
    const train = (count: number, labels: readonly number[]) =>
      trainClassifier(make(), { images: source(count), labels }, options);
    await rejects(train(9, labelsOf(9)), "train: expected at least one batch of 10 rows, got 9");
    await rejects(train(10, labelsOf(9)), "classifier: expected 10 `labels`, one for each, got 9");
    await rejects(train(10, labelsOf(10).with(3, 10)), "expected `labels` from 0 to 9, got 10 at 3");
    await rejects(train(10, labelsOf(10).with(4, Number.NaN)), "got NaN at 4");
    const bad = new Float32Array(3 * 784).fill(Number.NaN, 800, 801);
    await rejects(classify(make(), pixelSource(bad, 3)), "classify: expected finite pixels, got NaN in image 1");
    await rejects(classify(make(), { count: 0, batch: () => new Float32Array() }), "expected at least 1 image, got 0");
    throws(
      () => initClassifierParameters({ ...config, height: 3 }, 1),
      "expected images of at least 4 × 4 pixels and at least 2 classes",
    );
    throws(() => initClassifierParameters({ ...config, classes: 1 }, 1), "got 28 × 28 × 1 and 1");
    throws(() => pixelSource(new Float32Array(10), 3), "expected 3 images of one size, got 10 numbers in all");
    throws(() => accuracy([1, 2], [1]), "accuracy: expected 2 `labels`, one for each, got 1");
    throws(() => accuracy([1, Number.NaN], [1, 1]), "got NaN at 1");
    assert.is(accuracy([1, 2, 3, 4], [1, 2, 3, 3]), 0.75);
  },
});

describe("stacked", {
  async "eight modes of two classes: all of data, and those that are left where two channels never change"() {
    const model = await trainedHalves();
    const scores = await stackedScores(model, stackedImages(halfSource(40), { count: 400, seed: 1 }));
    assert.is(scores.modes, 8);
    assert.is(
      scores.counts.reduce((a, b) => a + b, 0),
      400,
    );
    assert.ok(scores.reverseKl < 7 / 800 + (4 * Math.sqrt(14)) / 800, `KL ${scores.reverseKl}`);
    const fixed = {
      count: 80,
      batch(indices: ArrayLike<number>) {
        return Float32Array.from({ length: 192 * indices.length }, (_, at) => {
          const n = indices[Math.floor(at / 192)] as number;
          const digit = [n % 2, 1, 0][at % 3] as number;
          return half(digit)[Math.floor(at / 3) % 64] as number;
        });
      },
    };
    const { modes, counts, reverseKl } = await stackedScores(model, fixed);
    assert.equal([modes, [...counts]], [2, [0, 0, 40, 0, 0, 0, 40, 0]]);
    assert.ok(Math.abs(reverseKl - Math.log(4)) < 1e-14);
  },
  async "pictures keep their digits, one per channel, however they are asked for"() {
    const pictures = stackedImages(source(10), { count: 5, seed: 3 });
    const all = pictures.batch([0, 1, 2, 3, 4]);
    assert.equal(
      pictures.batch([3, 1]),
      Float32Array.from([...all.subarray(3 * 2352, 4 * 2352), ...all.subarray(2352, 2 * 2352)]),
    );
    const known = new Set(labelsOf(10).map((n) => source(10).batch([n]).join()));
    for (const c of [0, 1, 2]) assert.ok(known.has(all.filter((_, i) => i < 2352 && i % 3 === c).join()));
  },
  async "too few pictures, and a classifier of colours, are refused"() {
    await rejects(
      stackedScores(make(), { ...source(1), count: 9999 }),
      "stackedScores: expected at least 10000 pictures, got 9999",
    );
    const colour = { ...halves, channels: 3 };
    const model = createClassifier(engine, colour, initClassifierParameters(colour, 1));
    await rejects(stackedScores(model, halfSource(100)), "expected a classifier of 1 channel, got 3");
    await rejects(stackedScores(await trainedHalves(), halfSource(100)), "expected 192 numbers a picture, got 64");
  },
});
