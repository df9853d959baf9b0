import { equal, is, ok } from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { mirroredImages } from "../../../src/models/training/moveImages.ts";
import { describe } from "../../support/suite.ts";

describe("mirrored images", {
  "half of them, drawn by the training's own random numbers, are turned left to right (seed 3)": () => {
    const images = mirroredImages(
      { count: 2, batch: (indices) => rows(indices) },
      { height: 1, width: 3, channels: 1 },
    );
    const random = hostRandom(3, 2);
    const numbers = new Uint32Array(1000).map((_, i) => i % 2);
    const x = images.batch(numbers, random);
    let turned = 0;
    for (let b = 0; b < 1000; b++) {
      const row = [...x.subarray(3 * b, 3 * b + 3)];
      const n = b % 2;
      const straight = [n, n + 0.25, n + 0.5];
      if (row[0] === n) equal(row, straight);
      else equal(row, straight.toReversed());
      if (row[0] !== n) turned++;
    }
    // Five standard deviations of 1,000 fair coins are 79.
    ok(turned >= 421 && turned <= 579, String(turned));
    is(images.count, 2);
    is(random.drawn, 1000);
  },
});

/** The rows n, n + ¼, n + ½. */
function rows(indices: ArrayLike<number>): Float32Array {
  return Float32Array.from(
    { length: 3 * indices.length },
    (_, i) => (indices[Math.floor(i / 3)] as number) + (i % 3) / 4,
  );
}
