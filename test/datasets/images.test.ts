import { equal, is } from "uvu/assert";
import { digestOf, limitImages, memoryImages, selectImages, toBytes } from "../../src/datasets/images.ts";
import { describe } from "../support/suite.ts";
import { pixelsOf, refuses } from "./fixture.ts";

const shape = { height: 1, width: 2, channels: 1 };
const pixels = Uint8Array.of(0, 255, 51, 102, 153, 204);
const images = memoryImages({ ...shape, pixels, labels: Uint8Array.of(7, 8, 9) });

describe("images", {
  "the first n keep their labels": () => {
    const first = limitImages(images, 2);
    is(first.count, 2);
    equal([...pixelsOf(first)], [0, 255, 51, 102]);
    equal([...(first.labels ?? [])], [7, 8]);
  },
  "of a sorted set every so many are taken, labels of all kinds among them"() {
    const labels = Uint8Array.from({ length: 10 }, (_, i) => Math.floor(i / 5));
    const all = memoryImages({ height: 1, width: 1, channels: 1, pixels: Uint8Array.from(labels.keys()), labels });
    equal([...pixelsOf(limitImages({ ...all, sorted: true }, 4))], [0, 2, 5, 7]);
    equal([...pixelsOf(limitImages({ ...all, sorted: true }, 10))], [...labels.keys()]);
    equal([...pixelsOf(limitImages(all, 4))], [0, 1, 2, 3]);
  },
  "a set without labels stays without": () => {
    is("labels" in limitImages(memoryImages({ ...shape, pixels }), 1), false);
  },
  "a choice of a choice is one, and brings its labels": () => {
    const chosen = selectImages(selectImages(images, [2, 0, 2]), [2, 1]);
    equal([...pixelsOf(chosen)], [153, 204, 0, 255]);
    equal([...(chosen.labels ?? [])], [9, 7]);
    equal([...chosen.batch([1])], [0, 1]);
    equal([...chosen.stored.read([1])], [0, 255]);
  },
  "floats are pixel / 255 in the order asked for": () => {
    equal([...images.batch([2, 0, 2])], [0.6, 0.8, 0, 1, 0.6, 0.8].map(Math.fround));
    is(images.batch([]).length, 0);
    equal([...toBytes(images.batch([1, 0]))], [51, 102, 0, 255]);
  },
  "a digest tells size, order and pixels apart": async () => {
    const digest = await digestOf(images);
    is(await digestOf(memoryImages({ ...shape, pixels: pixels.slice() })), digest);
    is(await digestOf(selectImages(images, [0, 1, 2])), digest);
    for (const other of [
      selectImages(images, [0, 2, 1]),
      limitImages(images, 2),
      memoryImages({ height: 2, width: 1, channels: 1, pixels }),
      memoryImages({ ...shape, pixels: pixels.map((p, i) => (i === 5 ? p + 1 : p)) }),
    ])
      is.not(await digestOf(other), digest);
  },
  "counts and indices out of range are refused": () => {
    for (const count of [0, 4, 1.5, Number.NaN]) {
      refuses(() => limitImages(images, count), "RangeError", /^limitImages: expected `count` from 1 to 3, got /);
    }
    refuses(() => images.batch([0, 3]), "RangeError", /expected `indices` from 0 to 2, got 3 at position 1/);
    refuses(() => images.bytes([-1]), "RangeError", /got -1 at position 0/);
    refuses(
      () => limitImages(images, 2).batch([2]),
      "RangeError",
      /expected `indices` from 0 to 1, got 2 at position 0/,
    );
  },
});
