// Metrics end at an aborted signal, and leave nothing behind.
import { hostRandom } from "../../src/math/philox.ts";
import { createClassifier, initClassifierParameters } from "../../src/metrics/classifier.ts";
import { classify, pixelSource } from "../../src/metrics/classify.ts";
import { crossedDistances } from "../../src/metrics/crossed.ts";
import { frechetDistance } from "../../src/metrics/frechet.ts";
import { kMeans } from "../../src/metrics/kMeans.ts";
import { memorisation } from "../../src/metrics/memorisation.ts";
import { nearestNeighbours } from "../../src/metrics/neighbours.ts";
import { precisionRecall } from "../../src/metrics/precisionRecall.ts";
import { precisionRecallCurve } from "../../src/metrics/precisionRecallCurve.ts";
import { stackedScores } from "../../src/metrics/stacked.ts";
import { trainClassifier } from "../../src/metrics/trainClassifier.ts";
import { normals } from "../ot/instances.ts";
import { checkCancelling } from "../support/cancelling.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";

const engine = await testEngine();
const shape = { height: 4, width: 4, channels: 1, classes: 2 };
const pixels = (count: number, channels = 1) =>
  pixelSource(
    Float32Array.from({ length: 16 * channels * count }, (_, i) => 0.5 + 0.5 * Math.sin(i)),
    count,
  );
const model = createClassifier(engine, shape, initClassifierParameters(shape, 1));
const [x, y] = [normals(300, 6, 1), normals(300, 6, 2)];

describe("cancelling metrics", {
  trainClassifier: () =>
    checkCancelling(engine, async (signal) => {
      const learnt = createClassifier(engine, shape, initClassifierParameters(shape, 1));
      const data = { images: pixels(20), labels: Array.from({ length: 20 }, (_, n) => n % 2) };
      try {
        await trainClassifier(learnt, data, { epochs: 2, batch: 5, seed: 1, signal });
        return await engine.read(learnt.parameters.flat);
      } finally {
        learnt.dispose();
      }
    }),
  classify: () => checkCancelling(engine, (signal) => classify(model, pixels(600), { signal })),
  stackedScores: () => checkCancelling(engine, (signal) => stackedScores(model, pixels(200, 3), { signal })),
  nearestNeighbours: () => checkCancelling(engine, (signal) => nearestNeighbours(engine, x, y, { k: 3, signal })),
  memorisation: () =>
    checkCancelling(engine, (signal) =>
      memorisation(engine, { train: x, generated: y, heldOut: normals(50, 6, 3) }, { signal }),
    ),
  precisionRecall: () => checkCancelling(engine, (signal) => precisionRecall(engine, x, y, { signal })),
  precisionRecallCurve: () =>
    checkCancelling(engine, (signal) => precisionRecallCurve(engine, x, y, { clusters: 5, runs: 2, signal })),
  kMeans: () => checkCancelling(engine, (signal) => kMeans(engine, x, { k: 7, random: hostRandom(1, 0), signal })),
  frechetDistance: () => checkCancelling(engine, (signal) => frechetDistance(engine, x, y, { signal })),
  crossedDistances: () =>
    checkCancelling(engine, (signal) =>
      crossedDistances(engine, { train: x, test: y, generated: x, reconstructed: y }, { signal }),
    ),
});
