import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { equal, is } from "uvu/assert";
import { loadMnist, mnistFiles } from "../../src/datasets/mnist.ts";
import { describe } from "../support/suite.ts";
import { idxBytes, inFolder, pixelsOf, refuses } from "./fixture.ts";

const images = idxBytes([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const labels = idxBytes([2], [9, 0]);

function put(folder: string, name: string, bytes: Uint8Array): void {
  writeFileSync(join(folder, name), bytes);
}

describe("mnist", {
  "a split is loaded from plain files": () =>
    inFolder((folder) => {
      put(folder, "train-images-idx3-ubyte", images);
      put(folder, "train-labels-idx1-ubyte", labels);
      const set = loadMnist(folder, "train");
      equal([set.count, set.height, set.width, set.channels], [2, 2, 3, 1]);
      equal([...pixelsOf(set)], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      equal([...(set.labels ?? [])], [9, 0]);
    }),
  "packed files will do": () =>
    inFolder((folder) => {
      put(folder, "t10k-images-idx3-ubyte.gz", gzipSync(images));
      put(folder, "t10k-labels-idx1-ubyte.gz", gzipSync(labels));
      is(loadMnist(folder, "test").count, 2);
      refuses(
        () => loadMnist(folder, "train"),
        "DataError",
        /expected train-images-idx3-ubyte or .*\.gz in .*, got neither; run `node/,
      );
    }),
  "a packed file must unpack to what its header says": () =>
    inFolder((folder) => {
      put(folder, "train-labels-idx1-ubyte", labels);
      put(folder, "train-images-idx3-ubyte.gz", gzipSync(Buffer.concat([images, Buffer.alloc(1000)])));
      refuses(() => loadMnist(folder, "train"), "DataError", /^gzip: .*expected at most 28 bytes inside, got more/);
      put(folder, "train-images-idx3-ubyte.gz", gzipSync(images.subarray(0, 20)));
      refuses(() => loadMnist(folder, "train"), "DataError", /^gzip: .*expected 28 bytes, got 20/);
      put(folder, "train-images-idx3-ubyte.gz", gzipSync(idxBytes([60000, 2 ** 20, 2 ** 20], [])));
      refuses(
        () => loadMnist(folder, "train"),
        "DataError",
        /expected at most 1073741824 bytes, its header claims 6597069/,
      );
    }),
  "labels must fit": () =>
    inFolder((folder) => {
      put(folder, "train-images-idx3-ubyte", images);
      put(folder, "train-labels-idx1-ubyte", idxBytes([3], [1, 2, 3]));
      refuses(() => loadMnist(folder, "train"), "DataError", /expected as many labels as images, got 3 and 2/);
      put(folder, "train-labels-idx1-ubyte", idxBytes([2], [1, 10]));
      refuses(() => loadMnist(folder, "train"), "DataError", /expected labels from 0 to 9, got 10 at index 1/);
      put(folder, "train-labels-idx1-ubyte", images);
      refuses(() => loadMnist(folder, "train"), "DataError", /expected 1 sizes, got \[2, 2, 3\]/);
    }),
  "a folder in place of a file is refused": () =>
    inFolder((folder) => {
      mkdirSync(join(folder, "train-images-idx3-ubyte"));
      refuses(() => loadMnist(folder, "train"), "DataError", /^data: expected a file at .*, got a folder/);
    }),
  "the table names four files": () => {
    is(mnistFiles.length, 4);
    is(
      mnistFiles.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)),
      true,
    );
  },
});
