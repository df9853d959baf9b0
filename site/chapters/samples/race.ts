import {
  Cells,
  createProblem,
  evaluateHeights,
  exactCells,
  exactSteps,
  type Polygons,
  type Problem,
  type Progress,
  points,
  SAMPLES_PER_TARGET,
  type Solution,
  STREAMS,
  solve,
} from "brenier/ot";
import type { OpenedGpu } from "brenier/web";
import { stepsOf } from "../../shell/channel.ts";

/** What a solver has reached. */
export interface Reached {
  /** Σ (w_i − nu_i)² / nu_i of the exact cells at its heights. */
  readonly chi2: number;
  readonly cells: Polygons;
  readonly masses: Float64Array;
  readonly heights: Float64Array;
  /** The exact W2 at these heights; at most that of the solution. */
  readonly w2: number;
  /** Samples of its steps so far. */
  readonly samples: number;
  readonly steps: number;
  /** Milliseconds of its own work so far. */
  readonly time: number;
  /** χ² as fresh samples estimate it, without and with two standard deviations. */
  readonly estimate?: { readonly chi2: number; readonly low: number; readonly high: number };
  /** Why it stopped; undefined while it goes on. */
  readonly stop?: Solution["stop"];
}

export interface Race {
  readonly problem: Problem;
  /** Samples that each of the solvers by samples may use. */
  readonly budget: number;
  readonly seed: number;
}

/** Between two steps that are shown, the number of samples grows by this factor. */
const PACE = 1.22;
/** Samples of an estimate of χ². */
const ESTIMATE = 32_768;

export const problemOf = (values: Float64Array, weights: Float64Array, source: "cube" | "gaussian"): Problem =>
  createProblem(points("samples", values, 2), { nu: weights, source });

/** The exact figures at some heights. */
export function reachedAt(
  problem: Problem,
  heights: Float64Array,
): Pick<Reached, "chi2" | "cells" | "masses" | "heights" | "w2"> {
  const { cells, masses, w2 } = exactCells(problem, heights);
  const chi2 = problem.nu.reduce((sum, nu, i) => (nu > 0 ? sum + ((masses[i] as number) - nu) ** 2 / nu : sum), 0);
  return { chi2, cells, masses, heights, w2 };
}

/** Newton's method, step by step. */
export function* newtonSteps(problem: Problem): Generator<Reached, Reached, undefined> {
  let [time, last] = [0, performance.now()];
  const steps = exactSteps(problem);
  for (;;) {
    const { done, value } = steps.next();
    if (done !== true && value === undefined) continue;
    time += performance.now() - last;
    const { heights, w2 } = value as NonNullable<typeof value> & { readonly w2?: number };
    const reached = { ...reachedAt(problem, heights), samples: 0, time };
    if (done === true) return { ...reached, w2: w2 ?? reached.w2, steps: value.iterations };
    yield { ...reached, steps: (value as { readonly iteration: number }).iteration };
    last = performance.now();
  }
}

/**
 * A solver by samples within the budget: the package's own, or the published recipe with its
 * constant learning rate.
 */
export async function* sampleSteps(
  gpu: OpenedGpu,
  { problem, budget, seed }: Race,
  recipe: { readonly name: "default" } | { readonly name: "paper"; readonly lr: number },
  signal: AbortSignal,
): AsyncGenerator<Reached, Reached> {
  const { targets, source, nu } = problem;
  const active = nu.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0);
  const cells = new Cells(gpu, targets, source);
  let [time, last, next, estimates] = [0, performance.now(), 0, 0];
  const shown = async (heights: Float64Array, samples: number, steps: number): Promise<Reached> => {
    time += performance.now() - last;
    const first = ESTIMATE * estimates++;
    const draw = { seed: seed + 1, stream: STREAMS.source.evaluation, first, count: ESTIMATE, signal };
    const { chi2, sd } = await evaluateHeights(cells, heights, nu, draw);
    const estimate = { chi2, low: chi2 - 2 * sd, high: chi2 + 2 * sd };
    return { ...reachedAt(problem, heights), samples, steps, time, estimate };
  };
  try {
    // The χ² for which the solver plans to use the budget in one round.
    const chi2 = (SAMPLES_PER_TARGET * active) / budget;
    const solving = stepsOf<Reached, Solution>((emit) =>
      solve(gpu, problem, {
        ...{ seed, budget, chi2, signal },
        ...(recipe.name === "paper" && { recipe: "paper", paper: { lr: recipe.lr } }),
        async onStep({ iteration, samples, heights }: Progress) {
          if (samples === undefined || heights === undefined || samples < next) return;
          next = Math.max(samples + 1, samples * PACE);
          await emit(await shown(heights, samples, iteration));
          last = performance.now();
        },
      }),
    );
    for (;;) {
      const { done, value } = await solving.next();
      if (done === true) return { ...(await shown(value.heights, value.samples, value.steps)), stop: value.stop };
      yield value;
    }
  } finally {
    cells.dispose();
  }
}
