// Pictures that are turned, and labels that say how far.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { memoryImages } from "../../../src/datasets/images.ts";
import { turned } from "../../../src/experiments/pictures/turned.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const picture = (side: number, channels: number, count: number) =>
  memoryImages({
    height: side,
    width: side,
    channels,
    pixels: Uint8Array.from({ length: count * side * side * channels }, (_, i) => (i * 37) % 256),
  });

describe("turned", {
  "a picture of two rows, turned to the left again and again"() {
    const one = memoryImages({ height: 2, width: 2, channels: 1, pixels: Uint8Array.of(0, 51, 102, 153) });
    const { images, labels } = turned(one);
    assert.equal([images.count, Array.from(labels)], [4, [0, 1, 2, 3]]);
    const shown = Array.from(images.batch([0, 1, 2, 3]), (p) => Math.round(255 * p));
    assert.equal(shown, [0, 51, 102, 153, 51, 153, 0, 102, 153, 102, 51, 0, 102, 0, 153, 51]);
  },

  "four turns give the picture back, and each pixel keeps its channels (seed 1, 30 sizes)"() {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(1, 3),
        fc.integer({ min: 1, max: 5 }),
        (side, channels, n) => {
          const given = picture(side, channels, n);
          let images = given;
          for (let t = 0; t < 4; t++) {
            const once = turned(images).images.batch(Array.from({ length: n }, (_, i) => 4 * i + 1));
            const pixels = Uint8Array.from(once, (p) => Math.round(255 * p));
            images = memoryImages({ height: side, width: side, channels, pixels });
          }
          const all = Array.from({ length: n }, (_, i) => i);
          assert.equal(images.bytes(all), given.bytes(all));
        },
      ),
      { seed: 1, numRuns: 30 },
    );
  },

  "refuses pictures that are no squares"() {
    const pixels = new Uint8Array(6);
    throws(
      () => turned(memoryImages({ height: 2, width: 3, channels: 1, pixels })),
      "expected square pictures, got 2 × 3",
    );
  },
});
