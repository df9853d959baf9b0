// What the transport's functions refuse: each by a RangeError that says what was expected and what
// came.
import * as assert from "uvu/assert";
import { Cells } from "../../src/ot/cells/cells.ts";
import { certify } from "../../src/ot/certificate/certificate.ts";
import { solveClasses } from "../../src/ot/classes.ts";
import { solveExact } from "../../src/ot/exact/exact.ts";
import { extend } from "../../src/ot/extension/extend.ts";
import { type Points, type Rule, type SolveOptions, type Source, STREAMS } from "../../src/ot/index.ts";
import { neighbourGraph } from "../../src/ot/map/graph.ts";
import { createMap, massCentres, transport } from "../../src/ot/map/map.ts";
import { preimages } from "../../src/ot/map/potentials.ts";
import { points } from "../../src/ot/points.ts";
import { createProblem, gatherForDevice } from "../../src/ot/problem.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";
import { normals } from "./instances.ts";

const gpu = await testEngine();
const targets: Points = normals(4, 2, 1);
const problem = createProblem(targets);
const map = createMap(gpu, problem, [0, 0, 0, 0]);

/** `promise` is rejected with a RangeError whose message contains `message`. */
async function refuses(promise: Promise<unknown>, message: string): Promise<void> {
  await rejects(promise, message);
  await promise.catch((error: unknown) => assert.instance(error, RangeError));
}

describe("refusals", {
  "numbers of samples that are none, or without end": async () => {
    for (const samplesPerCell of [Number.POSITIVE_INFINITY, 1e300, 0, -1, Number.NaN]) {
      await refuses(massCentres(map, { samplesPerCell }), `\`samplesPerCell\` above 0, for at most 2^48`);
    }
    for (const samples of [0, -3, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await refuses(neighbourGraph(map, { samples }), `expected a whole number of \`samples\` from 1, got ${samples}`);
    }
    for (const lift of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await refuses(neighbourGraph(map, { lift }), `neighbourGraph: expected \`lift\` above 0, got ${lift}`);
    }
    const flips = 4;
    await refuses(neighbourGraph(map, { flips }), "neighbourGraph: expected `flips` of at most the dimension");
    for (const each of [-1, 0, 0.5, Number.NaN]) {
      await refuses(preimages(map, [0], { each }), `preimages: expected a whole number \`each\` from 1, got ${each}`);
    }
    for (const most of [-1, 0, Number.NaN, Number.POSITIVE_INFINITY]) {
      await refuses(preimages(map, [0], { most }), `preimages: expected a whole number \`most\` from 1, got ${most}`);
    }
  },

  "recipes and rules of unknown names": async () => {
    const options = { recipe: "foo" } as unknown as SolveOptions;
    await refuses(solve(gpu, problem, options), "solve: expected the `recipe` default or paper, got foo");
    const rule = { name: "foo" } as unknown as Rule;
    await refuses(
      extend(map, normals(3, 2, 1), rule),
      "extend: expected a `rule` plain, facet, local, chart or paper, got foo",
    );
  },

  "classes without masses, and labels that are no numbers": async () => {
    const labels = [0, 1, 0, 1];
    for (const [nu, got] of [
      [[0, 0, 0, 0], "0"],
      [[1, Number.NaN, 1, 1], "NaN"],
      [[1, Number.POSITIVE_INFINITY, 1, 1], "Infinity"],
    ] as const) {
      const message = `solveClasses: expected masses \`nu\` with a finite sum above 0, got ${got}`;
      await refuses(solveClasses(gpu, targets, labels, { nu }), message);
    }
    await refuses(solveClasses(gpu, targets, labels, { nu: [1, 1, 1, -1] }), "expected finite masses `nu` ≥ 0, got -1");
    await refuses(
      solveClasses(gpu, targets, [0, 1, Number.NaN, 1]),
      "solveClasses: expected numbers as `labels`, got NaN at 2",
    );
    const maps = await solveClasses(gpu, targets, labels, { nu: [1, 0, 1, 0] });
    assert.equal([...maps.byLabel.keys()], [0]);
    maps.dispose();
  },

  "heights to start from, in every recipe": async () => {
    const some = createProblem(targets, { nu: [1, 1, 0, 1] });
    const none = Number.NEGATIVE_INFINITY;
    for (const [heights, message] of [
      [[0, 0, 0], "expected 4 `heights`, got 3"],
      [[0, none, 0, 0], "expected finite `heights` of targets with mass, got -Infinity at 1"],
      [[0, 0, 0, Number.NaN], "expected finite `heights` of targets with mass, got NaN at 3"],
    ] as const) {
      for (const recipe of ["default", "paper"] as const) {
        await refuses(solve(gpu, some, { heights, recipe }), `solve: ${message}`);
      }
      throws(() => solveExact(some, { heights }), `exact: ${message}`);
    }
    const start = [0.1, 0, none, -0.1];
    for (const recipe of ["default", "paper"] as const) {
      const { heights } = await solve(gpu, some, { heights: start, recipe, budget: 40_000 });
      assert.equal([...heights].map(Number.isFinite), [true, true, false, true], recipe);
    }
    assert.is(solveExact(some, { heights: start }).stop, "reached");
  },

  "what is no points, no masses, no options, no problem and no heights, each with the way out": async () => {
    const wrong = <T>(value: unknown): T => value as T;
    const flat = [0, 0, 1, 2];
    const make =
      'make them by points(name, rows, dimension) of an array with the numbers of all rows, such as points("y"';
    for (const [value, got] of [
      [[[0, 0]], "an array of arrays"],
      [flat, "an array"],
      [Float32Array.from(flat), "an object of class Float32Array"],
      [undefined, "undefined"],
      [{ values: flat, count: 2, dimension: 2 }, "an object with { values, count, dimension }"],
      [{ values: Float32Array.from(flat), count: 3, dimension: 2 }, "an object with { values, count, dimension }"],
    ] as const) {
      const points = `expected points, got ${got}; ${make}`;
      throws(() => createProblem(wrong(value)), `ot: \`targets\`: ${points}`);
      throws(() => new Cells(gpu, wrong(value)), `cells: \`targets\`: ${points}`);
      if (value === undefined) continue;
      const source = wrong<Source>({ samples: value });
      throws(() => createProblem(targets, { source }), `ot: \`source.samples\`: ${points}`);
    }
    await refuses(transport(map, wrong([[0, 0]])), "cells: the samples: expected points, got an array of arrays");
    await refuses(solveClasses(gpu, wrong([[0, 0]]), [0]), "solveClasses: `targets`: expected points, got an array");
    await refuses(solveClasses(gpu, targets, wrong(undefined)), "expected 4 `labels`, got undefined");

    const nested = "expected numbers, row after row in one array, got an array at 0; use rows.flat()";
    throws(() => points("y", wrong([[0, 0]]), 2), `y: ${nested}`);
    throws(
      () => points("y", wrong(["0", "1"]), 2),
      'y: expected numbers, row after row in one array, got the text "0" at 0',
    );
    throws(() => points("y", wrong([0n, 1n]), 2), "got 0n at 0");
    throws(() => points("y", wrong("0012"), 2), 'y: expected an array of numbers, got the text "0012"');
    throws(
      () => points(wrong(flat), wrong(2), wrong(undefined)),
      "expected (name, rows, dimension), got an array as the name",
    );

    throws(
      () => createProblem(targets, wrong([1, 1, 1, 1])),
      "createProblem: expected a record of options among nu, source, got an array",
    );
    throws(() => createProblem(targets, wrong({ weights: [1] })), "expected options among nu, source, got `weights`");
    throws(() => createProblem(targets, { nu: wrong(1) }), "expected 4 masses `nu`, got 1");
    throws(() => createProblem(targets, { nu: wrong([[1], [1], [1], [1]]) }), "masses `nu` ≥ 0, got an array at 0");
    throws(() => createProblem(targets, { source: wrong(targets) }), "{ samples }, got an object with { values, count");

    const problems =
      "expected a problem, got an object with { values, count, dimension }; make it by createProblem(targets)";
    await refuses(solve(gpu, wrong(targets)), `solve: ${problems}`);
    await refuses(certify(map.cells, wrong(targets), [0, 0, 0, 0]), `certify: ${problems}`);
    throws(() => createMap(gpu, wrong(targets), [0, 0, 0, 0]), `createMap: ${problems}`);
    throws(() => gatherForDevice(wrong(targets)), `gatherForDevice: ${problems}`);
    throws(() => solveExact(wrong(targets)), `exact: ${problems}`);
    await refuses(certify(wrong(map), problem, [0, 0, 0, 0]), "certify: expected cells, got an object with { gpu,");
    throws(
      () => createMap(gpu, problem, wrong({ heights: [] })),
      "expected 4 heights `h`, got an object with { heights }",
    );
    throws(() => createMap(gpu, problem, wrong(undefined)), "expected 4 heights `h`, got undefined");
  },

  "points of another dimension than the targets": async () => {
    const cells = new Cells(gpu, targets);
    cells.setHeights([0, 0, 0, 0]);
    await refuses(cells.count(normals(3, 3, 1)), "cells: expected points of dimension 2, got 3");
    await refuses(cells.count({ seed: 1, stream: STREAMS.source.solver, first: 0, count: 0 }), "positive `count`");
    cells.dispose();
  },
});
