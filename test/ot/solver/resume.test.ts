import * as assert from "uvu/assert";
import { createProblem } from "../../../src/ot/problem.ts";
import { start } from "../../../src/ot/solver/descent.ts";
import type { SolveOptions, SolverState } from "../../../src/ot/solver/solution.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { normals } from "../instances.ts";

const gpu = await testEngine();

describe("resume", {
  "from any state that it gave, the rest is the same bit for bit: in a round, at its end, in a second round and after a multiscale start":
    async () => {
      // far more than the first round's samples can reach, so that another one follows
      for (const [problem, chi2, flips, budget] of [
        [createProblem(normals(10, 8, 4)), 5e-5, 0, 7.2e5],
        [createProblem(normals(10, 8, 4)), 7e-5, 2, 2e6],
        [createProblem(normals(10, 8, 4)), 2e-5, 4, 4e6],
        [createProblem(normals(40, 2, 5)), 28e-5, 0, 7.2e5],
        [createProblem(normals(40, 2, 5)), 28e-5, 2, 2e6],
      ] as const) {
        const options: SolveOptions = { chi2, budget, lr: 3, seed: 4, flips };
        const states: SolverState[] = [];
        const marks: number[] = [];
        const whole = await solve(gpu, problem, {
          ...options,
          onStep: ({ state }) => void (state !== undefined && states.push(state)),
          beforeStep: (iteration) => marks.push(iteration),
        });
        assert.ok(whole.steps > 600, `${whole.steps} steps`);
        const ends = states.flatMap(({ descent: { iteration, of } }, i) => (iteration === of ? [i] : []));
        assert.ok(ends.length >= 2, "two rounds");
        for (const i of [150, ends[0] as number, (ends[0] as number) + 1, states.length - 1]) {
          const from = states[i] as SolverState;
          const later: number[] = [];
          const rest = await solve(gpu, problem, {
            ...options,
            from,
            beforeStep: (iteration) => later.push(iteration),
          });
          assert.equal({ ...rest, seconds: 0 }, { ...whole, seconds: 0 }, `state ${i}`);
          assert.equal(later, marks.slice(marks.length - later.length), "marks");
        }
      }
      const problem = createProblem(normals(20, 2, 4));
      const descent = start({ heights: new Float64Array(19), lr: 0.1, samples: 1e5, seed: 1, first: 0 });
      const from = { round: 0, steps: 0, otherSamples: 0, alpha: 1, inflation: 1, descent };
      await rejects(solve(gpu, problem, { from }), "expected a state `from` of 20 targets, got one of 19");
      await rejects(solve(gpu, problem, { from, recipe: "paper" }), "no state `from` with the recipe paper");
    },
});
