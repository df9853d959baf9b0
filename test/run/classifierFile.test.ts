import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { createClassifier, initClassifierParameters } from "../../src/metrics/classifier.ts";
import { classify, pixelSource } from "../../src/metrics/classify.ts";
import { loadClassifier, saveClassifier } from "../../src/run/classifierFile.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const engine = await testEngine();
const folder = mkdtempSync(join(tmpdir(), "brenier-classifier-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "judge.safetensors");
const config = { height: 8, width: 8, channels: 1, classes: 3 };
const model = createClassifier(engine, config, initClassifierParameters(config, 1));
await saveClassifier(path, model);

describe("classifierFile", {
  async "a classifier read back says the same, bit for bit"() {
    const images = pixelSource(
      Float32Array.from({ length: 5 * 64 }, (_, i) => ((i * 37) % 101) / 101),
      5,
    );
    const [before, after] = [
      await classify(model, images),
      await classify(loadClassifier(path, engine, config), images),
    ];
    assert.equal(after.probabilities, before.probabilities);
    assert.ok(before.probabilities.some((p) => Math.abs(p - 1 / 3) > 1e-3));
  },
  "another number of classes and a missing file are refused by name"() {
    throws(
      () => loadClassifier(path, engine, { ...config, classes: 4 }),
      "expected `dense2.w` as float32 [128, 4], got [128, 3]",
    );
    throws(() => loadClassifier(join(folder, "none"), engine, config), "none");
  },
});
