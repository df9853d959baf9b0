// The main job with `--network dcgan` from end to end, through its command line, on 40 pictures of
// 12 × 12 pixels.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { readNpy } from "../../src/formats/npy.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
const path = (...names: string[]): string => join(folder, ...names);
const flags = [
  "--data",
  "images",
  "--network",
  "dcgan",
  "--epochs",
  "1",
  "--batch",
  "9",
  "--latent",
  "3",
  "--chi2",
  "0.5",
  "--samples",
  "9",
  "--seed",
  "1",
];
const train = (...args: string[]) => command(folder, "train", args);

describe("train --network dcgan", {
  async "trains, says so in config.json, and keeps the layers' moments beside their weights"() {
    const { code, err } = await train(...flags, "--checkpoint", "100", "--keep", "all", "--out", "run");
    assert.is(code, 0, err);
    const { model } = JSON.parse(readFileSync(path("run", "config.json"), "utf8"));
    assert.equal(model, { height: 12, width: 12, channels: 1, latent: 3, network: "dcgan" });
    const { tensors } = decodeSafetensors(readFileSync(path("run", "model.safetensors")), "model");
    for (const [name, length] of [["conv1", 64] as const, ["conv3", 256] as const, ["undense1", 256] as const]) {
      assert.equal(tensors.get(`${name}.mean`)?.shape, [length]);
      assert.equal(tensors.get(`${name}.variance`)?.shape, [length]);
    }
  },

  async "generate draws the run's samples again"() {
    const { code, err } = await command(folder, "generate", ["run", "--count", "9", "--out", "grid.png"]);
    assert.is(code, 0, err);
    assert.ok(readFileSync(path("grid.png")).equals(readFileSync(path("run", "samples.png"))));
    assert.is((await command(folder, "generate", ["run", "--count", "2", "--out", "two.npy"])).code, 0);
    assert.equal(readNpy(readFileSync(path("two.npy")), "two.npy").shape, [2, 12, 12, 1]);
  },

  async "a checkpoint of the transport holds the moments: resumed from it, the run ends with the same bytes"() {
    cpSync(path("run"), path("resumed"), { recursive: true });
    const checkpoints = readdirSync(path("run")).filter((name) => name.startsWith("checkpoint-"));
    assert.ok(checkpoints.length >= 3, `${checkpoints}`);
    const results = [
      "model.safetensors",
      "transport.safetensors",
      "generator.safetensors",
      "samples.png",
      "summary.json",
    ];
    for (const name of [...results, ...checkpoints.sort().slice(2)]) rmSync(path("resumed", name));
    const { code, err } = await train("--resume", "resumed");
    assert.is(code, 0, err);
    for (const name of results)
      assert.ok(readFileSync(path("resumed", name)).equals(readFileSync(path("run", name))), `${name} differs`);
  },

  async "an unknown network, and pictures too small for it, are one line"() {
    const unknown = await train(...flags.with(3, "resnet"), "--out", "never");
    assert.match(unknown.err, /^train: --network: expected small or dcgan or pca, got resnet; see --help\n$/);
    assert.is(unknown.code, 2);
    mkdirSync(path("specks"));
    for (let n = 0; n < 12; n++) {
      const pixels = new Uint8Array(42).fill(20 * n);
      writeFileSync(path("specks", `${n}.png`), encodePng({ height: 6, width: 7, channels: 1, pixels }));
    }
    const small = await train(...flags.with(1, "specks"), "--out", "never");
    assert.is(small.err, "train: specks: expected images of at least 8 × 8 pixels for the network dcgan, got 6 × 7\n");
    assert.is(small.code, 4);
    const config = path("resumed", "config.json");
    writeFileSync(config, readFileSync(config, "utf8").replace('"dcgan"', '"resnet"'));
    const refused = await command(folder, "generate", ["resumed", "--out", "never.npy"]);
    assert.is(
      refused.err,
      'generate: config: resumed/config.json: expected `model.network` as small or dcgan or pca, got "resnet"\n',
    );
    assert.is(refused.code, 4);
  },
});
