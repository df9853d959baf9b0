import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { scorePictures } from "../../../src/experiments/pictures/scores.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import type { Classified } from "../../../src/metrics/classify.ts";
import { points } from "../../../src/ot/points.ts";
import { describe } from "../../support/suite.ts";

const gpu = await openGpu();
const CLASSES = 8;

/** Pictures sorted by their labels, whose features lie within .5 of places that are 10 apart. */
function sorted(count: number, seed: number): Classified {
  const random = hostRandom(seed, 1);
  const labels = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * CLASSES) / count));
  const values = Array.from(labels).flatMap((label) => [10 * label + random.uniform() - 0.5, random.uniform() - 0.5]);
  return {
    features: points("features", values, 2),
    labels,
    probabilities: Float32Array.from({ length: count * CLASSES }, (_, at) =>
      labels[Math.floor(at / CLASSES)] === at % CLASSES ? 1 : 0,
    ),
  };
}

describe("scores of pictures", {
  async "hold for sets that are sorted by their labels, and of which one is larger than the other"() {
    const reals = { train: sorted(1600, 1), test: sorted(400, 2) };
    for (const [origin, shown] of [
      ["train", sorted(1600, 3)],
      ["test", sorted(400, 4)],
    ] as const) {
      const { precision, recall, f8, f1over8, drift } = await scorePictures(gpu, reals, shown, { origin });
      // Of 50 points in a square that reach to their third neighbours, most contain another point.
      for (const share of [precision, recall, f8, f1over8]) assert.ok(share >= 0.75, `${origin}: ${share}`);
      assert.ok(drift <= 0.01, `${origin}: ${drift}`);
    }
  },
});
