// A counter that gives ranges to several devices, which answer out of order: all that asks a
// counter gets the bits of one device.
import * as assert from "uvu/assert";
import type { Cancellable } from "../../../src/kernels/signal.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { type CellCounter, type Question, rangesOf, ranking } from "../../../src/ot/cells/counter.ts";
import { certify } from "../../../src/ot/certificate/certificate.ts";
import { neighbourGraph } from "../../../src/ot/map/graph.ts";
import { massCentres } from "../../../src/ot/map/map.ts";
import type { Points } from "../../../src/ot/points.ts";
import { createProblem, gatherForDevice } from "../../../src/ot/problem.ts";
import type { SolveOptions } from "../../../src/ot/solver/solution.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { repairEmpty } from "../../../src/ot/solver/warmStart.ts";
import type { Draw, Source } from "../../../src/ot/source.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { normals } from "../instances.ts";

const gpu = await testEngine();
const DEVICES = 3;
const PIECE = 512;

/** Counts ranges on three devices in turn; the last to be asked answers first. */
class Several extends Cells implements CellCounter {
  readonly #others: readonly Cells[];
  /** Ranges that were asked for so far. */
  static ranges = 0;

  constructor(targets: Points, source: Source) {
    super(gpu, targets, source);
    this.#others = Array.from({ length: DEVICES }, () => new Cells(gpu, targets, source));
  }

  override setHeights(h: ArrayLike<number>): void {
    for (const cells of this.#others) cells.setHeights(h);
  }

  override beside(targets: Points, source: Source): Several {
    return new Several(targets, source);
  }

  override async ask<P, A>(question: Question<P, A>, parameter: P, draw: Draw, options: Cancellable = {}): Promise<A> {
    const free = { ...question, range: question.range ?? ((): number => PIECE) };
    const ranges = [...rangesOf(free, parameter, this.targets, draw)];
    Several.ranges += ranges.length;
    const answers = new Array<A>(ranges.length);
    const order = [...ranges.keys()].reverse();
    await Promise.all(
      this.#others.map(async (cells, device) => {
        for (const at of order.filter((r) => r % DEVICES === device)) {
          answers[at] = await question.answer(cells, ranges[at] as Draw, parameter, options);
        }
      }),
    );
    return question.join(answers);
  }

  override dispose(): void {
    for (const cells of this.#others) cells.dispose();
    super.dispose();
  }
}

const several = (targets: Points, source: Source): Several => new Several(targets, source);
const problems = {
  plane: createProblem(normals(40, 2, 1), { source: "cube" }),
  space: createProblem(normals(60, 16, 2), { nu: Float64Array.from({ length: 60 }, (_, i) => 1 + (i % 3)) }),
  rows: createProblem(normals(12, 5, 3), { source: { samples: normals(4000, 5, 4) } }),
};

/** The solution by one device and by several, which must have more than one range. */
async function both(problem: (typeof problems)["plane"], options: SolveOptions) {
  const one = await solve(gpu, problem, options);
  const before = Several.ranges;
  const other = await solve(several, problem, options);
  assert.ok(Several.ranges - before > one.steps, "ranges");
  return [one, other] as const;
}

describe("counters", {
  "solutions and their evaluations have the bits of one device": async () => {
    for (const [name, problem] of Object.entries(problems)) {
      for (const flips of [0, ...(name === "space" ? ([2, 4] as const) : [])] as const) {
        // The plane needs its steps for the multiscale start.
        const limit = name === "plane" ? {} : { maxSteps: 20 };
        const [one, other] = await both(problem, { chi2: 0.05, seed: 3, flips, ...limit });
        assert.equal(other, one, `${name}, ${flips} flips`);
      }
    }
    const paper = { recipe: "paper", paper: { iterations: 20, batch: 4000 } } as const;
    const [one, other] = await both(problems.space, paper);
    assert.equal(other, one, "paper");
  },

  "mass centres, certificate, graph and repair have the bits of one device": async () => {
    const problem = gatherForDevice(problems.space);
    const { heights } = await solve(gpu, problem, { seed: 1, chi2: 0.05, maxSteps: 20 });
    using cells = new Cells(gpu, problem.targets, problem.source);
    using others = several(problem.targets, problem.source);
    const results = async (counter: CellCounter) => {
      counter.setHeights(heights);
      const solved = { cells: counter, problem };
      const centres = await massCentres(solved, { samplesPerCell: 5000, seed: 2, flips: 4 });
      const graph = await neighbourGraph(solved, { samples: 2000 });
      const lists = await counter.ask(ranking, 3, { seed: 1, stream: 3, first: 7, count: 2345 });
      const bounds = await certify(counter, problem, heights, { samples: 2 ** 19 });
      const empty = { empty: [3, 8], margin: 1e-3, seed: 1 };
      const low = heights.map((h, i) => (empty.empty.includes(i) ? h - 50 : h));
      return { centres, graph, lists, bounds, repaired: await repairEmpty(counter, low, empty) };
    };
    const one = await results(cells);
    const before = Several.ranges;
    const other = await results(others);
    assert.equal(other, one);
    assert.ok(Several.ranges - before >= 2 + 4 + 5 + 2 + 32, `${Several.ranges - before} ranges`);
  },

  "ranges follow each other and depend on sizes alone": () => {
    const targets = normals(2000, 64, 1);
    const draw: Draw = { seed: 1, stream: 0, first: 512, count: 100_000, flips: 4 };
    const ranges = [...rangesOf(ranking, 2, targets, draw)];
    let next = draw.first;
    for (const { first, count, ...rest } of ranges) {
      assert.is(first, next);
      assert.is(first % 512, 0);
      assert.equal(rest, { seed: 1, stream: 0, flips: 4 });
      next += count;
    }
    assert.is(next, draw.first + draw.count);
    assert.ok(ranges.length > 1);
  },
});
