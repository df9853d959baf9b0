// idx: magic, counts that lie, sizes off by one, labels that do not belong to the images; then
// fuzzed headers.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { loadMnist } from "../../src/datasets/mnist.ts";
import { type Idx, readIdx } from "../../src/formats/idx.ts";
import { idxBytes, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { damaged, fuzz, oneLine, within } from "./fuzz.ts";

const labels = idxBytes([3], [1, 2, 3]);
const images = idxBytes(
  [3, 2, 2],
  Uint8Array.from({ length: 12 }, (_, i) => i),
);

function refused(read: () => unknown, name: string, message: RegExp, most = 4096): void {
  const before = process.memoryUsage().arrayBuffers;
  refuses(read, "DataError", message);
  within(before, most);
  try {
    read();
  } catch (error) {
    oneLine(error, name);
  }
}
const bytesRefused = (bytes: Uint8Array, message: RegExp) => refused(() => readIdx(bytes, "a.idx"), "a.idx", message);

/** Loads a training split of these two files, packed or plain. */
function load(first: Uint8Array, second: Uint8Array, packed = false): ReturnType<typeof loadMnist> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-test-"));
  const put = (name: string, bytes: Uint8Array) =>
    writeFileSync(join(folder, packed ? `${name}.gz` : name), packed ? gzipSync(bytes) : bytes);
  try {
    put("train-images-idx3-ubyte", first);
    put("train-labels-idx1-ubyte", second);
    return loadMnist(folder, "train");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function means({ shape, data }: Idx, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  is(view.getUint32(0), 0x800 + shape.length);
  equal(
    shape,
    [...shape.keys()].map((axis) => view.getUint32(4 + 4 * axis)),
  );
  is(
    data.length,
    shape.reduce((product, n) => product * n, 1),
  );
  is(Buffer.compare(data, bytes.subarray(4 + 4 * shape.length)), 0);
}

describe("hostile idx", {
  "every other magic number": () => {
    for (let byte = 0; byte < 4; byte++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = labels.slice();
        bytes[byte] = (bytes[byte] as number) ^ (1 << bit);
        bytesRefused(bytes, /^idx: a\.idx: expected (magic|a header of)/);
      }
    }
  },
  "counts that lie, up to 2^96, before anything is allocated": () => {
    for (const shape of [[4], [2], [0xffffffff], [3, 2, 3], [2 ** 31, 2, 2], [2 ** 16, 2 ** 16, 2], [1, 0, 5], [0]]) {
      bytesRefused(idxBytes(shape, new Uint8Array(12)), /expected (\d+ bytes for|sizes above zero)/);
    }
    bytesRefused(idxBytes([0xffffffff, 0xffffffff, 0xffffffff], [1]), /expected 7\.9\d+e\+28 bytes/);
  },
  "a file that is cut anywhere, or too long by one": () => {
    for (let length = 0; length < images.length; length++)
      bytesRefused(images.subarray(0, length), /^idx: a\.idx: exp/);
    bytesRefused(Uint8Array.of(...images, 0), /expected 28 bytes for \[3, 2, 2\], got 29; the file is too long/);
  },
  "a packed file whose header claims 10 GB, before it is unpacked": () => {
    const claim = idxBytes([10_000, 1024, 1024], new Uint8Array(64));
    refused(
      () => load(claim, labels, true),
      "train-images-idx3-ubyte.gz",
      /expected at most 1073741824 bytes, its header claims 10485760016/,
      2 ** 23,
    );
  },
  "a packed file that is shorter or longer than its header claims": () => {
    const bomb = idxBytes([3, 2, 2], new Uint8Array(2 ** 22));
    refused(
      () => load(bomb, labels, true),
      "train-images-idx3-ubyte.gz",
      /expected at most 28 bytes inside, got more/,
      2 ** 24,
    );
    refused(() => load(images.subarray(0, 20), labels, true), "idx3-ubyte.gz", /expected 28 bytes, got 20/, 2 ** 23);
  },
  "labels that are no labels, too few, too many or above 9": () => {
    is(load(images, labels).count, 3);
    is(load(images, labels, true).count, 3);
    refused(() => load(images, idxBytes([2], [1, 2])), "mnist", /as many labels as images, got 2 and 3/);
    refused(() => load(images, idxBytes([4], [1, 2, 3, 4])), "mnist", /got 4 and 3/);
    refused(() => load(images, idxBytes([3], [1, 10, 2])), "mnist", /labels from 0 to 9, got 10 at index 1/);
    refused(() => load(images, images), "labels-idx1", /expected 1 sizes, got \[3, 2, 2\]/);
    refused(() => load(labels, labels), "images-idx3", /expected 3 sizes, got \[3\]/);
  },
  "200 fuzzed headers are read as what they mean or refused": async () => {
    const shape = fc.array(fc.oneof(fc.nat(3), fc.constantFrom(0, 0x7fffffff, 0x80000000, 0xffffffff)), {
      maxLength: 5,
    });
    const made = fc.tuple(shape, fc.uint8Array({ maxLength: 40 })).map(([sizes, data]) => idxBytes(sizes, data));
    const right = fc
      .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
      .map((sizes) => idxBytes(sizes, new Uint8Array(sizes.reduce((product, n) => product * n, 1)).fill(7)));
    const files = fc.oneof(made, right, damaged(fc.constantFrom(labels, images)));
    await fuzz({ read: readIdx, means, files, seed: 103, times: 0 });
  },
});
