// config.json and what stands beside it in a run: keys, kinds, ranges and sizes that lie; then
// fuzzed files.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { encodeNpy } from "../../src/formats/npy.ts";
import { encodeSafetensors, type SafeTensor } from "../../src/formats/safetensors.ts";
import { initParameters } from "../../src/models/autoencoder/autoencoder.ts";
import { type RunConfig, readConfig } from "../../src/run/config.ts";
import { loadModel } from "../../src/run/modelFile.ts";
import { readMasses, readPointCloud } from "../../src/run/pointCloud.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { damaged, fuzz, oneLine, plainPrototype, within } from "./fuzz.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-test-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const config: RunConfig = {
  version: "0.1.0",
  profile: "cpu",
  data: "mnist",
  limit: 200,
  epochs: 2,
  batch: 100,
  learningRate: 0.001,
  model: { height: 8, width: 8, channels: 1, latent: 3 },
  source: "gaussian",
  chi2: 0.02,
  theta: 0.7,
  extension: "facet",
  samples: 100,
  seed: 1,
};
const valid = JSON.stringify(config, null, 2);

function read(text: string | Uint8Array, name = "config.json"): RunConfig {
  writeFileSync(join(folder, name), text);
  return readConfig(join(folder, name));
}

function refused(text: string | Uint8Array, message: RegExp): void {
  refuses(() => read(text), "DataError", message);
  try {
    read(text);
  } catch (error) {
    oneLine(error, "config.json");
  }
  plainPrototype();
}

/** The valid file with one value in other words, at the top or in the model. */
const having = (key: string, value: string) =>
  valid.replace(new RegExp(`("${key}": )([^,{}\n]+)`), (_, start: string) => start + value);

describe("hostile config", {
  "a config is read as it was written": () => {
    equal(read(valid), config);
    const { model, seed, ...rest } = config;
    equal(read(JSON.stringify({ seed, model, ...rest })), config, "in any order");
    const dcgan = { ...config, model: { ...model, network: "dcgan" } };
    equal(read(JSON.stringify(dcgan)), dcgan, "a network is named or left out");
    refused(
      JSON.stringify({ ...dcgan, model: { ...dcgan.model, width: 7 } }),
      /`model` as pictures of at least 8 × 8 pixels for the network dcgan, got 8 × 7$/,
    );
    is(read(having("data", '"../../pictures"')).data, "../../pictures", "a source of images is where the user pointed");
    is(read(having("seed", String(2 ** 53 - 1))).seed, 2 ** 53 - 1);
  },
  "an unknown key, with the nearest that is known": () => {
    const more = (key: string) => valid.replace("{", `{${JSON.stringify(key)}: 1,`);
    for (const [key, near] of [
      ["epoch", "epochs"],
      ["Seed", "seed"],
      ["thta", "theta"],
      ["extention", "extension"],
      ["chi", "chi2"],
      ["sample", "samples"],
    ]) {
      refused(
        more(key as string),
        new RegExp(`expected known keys alone, got \`${key}\`; did you mean \`${near}\`\\?$`),
      );
    }
    refused(
      valid.replace('"latent"', '"latnet"'),
      /`model` as known keys alone, got `latnet`; did you mean `latent`\?/,
    );
    refused(more("k".repeat(50_000)), /expected known keys alone, got `k+…k+`; did you mean `/);
    refused(more("a\n\u001b[2J"), /got `a\\u000a\\u001b\[2J`/);
  },
  "`__proto__`, `constructor`, and keys that objects have of themselves": () => {
    for (const key of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]) {
      const evil = `"${key}": {"polluted": 1, "prototype": {"polluted": 1}}`;
      refused(valid.replace("{", `{${evil},`), new RegExp(`expected known keys alone, got \`${key}\``));
      refused(
        valid.replace('"height"', `${evil}, "height"`),
        new RegExp(`\`model\` as known keys alone, got \`${key}\``),
      );
    }
    refused(`{"__proto__": ${valid}}`, /got `__proto__`/);
    refused(having("data", '{"__proto__": {"polluted": 1}}'), /`data` as text of .*, got an object/);
  },
  "a key twice, or missing": () => {
    refused(valid.replace("{", '{"seed": 2,'), /expected each key once, got `seed` again/);
    refused(valid.replace("{", '{"\\u0073eed": 2,'), /expected each key once, got `seed` again/);
    refused(valid.replace('"height"', '"height": 9, "height"'), /got `height` again/);
    for (const key of Object.keys(config)) {
      refused(JSON.stringify({ ...config, [key]: undefined }), new RegExp(`expected \`${key}\` as .*, got nothing$`));
    }
    refused(JSON.stringify({ ...config, model: { height: 8, width: 8, channels: 1 } }), /`model.latent` as a whole/);
  },
  "numbers beyond what they may be": () => {
    for (const key of ["limit", "epochs", "batch", "seed", "samples", "height", "width", "latent"]) {
      for (const value of [
        "1e999",
        "-1e999",
        "9007199254740993",
        "-1",
        "0.5",
        '"NaN"',
        '"1"',
        "null",
        "true",
        "[1]",
        "{}",
      ]) {
        refused(having(key, value), new RegExp(`${key}\` as a whole number from \\d+ to \\d+, got `));
      }
      if (key !== "seed") refused(having(key, "0"), /as a whole number from/);
    }
    for (const key of ["chi2", "theta"]) {
      for (const value of ["0", "-1", "1e999", "1e-999", "1e7", '"NaN"', '"0.5"', "null", "[0.5]"]) {
        refused(having(key, value), new RegExp(`\`${key}\` as a number above 0 up to`));
      }
    }
    refused(having("theta", "3.15"), /`theta` as a number above 0 up to 3\.14/);
    refused(having("channels", "2"), /`model\.channels` as 1 or 3, got 2/);
    refused(having("seed", "NaN"), /expected JSON in UTF-8/);
  },
  "texts that are none, with NUL, or of another choice": () => {
    for (const key of ["data", "version", "profile"]) {
      for (const value of ["1", "null", '""', '"a\\u0000b"', '["mnist"]', JSON.stringify("a".repeat(5000))])
        refused(having(key, value), new RegExp(`\`${key}\` as text of 1 to 4096 characters without NUL, got`));
    }
    for (const value of ['"Facet"', '"constructor"', "0", "null"]) {
      refused(having("extension", value), /`extension` as facet or local, got/);
      refused(having("source", value), /`source` as gaussian or cube, got/);
      refused(having("latent", `3, "network": ${value}`), /`model\.network` as small or dcgan or pca, got/);
    }
  },
  "what is no object, nested as deep as the file is long, or longer than 64 KiB": () => {
    for (const text of ["", "[]", "null", "3", '"a"', "{", "{}{}", "\u0000", "{'a':1}"])
      refused(text, /^config: .*: expected/);
    refused("[".repeat(30_000) + "]".repeat(30_000), /expected an object, got a list/);
    refused(having("data", "[".repeat(30_000) + "]".repeat(30_000)), /`data` as text of .*, got a list/);
    refused(
      having("seed", `${'{"a":'.repeat(10_000)}0${"}".repeat(10_000)}`),
      /`seed` as a whole number .*, got an object/,
    );
    refused(Uint8Array.of(0x7b, 0xff, 0x7d), /expected JSON in UTF-8/);
    refused(" ".repeat(2 ** 16) + valid, /^data: expected at most 65536 bytes in .*config\.json, got /);
    refuses(() => readConfig(folder), "DataError", /expected a file/);
    refuses(() => readConfig(join(folder, "a\0b")), "DataError", /a\\u0000b/);
  },
  "200 fuzzed configs are read as what they mean or refused": async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(1, 8, 0.5, 2 ** 53, "mnist", "cube", "local"),
    );
    const key = fc.constantFrom(...Object.keys(config), "__proto__", "constructor", "latent", "x");
    const changed = fc
      .array(fc.tuple(key, value), { maxLength: 2 })
      .map((changes) => [...Object.entries(config).filter(([k]) => !changes.some(([c]) => c === k)), ...changes])
      .map((entries) =>
        Buffer.from(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(",")}}`),
      );
    const words = ['"__proto__":{"polluted":1},', '"seed":2,', "1e999", "9", "[[[", "\u0000", "NaN", '"', "{", "\n"];
    const bytes = changed.map((buffer) => new Uint8Array(buffer));
    await fuzz({
      read: (file, name) => read(file, name),
      means(result, file) {
        equal(result, JSON.parse(new TextDecoder().decode(file)));
        is(Object.getPrototypeOf(result), Object.prototype);
      },
      files: fc.oneof(bytes, damaged(fc.constant(new TextEncoder().encode(valid)), words)),
      seed: 107,
      times: 4,
    });
  },
});

const made = initParameters(config.model, 1);
const weights = (): Record<string, SafeTensor> => ({
  ...Object.fromEntries(
    Object.entries(made).map(([name, { shape, values }]) => [name, { shape, data: values.slice() }]),
  ),
  "code.mean": { shape: [3], data: new Float32Array(3) },
  "code.variance": { shape: [3], data: new Float32Array(3).fill(1) },
  sharpening: { shape: [1], data: Float32Array.of(1) },
});

/** Loads a model that must be refused before the engine is asked for anything. */
function modelRefused(tensors: Readonly<Record<string, SafeTensor>>, message: RegExp, model = config.model): void {
  const path = join(folder, "model.safetensors");
  const bytes = encodeSafetensors(tensors, { format: "brenier.autoencoder.1" });
  writeFileSync(path, bytes);
  const before = process.memoryUsage().arrayBuffers;
  refuses(() => loadModel(path, {} as Engine, model), "DataError", message);
  within(before, 40 * bytes.length);
}

function put(tensors: Record<string, SafeTensor>, name: string, at: number, value: number): Record<string, SafeTensor> {
  (tensors[name] as { data: Float32Array }).data[at] = value;
  return tensors;
}

describe("hostile weights and points", {
  "a config that asks for more than the weights are": () => {
    const big = { height: 65_536, width: 65_536, channels: 1, latent: 3 };
    modelRefused(weights(), /expected `dense1\.w` as float32 \[17179869184, 256\], got \[256, 256\]/, big);
    modelRefused(weights(), /expected `code\.mean` as float32 \[1024\], got \[3\]/, { ...config.model, latent: 1024 });
    modelRefused(weights(), /expected `conv1\.w` as float32 \[4, 4, 3, 32\]/, { ...config.model, channels: 3 });
    const { sharpening: _, ...rest } = weights();
    modelRefused(rest, /expected a tensor `sharpening`, got none/);
    modelRefused(
      { ...weights(), "conv1.b": { shape: [32], data: new Int32Array(32) } },
      /`conv1\.b` as float32 \[32\]/,
    );
  },
  "NaN and infinities among weights: first index and count": () => {
    const two = put(put(weights(), "conv2.b", 5, Number.NaN), "conv2.b", 9, Number.POSITIVE_INFINITY);
    modelRefused(two, /expected finite numbers in `conv2\.b`, got NaN at 5 \(2 of 64 values\)/);
    modelRefused(
      put(weights(), "code.variance", 1, -1),
      /`code\.variance` of at least 0, got -1 at 1 \(1 of 3 values\)/,
    );
    modelRefused(put(weights(), "sharpening", 0, 0), /`sharpening` above 0, got 0 at 0/);
  },
  "NaN, infinities and giants among points and masses: first row and count": () => {
    const path = join(folder, "points.npy");
    const points = (...data: number[]) => {
      writeFileSync(path, encodeNpy({ shape: [data.length / 2, 2], dtype: "<f8", data: Float64Array.from(data) }));
      return () => readPointCloud(path, () => {});
    };
    const message = /points\.npy: expected finite numbers up to 1000000000000000, got /;
    refuses(
      points(1, 2, 3, Number.NaN, Number.NaN, 6),
      "DataError",
      new RegExp(`${message.source}NaN in row 1 \\(2 of 6 values\\)`),
    );
    refuses(points(-1e30, 2), "DataError", new RegExp(`${message.source}-1e\\+30 in row 0 \\(1 of 2 values\\)`));
    is(points(-1e15, 1e-300)().count, 1);
    writeFileSync(join(folder, "m.csv"), "1\n-1\nnan\n1e999\n");
    refuses(() => readMasses(join(folder, "m.csv"), 4, () => {}), "DataError", /got -1 in row 1 \(3 of 4 values\)/);
  },
});
