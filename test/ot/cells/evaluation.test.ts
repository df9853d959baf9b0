// What samples show of masses that are right, and the default recipe by hand.
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { evaluate } from "../../../src/ot/cells/evaluation.ts";
import { average, learningRateAt, medianMargin, STREAMS, start, step, warmStart } from "../../../src/ot/index.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { normals } from "../instances.ts";

/** Evaluations of 200 sets of counts of `samples` independent samples with masses nu. */
function drawn(nu: Float64Array, samples: number): ReturnType<typeof evaluate>[] {
  const ends = nu.map((_, i) => nu.subarray(0, i + 1).reduce((a, b) => a + b, 0));
  const random = hostRandom(5, 0);
  return Array.from({ length: 200 }, () => {
    const counts = new Float64Array(nu.length);
    for (let m = 0; m < samples; m++) {
      const u = random.uniform();
      const i = Math.max(
        0,
        Math.min(
          nu.length - 1,
          ends.findIndex((end) => u < end),
        ),
      );
      (counts[i] as number) += 1;
    }
    return evaluate(counts, nu);
  });
}

describe("floors", {
  "L1 and the greatest relative error of right masses are their floors, for equal masses and others (level 1e-6)":
    () => {
      const scaled = (masses: Float64Array): Float64Array => masses.map((m) => m / masses.reduce((a, b) => a + b, 0));
      for (const nu of [
        Float64Array.of(0.3, 0.7),
        scaled(new Float64Array(50).fill(1)),
        scaled(Float64Array.from({ length: 50 }, (_, i) => 1 + 4 * (i % 2))),
        scaled(Float64Array.from({ length: 20 }, (_, i) => (i === 3 ? 20 : 1))),
      ]) {
        const all = drawn(nu, 4000);
        const mean = (of: (e: (typeof all)[number]) => number): number => all.reduce((sum, e) => sum + of(e) / 200, 0);
        const l1 = mean((e) => e.l1);
        const sd = Math.sqrt(mean((e) => (e.l1 - l1) ** 2) / 200);
        const { l1Floor, worstFloor } = all[0] as (typeof all)[number];
        assert.ok(Math.abs(l1 - l1Floor) < 5 * sd + 0.01 * l1Floor, `${l1}, expected ${l1Floor}`);
        const worst = mean((e) => e.worst);
        assert.ok(worst > 0.6 * worstFloor && worst < 1.2 * worstFloor, `${worst}, expected about ${worstFloor}`);
      }
    },
  "zero masses count for nothing, and one target has no floor": () => {
    const [some, all] = [Float64Array.of(0.5, 0, 0.5), Float64Array.of(0.5, 0.5)];
    const [a, b] = [evaluate(Float64Array.of(4, 0, 6), some), evaluate(Float64Array.of(4, 6), all)];
    assert.equal(a, b);
    const one = evaluate(Float64Array.of(9, 0), Float64Array.of(1 + 2 ** -52, 0));
    assert.equal([one.chi2, one.l1Floor, one.worstFloor], [0, 0, 0]);
  },
});

describe("by hand", {
  "warm start, margin, steps and average give the bits of `solve`": async () => {
    const gpu = await testEngine();
    // above 4 dimensions there is no multiscale start
    const problem = createProblem(normals(50, 6, 1));
    const seed = 3;
    const solution = await solve(gpu, problem, { chi2: 0.02, seed, flips: 0 });
    assert.equal([solution.stop, solution.steps], ["reached", 300]);
    const cells = new Cells(gpu, problem.targets, problem.source);
    const glance = (stream: number) => ({ seed, stream, first: 0, count: 4096 });
    const { heights, alpha } = await warmStart(cells, problem, glance(STREAMS.source.warmStart));
    const lr = 0.4 * (await medianMargin(cells, heights, glance(STREAMS.source.margin)));
    let state = start({ heights, lr, samples: 300 * 1024, seed, first: 0 });
    assert.is(learningRateAt(state), lr);
    while (state.iteration < state.of) state = await step(cells, problem, state);
    cells.dispose();
    assert.equal(average(state, problem), solution.heights);
    assert.is(alpha, solution.alpha);
  },
});
