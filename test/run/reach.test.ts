// Settings that a device or the samples cannot serve are known before the work.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { createAutoencoder, initParameters } from "../../src/models/autoencoder/autoencoder.ts";
import { autoencoderTask } from "../../src/models/autoencoder/trainAutoencoder.ts";
import { NETWORK_NAMES, networkOf } from "../../src/models/networks/networks.ts";
import { points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { leastPlannedChi2, MOST_SAMPLES, solve } from "../../src/ot/solver/solver.ts";
import { outOfReach } from "../../src/run/reach.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { size } from "../../src/tensor/shape.ts";
import { plainDevice, testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";

/** Makes every tensor and computes nothing, which is enough to know their shapes. */
const empty = new Engine(await plainDevice([], "null"));
const BATCH = 7; // no length of a weight's first axis

describe("reach", {
  "the largest tensor of a step has as many values for each picture as the network says (seed 1, 21 sizes, exactly)"() {
    const side = fc.integer({ min: 8, max: 40 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.constantFrom(1, 3),
        fc.constantFrom(...NETWORK_NAMES),
        (height, width, channels, network) => {
          const config = { height, width, channels, latent: 5, network };
          const model = createAutoencoder(empty, config, initParameters(config, 1));
          const task = autoencoderTask(model);
          let most = height * width * channels;
          const parameters = size(model.parameters.flat.shape);
          const stop = empty.watch({
            after({ output: { shape } }) {
              if (shape[0] === BATCH && shape.length > 1) most = Math.max(most, size(shape) / BATCH);
            },
          });
          try {
            empty.scope(() => {
              const x = empty.full([BATCH, height, width, channels], 0.5);
              task.step({ x, indices: new Uint32Array(BATCH), step: 0, lr: 1e-3 });
            });
          } finally {
            stop();
            task.optimizers["autoencoder"]?.dispose();
            model.dispose();
            empty.trim();
          }
          const largest = networkOf(config).largest(config);
          assert.is(most, largest);
          // A device that holds exactly this, and one that holds a value less.
          const far = (values: number) =>
            outOfReach(
              { chi2: 1, limit: 100, batch: BATCH, model: config },
              { ...empty.limits, maxStorageBufferBindingSize: 4 * values },
            )?.setting;
          const need = BATCH * largest;
          assert.is(far(Math.max(need, parameters)), undefined);
          assert.is(far(parameters - 1), "data");
          if (need > parameters) assert.is(far(need - 1), "batch");
        },
      ),
      { seed: 1, numRuns: 21, examples: [[64, 65, 3, "dcgan"]] },
    );
  },

  async "a chi² is planned for down to what 2^40 samples can reach, by the solver's law"() {
    const engine = await testEngine();
    const model = { height: 8, width: 8, channels: 1, latent: 2 };
    for (const limit of [1, 40, 60_000]) {
      const least = leastPlannedChi2(limit);
      assert.ok(Math.abs((1.8 * limit) / least / MOST_SAMPLES - 1) < 1e-12, String(limit));
      const far = (chi2: number) => outOfReach({ chi2, limit, batch: 2, model }, engine.limits);
      assert.is(far(least), undefined);
      const refused = far(0.999 * least);
      assert.is(refused?.setting, "chi2");
      const [, advised = ""] = /^at least (\S+) for \d+ images/.exec(refused?.expected ?? "") ?? [];
      assert.is(far(Number(advised)), undefined, `${advised} for ${limit} images`);
    }
    const problem = createProblem(points("x", [0, 0, 1, 0, 0, 1], 2));
    await rejects(
      solve(engine, problem, { chi2: 1e-300 }),
      "for 3 targets, got 1e-300, which takes more than 2^40 samples",
    );
    assert.is((await solve(engine, problem, { chi2: 1e-300, budget: 9600 })).stop, "budget");
  },
});
