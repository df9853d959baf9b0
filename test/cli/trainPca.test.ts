// The main job with `--network pca` from end to end, through its command line, on 40 pictures of
// 12 × 12 pixels: recorded, resumed and verified.
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
const path = (...names: string[]): string => join(folder, ...names);
const RESULTS = ["model.safetensors", "transport.safetensors", "samples.png", "summary.json"];
const flags = ["--data", "images", "--network", "pca", "--epochs", "1", "--batch", "9", "--latent", "5"];
const train = (...args: string[]) =>
  command(folder, "train", [...args, ...(args.includes("--resume") ? [] : ["--chi2", "0.5", "--samples", "9"])]);

/** The run in `folder` without the files after its first `kept` checkpoints. */
function cut(copy: string, kept: number): void {
  cpSync(path("run"), path(copy), { recursive: true });
  const checkpoints = readdirSync(path("run")).filter((name) => name.startsWith("checkpoint-"));
  for (const name of [...RESULTS, "timing.json", ...checkpoints.sort().slice(kept)]) rmSync(path(copy, name));
}

const same = (copy: string): void => {
  for (const name of RESULTS)
    assert.ok(readFileSync(path(copy, name)).equals(readFileSync(path("run", name))), `${name} differs`);
};

describe("train --network pca", {
  async "trains at the network's own rate, and its record, which begins with the components, is verified"() {
    // A checkpoint at every chance: the first is of the last pass for the components.
    const { code, err } = await train(
      ...flags,
      "--audit",
      "--checkpoint",
      "0.000001m",
      "--keep",
      "all",
      "--out",
      "run",
    );
    assert.is(code, 0, err);
    const config = JSON.parse(readFileSync(path("run", "config.json"), "utf8"));
    assert.equal(config.model, { height: 12, width: 12, channels: 1, latent: 5, network: "pca" });
    assert.is(config.learningRate, 0.003);
    const { tensors } = decodeSafetensors(readFileSync(path("run", "model.safetensors")), "model");
    assert.equal(tensors.get("linear.w")?.shape, [144, 5]);
    assert.match(readFileSync(path("run", "audit.jsonl"), "utf8"), /"stage":"principal components"/);
    const verified = await command(folder, "audit", ["verify", "run"]);
    assert.is(verified.code, 0, verified.err);
    assert.match(verified.err, /first pass for the principal components checked/);
    assert.match(verified.out, /^verified: [1-9]\d* outputs within their tolerances$/m);
  },

  async "generate draws the run's samples again"() {
    const { code, err } = await command(folder, "generate", ["run", "--count", "9", "--out", "grid.png"]);
    assert.is(code, 0, err);
    assert.ok(readFileSync(path("grid.png")).equals(readFileSync(path("run", "samples.png"))));
  },

  async "resumed from no checkpoint, and from one within the search: the same bytes"() {
    for (const kept of [0, 1]) {
      cut(`resumed${kept}`, kept);
      const { code, err } = await train("--resume", `resumed${kept}`);
      assert.is(code, 0, err);
      same(`resumed${kept}`);
    }
  },

  async "more codes than a picture has values are one line"() {
    const { code, err } = await train(...flags.with(-1, "145"), "--out", "never");
    assert.is(
      err,
      "train: --latent: expected at most 144 for the network pca and images of 12 × 12, got 145; see --help\n",
    );
    assert.is(code, 2);
  },
});
