// The main job on the other sets that can be fetched, a few images of each.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { cifarBin } from "../datasets/fixture.ts";
import { command } from "../support/command.ts";
import { writeDigits } from "../support/digits.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-sets-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
writeDigits(folder, 60, 20, "fashion");
const cifar = join(folder, "data", "cifar10");
mkdirSync(cifar);
const labels = Array.from({ length: 12 }, (_, i) => i % 10);
for (const n of [1, 2, 3, 4, 5]) writeFileSync(join(cifar, `data_batch_${n}.bin`), cifarBin(labels));
writeFileSync(join(cifar, "test_batch.bin"), cifarBin(labels));

const small = ["--epochs", "2", "--batch", "20", "--latent", "4", "--chi2", "0.2", "--samples", "4"];

describe("train on other sets", {
  async "fashion and cifar10 by name, each from its own folder"() {
    for (const [name, model] of [
      ["fashion", { height: 28, width: 28, channels: 1, latent: 4, network: "pca" }],
      ["cifar10", { height: 32, width: 32, channels: 3, latent: 4, network: "pca" }],
    ] as const) {
      const { code, err } = await command(folder, "train", [...small, "--data", name, "--out", name]);
      assert.ok(code === 0 || /is complete, but chi²/.test(err), err);
      const config = JSON.parse(readFileSync(join(folder, name, "config.json"), "utf8"));
      assert.equal([config.data, config.limit, config.model], [name, 60, model]);
      assert.ok(JSON.parse(readFileSync(join(folder, name, "summary.json"), "utf8")).reconstructionMse < 1);
    }
    rmSync(cifar, { recursive: true });
    const { code, err } = await command(folder, "train", [...small, "--data", "cifar10", "--out", "x"]);
    assert.is(code, 4);
    assert.match(
      err,
      /^train: cifar10: expected data_batch_1\.bin .*; run `node dist\/data\.js fetch cifar10 --dir data\/cifar10`\n$/,
    );
  },
});
