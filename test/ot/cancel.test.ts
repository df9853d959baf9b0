// Every long function of the transport can be cancelled, and leaves everything as it was.
import * as assert from "uvu/assert";
import type { Signal } from "../../src/kernels/signal.ts";
import { powerOfTwo } from "../../src/math/float64.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { evaluateHeights } from "../../src/ot/cells/evaluation.ts";
import { certify } from "../../src/ot/certificate/certificate.ts";
import { sampleClass, solveClasses } from "../../src/ot/classes.ts";
import { extend, sample } from "../../src/ot/extension/extend.ts";
import type { Rule } from "../../src/ot/extension/rule.ts";
import { neighbourGraph } from "../../src/ot/map/graph.ts";
import { createMap, massCentres, potential, transport } from "../../src/ot/map/map.ts";
import { conjugate, displacementInterpolation, kantorovich, preimages } from "../../src/ot/map/potentials.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { step } from "../../src/ot/solver/descent.ts";
import type { Progress, SolveOptions, SolverState } from "../../src/ot/solver/solution.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { medianMargin, repairEmpty, warmStart } from "../../src/ot/solver/warmStart.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { normals } from "./instances.ts";

const gpu = await testEngine();
const REASON = new Error("enough");

/** A signal that is aborted from the `n`-th time on that it is asked; `asked` counts. */
class Countdown implements Signal {
  asked = 0;
  readonly reason = REASON;
  readonly #n: number;
  constructor(n: number) {
    this.#n = n;
  }
  get aborted(): boolean {
    this.asked++;
    return this.asked >= this.#n;
  }
}

async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/**
 * `work` ends by the signal before, in the middle and at the last pause of it, gives its memory
 * back, and then works as if nothing had been; a signal that is aborted afterwards changes nothing.
 * `least` pauses at least.
 */
async function assertCancels(name: string, least: number, work: (signal: Signal) => Promise<unknown>): Promise<void> {
  const never = new Countdown(Number.POSITIVE_INFINITY);
  const whole = await work(never);
  assert.ok(never.asked >= least, `${name}: ${never.asked} pauses, expected ${least}`);
  const { inUse } = gpu.memory();
  for (const at of new Set([1, Math.ceil((never.asked + 1) / 2), never.asked])) {
    const signal = new Countdown(at);
    assert.is(await reasonOf(work(signal)), REASON, `${name}, aborted at pause ${at} of ${never.asked}`);
    assert.is(gpu.memory().inUse, inUse, `${name}: memory after pause ${at} of ${never.asked}`);
  }
  const after = new AbortController();
  assert.equal(await work(after.signal), whole, `${name}: the work after it`);
  after.abort(REASON);
  assert.is(gpu.memory().inUse, inUse, `${name}: memory at the end`);
}

/** Three targets in so many dimensions that a chunk holds 16,384 samples and a portion 4,096. */
const wide = createProblem(normals(3, 1024, 1));
const SAMPLES = 17_000;
const draw = (count = SAMPLES, stream = 0) => ({ seed: 1, stream, first: 0, count });

describe("cancelling", {
  async "the power cells, between chunks"() {
    const cells = new Cells(gpu, wide.targets);
    cells.setHeights(new Float64Array(3));
    await assertCancels("count", 3, (signal) => cells.count(draw(40_000), { signal }));
    await assertCancels("assign", 2, (signal) =>
      cells.assign(draw(), ["index", "max", "runnerUp"], { signal }).then(({ index, max }) => ({ index, max })),
    );
    const flipped = { ...draw(40_000 * powerOfTwo(2)), flips: 2 } as const;
    await assertCancels("count of flipped samples", 3, (signal) => cells.count(flipped, { signal }));
    await assertCancels("topK", 2, (signal) => cells.topK(draw(), 2, { signal }));
    await assertCancels("draw", 2, async (signal) => {
      const { values } = await cells.draw(draw(), { signal });
      return [values.length, values.subarray(0, 4096), values.subarray(-4096)];
    });
    await assertCancels("evaluateHeights", 2, (signal) =>
      evaluateHeights(cells, wide.nu, wide.nu, { ...draw(), signal }),
    );
    cells.dispose();
  },

  async "an event that comes while chunks are computed is heard of"() {
    const cells = new Cells(gpu, wide.targets);
    cells.setHeights(new Float64Array(3));
    const controller = new AbortController();
    setImmediate(() => controller.abort(REASON));
    assert.is(await reasonOf(cells.count(draw(2 ** 40), { signal: controller.signal })), REASON);
    cells.dispose();
  },

  async "no more than two chunks of samples are on their way to the device at a time"() {
    const cells = new Cells(gpu, wide.targets);
    cells.setHeights(new Float64Array(3));
    let [sent, done, most] = [0, 0, 0];
    const { onCommand } = gpu;
    gpu.onCommand = (command) => {
      if (command.kind === "dispatch" && command.op === "assign") most = Math.max(most, ++sent - done);
    };
    const wait = gpu.done;
    gpu.done = async () => {
      const until = sent;
      await wait.call(gpu);
      done = until;
    };
    try {
      await cells.count(draw(80_000));
    } finally {
      gpu.onCommand = onCommand;
      gpu.done = wait;
    }
    assert.equal([sent, most], [5, 2]);
    cells.dispose();
  },

  async "a map, its centres, graph, conjugate and preimages"() {
    const map = createMap(gpu, wide, new Float64Array(3));
    await assertCancels("massCentres", 4, (signal) => massCentres(map, { samplesPerCell: 4500, signal }));
    await assertCancels("neighbourGraph", 3, (signal) => neighbourGraph(map, { samples: 40_000, signal }));
    const y = normals(2, 1024, 5);
    await assertCancels("conjugate", 2, (signal) => conjugate(map, y, { samples: 500, signal }));
    await assertCancels("preimages", 4, (signal) => preimages(map, [0, 2], { each: 1e5, most: 13_000, signal }));
    const x = normals(100, 1024, 6);
    await assertCancels("transport", 1, (signal) => transport(map, draw(100), { signal }));
    await assertCancels("potential", 1, (signal) => potential(map, x, { signal }));
    await assertCancels("displacementInterpolation", 1, (signal) => displacementInterpolation(map, x, 0.5, { signal }));
    await assertCancels("kantorovich", 2, (signal) => kantorovich(map, x, { signal }));
    map.dispose();
  },

  async "the extension by every rule"() {
    const map = createMap(gpu, wide, new Float64Array(3));
    const centres = await massCentres(map);
    const rules: [number, Rule][] = [
      [1, { name: "plain" }],
      [1, { name: "facet" }],
      [2, { name: "local", neighbours: 2 }],
      [2, { name: "chart", centres }],
      [2, { name: "paper", centres }],
    ];
    for (const [least, rule] of rules) {
      await assertCancels(`extend, ${rule.name}`, least, (signal) => extend(map, draw(300), rule, { signal }));
    }
    await assertCancels("sample", 1, (signal) => sample(map, { count: 300, rule: { name: "plain" }, signal }));
    map.dispose();
  },

  async "maps of classes"() {
    const targets = normals(24, 2, 7);
    const labels = Array.from({ length: 24 }, (_, i) => i % 3);
    await assertCancels("solveClasses", 600, async (signal) => {
      const maps = await solveClasses(gpu, targets, labels, { chi2: 0.1, maxSteps: 200, signal });
      maps.dispose();
      return Array.from(maps.byLabel.values(), ({ solution }) => ({ ...solution, seconds: 0 }));
    });
    const maps = await solveClasses(gpu, targets, labels, { chi2: 0.1, maxSteps: 20 });
    await assertCancels("sampleClass", 1, (signal) =>
      sampleClass(maps, 1, { count: 50, rule: { name: "facet" }, signal }),
    );
    maps.dispose();
  },

  async "the certificate"() {
    const cells = new Cells(gpu, wide.targets);
    await assertCancels("certify", 4, (signal) =>
      certify(cells, wide, new Float64Array(3), { samples: 16 * 2048, signal }),
    );
    cells.dispose();
  },

  async "the solver's parts"() {
    const cells = new Cells(gpu, wide.targets);
    await assertCancels("warmStart", 10, (signal) => warmStart(cells, wide, draw(512, 2), { signal }));
    await assertCancels("medianMargin", 1, (signal) =>
      medianMargin(cells, new Float64Array(3), draw(4096, 3), { signal }),
    );
    await assertCancels("repairEmpty", 2, (signal) =>
      repairEmpty(cells, Float64Array.of(0, 0, -9), { empty: [2], margin: 0.1, seed: 1, signal }),
    );
    cells.dispose();
  },

  async "the solver: its warm and multiscale start, its rounds, its estimates, and the paper's recipe"() {
    const plane = createProblem(normals(40, 2, 5));
    const recipes: [string, number, SolveOptions][] = [
      ["warm start", 400, { multiscale: false, maxSteps: 350, flips: 0 }],
      ["pilot and flips", 350, { multiscale: false, maxSteps: 300, flips: 2 }],
      ["multiscale start", 700, { maxSteps: 1300, flips: 0 }],
      ["paper", 40, { recipe: "paper", maxSteps: 40 }],
    ];
    for (const [name, least, options] of recipes) {
      await assertCancels(`solve, ${name}`, least, async (signal) => {
        const told: number[] = [];
        const onStep = ({ iteration }: Progress) => told.push(iteration);
        const solution = await solve(gpu, plane, { chi2: 0.01, ...options, onStep, signal });
        return { ...solution, seconds: 0, told };
      });
    }
  },

  "the step under way and its onStep are the last, and from the state that it told the rest is the same bit for bit":
    async () => {
      for (const [problem, chi2, flips, budget] of [
        [createProblem(normals(10, 8, 4)), 8e-5, 0, 7.2e5],
        [createProblem(normals(10, 8, 4)), 2e-5, 4, 4e6],
        [createProblem(normals(40, 2, 5)), 32e-5, 0, 7.2e5],
      ] as const) {
        const options: SolveOptions = { chi2, budget, lr: 3, seed: 4, flips };
        const told: Progress[] = [];
        const whole = await solve(gpu, problem, { ...options, onStep: (at) => told.push(at) });
        const estimated = told.findIndex(({ chi2: found }) => found !== undefined);
        const first = told.findIndex(({ state }) => state !== undefined);
        for (const stop of [first, first + 7, estimated, estimated + 1, told.length - 1]) {
          const controller = new AbortController();
          const heard: Progress[] = [];
          const cut = solve(gpu, problem, {
            ...options,
            signal: controller.signal,
            onStep: (at) => heard.push(at) > stop && controller.abort(REASON),
          });
          assert.is(await reasonOf(cut), REASON);
          assert.equal(heard, told.slice(0, stop + 1));
          const from = heard.at(-1)?.state as SolverState;
          const rest = await solve(gpu, problem, { ...options, from });
          assert.equal({ ...rest, seconds: 0 }, { ...whole, seconds: 0 }, `cut after step ${stop}`);
        }
      }
    },

  async "a step and an estimate of several chunks are cut, and the state before them is told once more"() {
    for (const [armed, flips] of [
      [2, 0],
      [3, 0],
      [3, 2],
    ] as const) {
      // a chunk holds as many drawn points with flips as without
      const options: SolveOptions = { chi2: 1e-7, budget: 6e6 * powerOfTwo(flips), maxSteps: 3, seed: 2, flips };
      let [left, told] = [Number.POSITIVE_INFINITY, 0];
      const states: SolverState[] = [];
      const signal = {
        get aborted() {
          return --left < 0;
        },
        reason: REASON,
      };
      const cut = solve(gpu, wide, {
        ...options,
        signal,
        // asked before the first chunk, and then before the second one
        beforeStep: (iteration) => {
          if (iteration === armed) left = 1;
        },
        onStep: ({ state, iteration }) => {
          states.push(state as SolverState);
          told = iteration;
        },
      });
      assert.is(await reasonOf(cut), REASON);
      const last = states.at(-1) as SolverState;
      assert.equal([told, last.descent.iteration, last.estimate], [armed, armed, undefined]);
      const cells = new Cells(gpu, wide.targets);
      const before = states.at(-2) as SolverState;
      const after = armed === 2 ? before.descent : await step(cells, wide, before.descent);
      assert.equal(last, { ...before, descent: after });
      cells.dispose();
    }
  },
});
