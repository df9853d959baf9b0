import * as assert from "uvu/assert";
import { createProblem } from "../../../src/ot/problem.ts";
import type { Progress, SolverState } from "../../../src/ot/solver/solution.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { normals } from "../instances.ts";

const gpu = await testEngine();
const problem = createProblem(normals(50, 6, 1));
/** Far too great a learning rate: rounds of 300 steps follow each other and do not reach χ². */
const never = { chi2: 0.01, lr: 100, flips: 0 } as const;
const plane = createProblem(normals(60, 2, 3));

describe("maxSteps", {
  async "bounds the steps, the last round's learning rate falls to 0, and the stop says so"() {
    for (const [maxSteps, steps] of [
      [1, 1],
      [4, 4],
      [250, 250],
      [500, 300],
      [700, 600],
    ] as const) {
      const told: Progress[] = [];
      const solution = await solve(gpu, problem, { ...never, maxSteps, onStep: (at) => told.push(at) });
      assert.equal([solution.stop, solution.steps], ["steps", steps]);
      assert.equal(
        told.map(({ iteration }) => iteration),
        Array.from({ length: solution.steps }, (_, i) => i + 1),
      );
      assert.ok(told.every(({ of }) => of <= maxSteps));
      assert.is(told.at(-1)?.lr, 0);
      assert.ok(solution.heights.every(Number.isFinite));
    }
  },

  async "bounds the steps of flipped samples, whose rounds may be longer"() {
    for (const flips of [2, 4] as const) {
      for (const maxSteps of [1, 250, 700]) {
        const told: Progress[] = [];
        const options = { ...never, flips, maxSteps, onStep: (at: Progress) => told.push(at) };
        const { stop, steps, heights } = await solve(gpu, problem, options);
        assert.is(stop, "steps");
        assert.ok(steps <= maxSteps && (maxSteps < 300 ? steps === maxSteps : maxSteps - steps < 300), `${steps}`);
        assert.equal(
          told.map(({ iteration }) => iteration),
          Array.from({ length: steps }, (_, i) => i + 1),
        );
        assert.ok(told.every(({ of }) => of <= maxSteps));
        assert.is(told.at(-1)?.lr, 0);
        assert.ok(heights.every(Number.isFinite));
      }
    }
  },

  async "each step tells its samples and heights, by the paper's recipe as well"() {
    for (const recipe of ["default", "paper"] as const) {
      const told: Progress[] = [];
      const options = { ...never, recipe, maxSteps: 6, onStep: (at: Progress) => told.push(at) };
      const { samples } = await solve(gpu, problem, options);
      assert.is(told.at(-1)?.samples, samples, recipe);
      const counts = told.map((progress) => progress.samples ?? 0);
      assert.ok(
        counts.every((count, i) => count > (counts[i - 1] ?? 0)),
        counts.join(", "),
      );
      assert.is(new Set(told.map(({ heights }) => heights?.join())).size, 6, `${recipe}: six different heights`);
      for (const { heights, state } of told) {
        assert.ok(heights?.length === 50 && heights.every(Number.isFinite));
        if (state !== undefined) assert.equal(heights, state.descent.heights);
      }
    }
  },

  async "what is reached within them is the same as without, bit for bit"() {
    const whole = await solve(gpu, problem, { chi2: 0.02 });
    assert.is(whole.stop, "reached");
    const bounded = await solve(gpu, problem, { chi2: 0.02, maxSteps: whole.steps });
    assert.equal({ ...bounded, seconds: 0 }, { ...whole, seconds: 0 });
  },

  async "the multiscale start counts, and is left out where it would take more than a quarter"() {
    const steps: number[] = [];
    for (const maxSteps of [1199, 1200]) {
      const told: Progress[] = [];
      const solution = await solve(gpu, plane, { ...never, maxSteps, onStep: (at) => told.push(at) });
      assert.equal([solution.stop, solution.steps], ["steps", maxSteps === 1200 ? 1200 : 955]);
      steps.push(told.filter(({ state }) => state === undefined).length);
    }
    assert.equal(steps, [0, 300]);
  },

  async "from a state the rest is the same bit for bit; one beyond the bound is refused"() {
    for (const flips of [0, 4] as const) {
      const options = { ...never, flips, maxSteps: 650, seed: 4 };
      const states: SolverState[] = [];
      const whole = await solve(gpu, problem, {
        ...options,
        onStep: ({ state }) => void (state !== undefined && states.push(state)),
      });
      for (const at of [3, 299, 300, states.length - 1]) {
        const rest = await solve(gpu, problem, { ...options, from: states[at] as SolverState });
        assert.equal({ ...rest, seconds: 0 }, { ...whole, seconds: 0 }, `state ${at}, ${flips} flips`);
      }
      await rejects(
        solve(gpu, problem, { ...options, maxSteps: 200, from: states[3] as SolverState }),
        "solve: expected a state `from` whose round ends within `maxSteps` 200, got one that ends at step",
      );
    }
  },

  async "bounds the paper's recipe"() {
    const { stop, steps } = await solve(gpu, problem, { recipe: "paper", maxSteps: 5 });
    assert.equal([stop, steps], ["steps", 5]);
    const own = await solve(gpu, problem, { recipe: "paper", maxSteps: 5, paper: { iterations: 4 } });
    assert.equal([own.stop, own.steps], ["iterations", 4]);
  },

  async "is refused by name unless it is a whole number from 1"() {
    for (const maxSteps of [0, -1, 1.5, Number.NaN]) {
      await rejects(
        solve(gpu, problem, { maxSteps }),
        `solve: expected a whole number of \`maxSteps\` from 1, got ${maxSteps}`,
      );
    }
  },
});
