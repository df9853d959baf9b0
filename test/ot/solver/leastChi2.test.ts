// What a map from few samples cannot reach: it cannot split a sample.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { leastChi2 } from "../../../src/ot/solver/leastChi2.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { checked, normals } from "../instances.ts";

const gpu = await testEngine();

/** The least χ² over all ways to give `left` samples to the masses. */
function byAllWays(nu: readonly number[], samples: number, left = samples): number {
  const [mass = 0, ...rest] = nu;
  const term = (c: number): number => (c / samples - mass) ** 2 / mass;
  if (rest.length === 0) return term(left);
  return Array.from({ length: left + 1 }, (_, c) => term(c) + byAllWays(rest, samples, left - c)).reduce((a, b) =>
    Math.min(a, b),
  );
}

describe("least χ²", {
  "is that of the best of all ways to give samples to targets: 100 sets of masses, to 1e-9": () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (weights, count, huge) => {
          const nu = weights.map((weight, i) => (huge && i === 0 ? 1e9 * weight : weight));
          const targets = normals(nu.length, 2, 1);
          const problem = createProblem(targets, { nu, source: { samples: normals(count, 2, 2) } });
          const right = byAllWays([...problem.nu], count);
          const least = leastChi2(problem);
          assert.ok(Math.abs(least - right) <= 1e-9 * (1 + right), `${least} for ${right}`);
        },
      ),
      { ...checked, numRuns: 100 },
    );
    assert.is(leastChi2(createProblem(normals(5, 2, 1))), 0);
  },

  "refuses what it rules out, and solves what it does not": async () => {
    const problem = createProblem(normals(60, 2, 1), { source: { samples: normals(5, 2, 2) } });
    const least = leastChi2(problem);
    // Five targets get a fifth each, the others nothing.
    assert.ok(Math.abs(least - (5 * 60 * (1 / 5 - 1 / 60) ** 2 + 55 / 60)) < 1e-9, `${least}`);
    const message = /a map cannot split a sample, and 5 samples come no nearer to the masses of 60 targets/;
    await rejects(solve(gpu, problem), `expected \`chi2\` of at least ${least}, got 0.02`);
    await solve(gpu, problem).catch((error: unknown) => assert.match(String(error), message));
    const same = points("y", [...normals(6, 2, 3).values], 2);
    const { stop } = await solve(gpu, createProblem(same, { source: { samples: normals(6, 2, 2) } }), { chi2: 0.05 });
    assert.is(stop, "reached");
  },
});
