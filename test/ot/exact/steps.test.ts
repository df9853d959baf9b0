// The exact solver as a generator of steps.
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import {
  type ExactProgress,
  type ExactSolution,
  exactCells,
  exactSteps,
  solveExact,
} from "../../../src/ot/exact/exact.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem, type Problem } from "../../../src/ot/problem.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const cloud = (count: number, d: number, seed: number): Problem => {
  const random = hostRandom(seed, 0);
  const nu = Array.from({ length: count }, (_, i) => i % 7);
  return createProblem(
    points(
      "targets",
      Array.from({ length: count * d }, () => random.uniform()),
      d,
    ),
    { nu },
  );
};

/** The next progress of a generator, past the pauses before it; undefined at the end. */
function nextStep(steps: ReturnType<typeof exactSteps>): ExactProgress | undefined {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return undefined;
    if (value !== undefined) return value;
  }
}

/** All progress that a generator tells of, its pauses between, and what it returns. */
function drive(steps: ReturnType<typeof exactSteps>) {
  const told: ExactProgress[] = [];
  let pauses = 0;
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return { told, pauses, solution: value };
    if (value === undefined) pauses++;
    else told.push(value);
  }
}

describe("exact steps", {
  "driven to the end they are solveExact, and each tells of the cells at its own heights"() {
    const problem = cloud(120, 2, 1);
    const { told, pauses, solution } = drive(exactSteps(problem));
    const heard: ExactProgress[] = [];
    assert.equal(solution, solveExact(problem, { onStep: (at) => heard.push(at) }));
    assert.equal(told, heard);
    assert.ok(told.length >= 2 && told.length === solution.iterations, `${told.length} steps`);
    // One for the start, and one for each full step and for each time that it was halved.
    const halved = told.reduce((sum, { step }) => sum + Math.log2(1 / step), 0);
    assert.ok(pauses >= 1 + told.length && pauses <= 3 + told.length + halved, `${pauses} pauses`);
    for (const [i, { iteration, step, heights, masses, maxRelativeError }] of told.entries()) {
      assert.is(iteration, i + 1);
      assert.ok(step > 0 && step <= 1, `a step of ${step}`);
      const cells = exactCells(problem, heights);
      // Heights are centred when they are told, which rounds them.
      masses.forEach((mass, t) => {
        assert.ok(Math.abs(mass - (cells.masses[t] as number)) <= 1e-13, `target ${t}: ${mass}`);
      });
      assert.ok(Math.abs(maxRelativeError - cells.maxRelativeError) <= 1e-9);
      heights.forEach((h, t) => {
        assert.is(Number.isFinite(h), (problem.nu[t] as number) > 0);
      });
    }
    assert.equal(told.at(-1)?.heights, solution.heights);
    assert.ok((told.at(-1)?.maxRelativeError ?? 1) <= 1e-10);
  },

  "two at a time do not disturb each other, and one that is dropped leaves nothing behind"() {
    const problems = [cloud(90, 2, 2), cloud(150, 2, 3)];
    const expected = problems.map((problem) => solveExact(problem));
    const dropped = exactSteps(problems[0] as Problem);
    dropped.next();
    const running = problems.map((problem) => exactSteps(problem));
    const found: (ExactSolution | undefined)[] = [undefined, undefined];
    while (found.includes(undefined)) {
      for (const [i, steps] of running.entries()) {
        const { done, value } = steps.next();
        if (done === true && value !== undefined) found[i] = value;
      }
    }
    assert.equal(found, expected);
    dropped.return(expected[0] as ExactSolution);
    assert.is(dropped.next().done, true);
  },

  "what was told can be started from"() {
    const problem = cloud(120, 2, 1);
    const steps = exactSteps(problem);
    nextStep(steps);
    const at = nextStep(steps) as ExactProgress;
    const rest = solveExact(problem, { heights: at.heights });
    const whole = solveExact(problem);
    assert.ok(rest.iterations <= whole.iterations - 1 && rest.maxRelativeError <= 1e-10);
    rest.heights.forEach((h, i) => {
      if (Number.isFinite(h)) assert.ok(Math.abs(h - (whole.heights[i] as number)) <= 1e-9);
    });
  },

  "on a line there is none, and bad options are refused at once"() {
    const { told, solution } = drive(exactSteps(cloud(20, 1, 4)));
    assert.equal([told.length, solution.iterations, solution.stop], [0, 0, "reached"]);
    throws(() => exactSteps(cloud(5, 2, 1), { tolerance: 0 }), "expected `tolerance` above 0, got 0");
    throws(() => exactSteps(cloud(5, 3, 1)), "expected targets in 1 or 2 dimensions, got 3");
  },
});
