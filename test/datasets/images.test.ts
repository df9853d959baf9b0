import { equal, is } from "uvu/assert";
import { firstImages, type Images, imagesToFloat } from "../../src/datasets/images.ts";
import { describe } from "../support/suite.ts";
import { refuses } from "./fixture.ts";

const images: Images = {
  count: 3,
  height: 1,
  width: 2,
  channels: 1,
  pixels: Uint8Array.of(0, 255, 51, 102, 153, 204),
  labels: Uint8Array.of(7, 8, 9),
};

describe("images", {
  "the first n share the memory and keep their labels": () => {
    const first = firstImages(images, 2);
    is(first.count, 2);
    equal([...first.pixels], [0, 255, 51, 102]);
    equal([...(first.labels ?? [])], [7, 8]);
    is(first.pixels.buffer, images.pixels.buffer);
  },
  "a set without labels stays without": () => {
    const { labels: _, ...bare } = images;
    is("labels" in firstImages(bare, 1), false);
  },
  "floats are pixel / 255 in the order asked for": () => {
    equal([...imagesToFloat(images, [2, 0, 2])], [0.6, 0.8, 0, 1, 0.6, 0.8].map(Math.fround));
    is(imagesToFloat(images, []).length, 0);
  },
  "counts and indices out of range are refused": () => {
    for (const count of [0, 4, 1.5, Number.NaN]) {
      refuses(() => firstImages(images, count), "RangeError", /^firstImages: expected `count` from 1 to 3, got /);
    }
    refuses(() => imagesToFloat(images, [0, 3]), "RangeError", /expected `indices` from 0 to 2, got 3 at position 1/);
    refuses(() => imagesToFloat(images, [-1]), "RangeError", /got -1 at position 0/);
  },
});
