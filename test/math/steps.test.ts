// Host work of the solver and the trainings comes in pieces, between which others run.
import * as assert from "uvu/assert";
import { inPieces } from "../../src/kernels/batches.ts";
import { eigenSteps, symmetricEigen } from "../../src/math/linalg.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { atOnce, itemsOf, PIECE, type Steps } from "../../src/math/steps.ts";
import { parameterSteps } from "../../src/models/autoencoder/autoencoder.ts";
import { closePointsSteps } from "../../src/ot/closePoints.ts";
import { points } from "../../src/ot/points.ts";
import { createProblem, gatherSteps, problemSteps } from "../../src/ot/problem.ts";
import { gaussianFormSteps } from "../../src/ot/solver/gaussianModel.ts";
import { clusterings } from "../../src/ot/solver/tree.ts";
import { describe } from "../support/suite.ts";

const random = hostRandom(1, 0);
const normals = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const rows = normals(64 * 20_000);
const targets = points("rows", rows, 64);
const plane = points("rows", rows.subarray(0, 20_000), 2);

/** Number of pieces that some work comes in. */
function pieces(steps: Steps<unknown>): number {
  for (let count = 1; ; count++) if (steps.next().done === true) return count;
}

describe("steps", {
  "long work comes in pieces: at least so many as its operations fill"() {
    const problem = createProblem(targets);
    const work: Readonly<Record<string, readonly [steps: Steps<unknown>, least: number]>> = {
      "points that are close": [closePointsSteps(rows, 64, 0.1), (20_000 * 64 * 12) / PIECE],
      "a problem": [problemSteps(targets), (20_000 * 64 * (8 + 3 * 4)) / PIECE],
      "gathered targets": [gatherSteps(problem), (20_000 * 64 * 8) / PIECE],
      "the Gaussian model": [gaussianFormSteps(problem), (20_000 * 64 * 32) / PIECE],
      eigenvalues: [
        eigenSteps(
          normals(128 * 128).map((v, at) => v + (at % 129 === 0 ? 9 : 0)),
          128,
        ),
        20,
      ],
      clusters: [clusterings(plane, new Float64Array(10_000).fill(1e-4), [8, 32, 128, 512]), 4],
      weights: [parameterSteps({ height: 28, width: 28, channels: 1, latent: 64 }, 1), 100],
    };
    for (const [name, [steps, least]] of Object.entries(work)) {
      const count = pieces(steps);
      assert.ok(count >= Math.floor(least), `${name}: ${count} pieces, expected ${least}`);
    }
    assert.is(itemsOf(4 * PIECE), 1);
  },

  async "the result is the same in pieces and at once, and a signal ends it between two pieces"() {
    const matrix = normals(32 * 32);
    let pauses = 0;
    const signal = { aborted: false, reason: new Error("enough") };
    const gpu = {
      async pause(given?: { readonly aborted: boolean; readonly reason: unknown }): Promise<void> {
        pauses++;
        if (given?.aborted === true) throw given.reason;
      },
    };
    assert.equal(await inPieces(gpu, eigenSteps(matrix, 32)), symmetricEigen(matrix, 32));
    const inTurn = await inPieces(gpu, closePointsSteps(rows, 64, 0.1), signal);
    assert.equal(inTurn, atOnce(closePointsSteps(rows, 64, 0.1)));
    assert.ok(pauses > 20, `${pauses} pauses`);
    signal.aborted = true;
    const thrown = await inPieces(gpu, closePointsSteps(rows, 64, 0.1), signal).catch((error: unknown) => error);
    assert.is(thrown, signal.reason);
  },
});
