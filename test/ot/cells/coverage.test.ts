// Intervals of χ² from samples with sign flips, which are not independent of each other.
import * as assert from "uvu/assert";
import { powerOfTwo } from "../../../src/math/float64.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { evaluateHeights } from "../../../src/ot/cells/evaluation.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { choosePilot } from "../../../src/ot/solver/pilot.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { FLIPS } from "../../../src/ot/source.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { normals } from "../instances.ts";

const gpu = await testEngine();
const SEEDS = 100;

/** Targets in few and in many dimensions: in few of them flipped samples often share a cell. */
const problems = ([2, 16] as const).flatMap((d) => {
  const targets = normals(60, d, 4);
  return [
    createProblem(targets),
    createProblem(targets, { nu: Float64Array.from({ length: 60 }, (_, i) => 1 + (i % 4)) }),
  ];
});

describe("coverage", {
  "nominal 95 % intervals of χ² hold for at least 90 of 100 seeds, solved and far from it": async () => {
    for (const problem of problems) {
      using cells = new Cells(gpu, problem.targets);
      const { heights } = await solve(gpu, problem, { chi2: 0.02, seed: 2 });
      for (const off of [0, 0.1]) {
        const h = heights.map((value, i) => value + off * Math.sin(i));
        const truth = await evaluateHeights(cells, h, problem.nu, {
          seed: 1,
          stream: 7,
          first: 0,
          count: powerOfTwo(21),
        });
        for (const flips of FLIPS.filter((m) => m <= problem.targets.dimension)) {
          let [inside, sum] = [0, 0];
          for (let seed = 0; seed < SEEDS; seed++) {
            const draw = { seed, stream: 1, first: 0, count: 2048, flips };
            const { chi2, sd } = await evaluateHeights(cells, h, problem.nu, draw);
            if (Math.abs(chi2 - truth.chi2) <= 2 * Math.hypot(sd, truth.sd)) inside++;
            sum += (chi2 - truth.chi2) / sd;
          }
          const what = `d ${problem.targets.dimension}, off ${off}, ${flips} flips`;
          assert.ok(inside >= 90, `${what}: ${inside} inside`);
          // The mean of 100 standard errors is a normal of deviation 1 / 10; level 1e-6.
          assert.ok(Math.abs(sum / SEEDS) <= 0.5, `${what}: biased by ${sum / SEEDS} deviations`);
        }
      }
    }
  },

  "the pilot takes flips where they save work, and none where samples would share cells": async () => {
    const choice = async (d: number, count: number) => {
      using cells = new Cells(gpu, normals(count, d, 5));
      cells.setHeights(new Float64Array(count));
      return await choosePilot(cells, new Float64Array(count).fill(1 / count), { seed: 1, wanted: undefined });
    };
    assert.is((await choice(1, 20)).flips, 0);
    const many = await choice(64, 2000);
    assert.is(many.flips, 4);
    assert.ok(many.inflation >= 1 && many.inflation < 2, `${many.inflation}`);
  },
});
