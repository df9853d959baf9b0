import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { DataError } from "../../src/formats/error.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../../src/run/checkpoint.ts";
import { checkpointsIn, readCheckpoint, removeTemporaries, writeCheckpoint } from "../../src/run/checkpoints.ts";
import { inFolder } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const numbers = (count: number, scale: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => scale * Math.sin(i + scale));

/** One in the middle of the transport, with all kinds of values. */
const example = (step = 12): Checkpoint => {
  const learned = {
    parameters: Float32Array.from(numbers(300, 2)),
    mean: Float32Array.from(numbers(5, 1)),
    variance: Float32Array.from(numbers(5, 3)),
    layers: { conv1: { mean: Float32Array.from(numbers(8, 1)), variance: Float32Array.from(numbers(8, 2)) } },
    sharpening: Math.fround(1.3),
    trainingLoss: 0.1 + 0.2,
    reconstructionMse: 1e-3,
  };
  const heights = numbers(40, 0.1);
  heights[3] = Number.NEGATIVE_INFINITY;
  const descent = {
    flips: 0 as const,
    iteration: 7,
    of: 300,
    batch: 1024,
    lr: 0.3,
    seed: 2 ** 53 - 1,
    first: 2 ** 40,
    heights,
    mean: numbers(40, 1e-300),
    square: numbers(40, 1e300),
    sum: numbers(40, 5),
  };
  const evaluation = {
    chi2: -0.01,
    sd: 0.02,
    z: -0.5,
    l1: 0.1,
    l1Floor: 0.09,
    worst: Number.POSITIVE_INFINITY,
    worstFloor: 0.2,
    empty: 1,
    samples: 4096,
  };
  const solver = {
    round: 1,
    steps: 300,
    otherSamples: 4096,
    alpha: Number.NaN,
    inflation: 1,
    descent,
    best: { heights, evaluation },
    estimate: { evaluation, empty: [3] },
  };
  return {
    state: { stage: "transport", learned, solver },
    step,
    logBytes: 123,
    seconds: { autoencoder: 1.25 },
    memory: { autoencoder: { inUse: 1000, peak: 2000 } },
    audit: { seq: 5, bytes: 700, chain: "ab" },
    origin: { brenier: "0", config: "1" },
  };
};

describe("checkpoint", {
  "it comes back as it was, NaN, infinities and the smallest bits included"() {
    const bytes = encodeCheckpoint(example());
    assert.equal(decodeCheckpoint(bytes, "c"), example());
    assert.equal(encodeCheckpoint(decodeCheckpoint(bytes, "c")), bytes);
    const training = {
      step: 3,
      epochDrawn: 40,
      drawn: 45,
      losses: { loss: [0.1, Math.fround(0.1)] },
      optimizers: {
        autoencoder: {
          parameters: Float32Array.of(1, -0),
          adam: { steps: 3, mean: Float32Array.of(1e-45, 2), square: Float32Array.of(3, 4) },
        },
      },
    };
    const other: Checkpoint = { ...example(), state: { stage: "autoencoder", training, trainingLoss: Number.NaN } };
    const read = decodeCheckpoint(encodeCheckpoint(other), "c");
    assert.equal(read, other);
    assert.ok(
      read.state.stage === "autoencoder" &&
        Object.is(read.state.training?.optimizers["autoencoder"]?.parameters[1], -0),
      "the sign of zero",
    );
  },

  "a flipped byte is found at every 64th position, and each of its bits at some (seed 1)"() {
    const bytes = encodeCheckpoint(example());
    const refused = (at: number, mask: number): void => {
      const wrong = Uint8Array.from(bytes);
      wrong[at] = (wrong[at] as number) ^ mask;
      try {
        decodeCheckpoint(wrong, "c");
      } catch (error) {
        assert.ok(error instanceof DataError, `byte ${at}: ${error}`);
        assert.not.match(error.message, "\n");
        return;
      }
      assert.unreachable(`byte ${at}, bits ${mask}: not found`);
    };
    for (let at = 0; at < bytes.length; at += 64) refused(at, 0xff);
    const place = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }));
    fc.assert(
      fc.property(place, ([at, bit]) => refused(at, 1 << bit)),
      { numRuns: 300, seed: 1, includeErrorInReport: true },
    );
    for (let end = 0; end < bytes.length; end += 64) {
      assert.throws(
        () => decodeCheckpoint(bytes.subarray(0, end), "c"),
        (error: unknown) => error instanceof DataError,
      );
    }
  },

  "the last ones stay, the newest whole one is read, and what killed writers left goes": () =>
    inFolder((folder) => {
      const told: string[] = [];
      const tell = (line: string): void => void told.push(line);
      assert.is(readCheckpoint(folder, tell), undefined);
      for (const step of [5, 99_999_999, 100_000_000, 7]) writeCheckpoint(folder, example(step), 3);
      const names = () => checkpointsIn(folder).map((path) => path.slice(folder.length + 1));
      assert.equal(
        names(),
        [100_000_000, 99_999_999, "00000007"].map((n) => `checkpoint-${n}.safetensors`),
      );
      assert.equal(readCheckpoint(folder, tell)?.checkpoint.step, 100_000_000);
      assert.equal(told, []);
      for (const [i, path] of checkpointsIn(folder).entries()) {
        if (i === 2) break;
        const bytes = readFileSync(path);
        writeFileSync(path, i === 0 ? bytes.subarray(0, bytes.length / 2) : new Uint8Array(0));
      }
      assert.equal(readCheckpoint(folder, tell)?.checkpoint.step, 7);
      assert.is(told.length, 2);
      assert.match(told[0] as string, /^damaged checkpoint: .*checkpoint-100000000.*; going back to the one before$/);
      assert.equal(names(), ["checkpoint-00000007.safetensors"]);
      copyFileSync(checkpointsIn(folder)[0] as string, join(folder, "mine.safetensors"));
      for (const name of [".a.json.12.0a1b2c3d.tmp", ".run.lock.12.tmp", "note.tmp", ".hidden"]) {
        writeFileSync(join(folder, name), "");
      }
      removeTemporaries(folder);
      assert.equal(readdirSync(folder).sort(), [
        ".hidden",
        "checkpoint-00000007.safetensors",
        "mine.safetensors",
        "note.tmp",
      ]);
      writeFileSync(checkpointsIn(folder)[0] as string, "");
      throws(() => readCheckpoint(folder, tell), "expected a whole checkpoint, got 1 damaged; remove them");
      assert.is(names().length, 1);
    }),

  "one that cannot be read is no damaged one: it stays, and so do those that follow it": () =>
    inFolder((folder) => {
      writeCheckpoint(folder, example(1), 2);
      writeFileSync(join(folder, "checkpoint-00000003.safetensors"), "damaged");
      mkdirSync(join(folder, "checkpoint-00000002.safetensors"));
      const before = readdirSync(folder);
      throws(() => readCheckpoint(folder, () => undefined), "checkpoint-00000002.safetensors, got a folder");
      assert.equal(readdirSync(folder), before);
    }),

  "a folder where nothing can be written keeps what it has": () =>
    inFolder((folder) => {
      const path = writeCheckpoint(folder, example(1), 1);
      mkdirSync(join(folder, "checkpoint-00000002.safetensors"));
      throws(() => writeCheckpoint(folder, example(2), 1), "write: cannot write");
      assert.ok(existsSync(path));
      assert.equal(decodeCheckpoint(readFileSync(path), "c"), example(1));
      assert.equal(readdirSync(folder).length, 2);
    }),
});
