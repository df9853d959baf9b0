// The main job on pictures as users have them: photographs of any size, a set prepared of them, and
// arrays in a file.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import * as assert from "uvu/assert";
import { loadPngFolder } from "../../src/datasets/pngFolder.ts";
import { encodeNpy } from "../../src/formats/npy.ts";
import { pixelsOf } from "../datasets/fixture.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
const small = "--epochs 2 --batch 9 --latent 4 --chi2 0.5 --samples 4".split(" ");
const file = (...names: string[]): Buffer => readFileSync(join(folder, ...names));
const train = (...args: string[]) => command(folder, "train", [...small, ...args]);

describe("train on pictures", {
  async "an array in a file is learnt to the same bytes as the same pictures in a folder of PNG files"() {
    const pixels = pixelsOf(await loadPngFolder(join(folder, "images")));
    writeFileSync(join(folder, "bytes.npy"), encodeNpy({ shape: [40, 12, 12], dtype: "|u1", data: pixels }));
    for (const name of ["images", "bytes.npy"]) {
      const { code, err } = await train("--data", name, "--out", `run-${name}/`);
      assert.is(code, 0, err);
      assert.is(JSON.parse(file(`run-${name}`, "config.json").toString()).data, join(folder, name));
    }
    for (const result of ["model.safetensors", "transport.safetensors", "samples.png", "reals.png"])
      assert.ok(file("run-bytes.npy", result).equals(file("run-images", result)), result);
    const [a, b] = ["images", "bytes.npy"].map((name) => JSON.parse(file(`run-${name}`, "summary.json").toString()));
    assert.is(a.reconstructionMse, b.reconstructionMse);
  },

  async "photographs of any size are prepared first, once, and mirrored where asked for"() {
    mkdirSync(join(folder, "photos", "within"), { recursive: true });
    for (let n = 0; n < 12; n++) {
      const bytes = await sharp(file("images", `${String(n).padStart(2, "0")}.png`))
        .resize(30 + n, 40)
        .jpeg()
        .toBuffer();
      writeFileSync(join(folder, "photos", n % 2 === 0 ? "within" : "", `${n}.jpg`), bytes);
    }
    const args = ["--data", "photos", "--mirror", "--epochs", "1", "--out", "first"];
    const first = await train(...args, "--batch", "5");
    assert.is(first.code, 0, first.err);
    const [, set = ""] =
      /preparing 12 pictures of 64 × 64 in (data\/prepared\/photos-64x64-\w{8})\n/.exec(first.err) ?? [];
    assert.equal(readdirSync(join(folder, set)).sort(), ["images.npy", "set.json"]);
    const { data, model, mirror } = JSON.parse(file("first", "config.json").toString());
    assert.equal([data, model.height, model.channels, mirror], [join(folder, set), 64, 3, true]);
    rmSync(join(folder, "first"), { recursive: true });
    const again = await train(...args, "--batch", "12");
    assert.is(
      again.err,
      `photos was prepared before: ${set}\n` +
        `train: ${set}: expected at least one batch of 12 training images, got 11; lower --batch\n`,
    );
    assert.is(again.code, 4);
  },
});
