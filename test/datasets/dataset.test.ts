import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { equal, is } from "uvu/assert";
import { firstOfEachClass, loadDataset } from "../../src/datasets/dataset.ts";
import { memoryImages } from "../../src/datasets/images.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { writeDigits } from "../support/digits.ts";
import { describe } from "../support/suite.ts";
import { cifarBin, inFolder, pixelsOf, rejects } from "./fixture.ts";

const images = (labels: readonly number[]) =>
  memoryImages({
    height: 1,
    width: 1,
    channels: 1,
    pixels: Uint8Array.from(labels.keys()),
    labels: Uint8Array.from(labels),
  });

describe("dataset", {
  "sets have their own splits and labels": () =>
    inFolder(async (folder) => {
      const root = join(folder, "data");
      for (const name of ["mnist", "fashion"]) {
        writeDigits(folder, 20, 10, name);
        const { train, heldOut } = await loadDataset(name, root);
        equal([train.count, heldOut.count, train.labels?.[13], heldOut.labels?.[7]], [20, 10, 3, 7]);
      }
      const cifar = join(root, "cifar10");
      mkdirSync(cifar);
      for (const n of [1, 2, 3, 4, 5]) writeFileSync(join(cifar, `data_batch_${n}.bin`), cifarBin([n]));
      writeFileSync(join(cifar, "test_batch.bin"), cifarBin([7, 8]));
      const { train, heldOut } = await loadDataset("cifar10", root);
      equal([...(train.labels ?? []), ...(heldOut.labels ?? [])], [1, 2, 3, 4, 5, 7, 8]);
      await rejects(loadDataset("mnist", folder), "DataError", /fetch mnist --dir/);
    }),
  "a folder of PNG files has no labels, and every tenth is held out": () =>
    inFolder(async (folder) => {
      for (let n = 0; n < 10; n++) {
        const pixels = new Uint8Array(16).fill(n);
        writeFileSync(join(folder, `${n}.png`), encodePng({ height: 4, width: 4, channels: 1, pixels }));
      }
      const { train, heldOut } = await loadDataset(folder, "nowhere");
      equal([train.count, heldOut.count, pixelsOf(heldOut)[0]], [9, 1, 9]);
      is("labels" in train, false);
    }),
  "a look at a set is a row per class, or the first ones where a row would not be full": () => {
    equal(firstOfEachClass(images([1, 0, 0, 1, 1]), 4), { chosen: [1, 2, 0, 3], byClass: true });
    equal(firstOfEachClass(images([1, 0, 0, 0, 0]), 4), { chosen: [0, 1, 2, 3], byClass: false });
    equal(firstOfEachClass(images([1, 0, 2, 1, 0]), 4), { chosen: [0, 1, 2, 3], byClass: false });
    const { labels: _, ...bare } = images([1, 2]);
    equal(firstOfEachClass(bare, 4), { chosen: [0, 1], byClass: false });
  },
});
