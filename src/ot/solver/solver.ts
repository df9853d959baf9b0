import type { Gpu } from "../../kernels/gpu.ts";
import { Cells } from "../cells/cells.ts";
import { evaluate } from "../cells/evaluation.ts";
import { TILE } from "../points.ts";
import { centreHeights, checkHeights, type Problem } from "../problem.ts";
import { type Draw, STREAMS } from "../source.ts";
import { average, LEAST_BATCH, LEAST_STEPS, learningRateAt, start, step } from "./descent.ts";
import { multiscale, multiscaleSamples } from "./multiscale.ts";
import { solveAsPaper } from "./paperRecipe.ts";
import { DEFAULT_CHI2, type Plan, type Solution, type SolveOptions, type SolverState } from "./solution.ts";
import { medianMargin, repairEmpty, warmStart } from "./warmStart.ts";

/**
 * χ² ≈ 2.1 N / S after S samples; the plan aims at 3/4 of what was plannedSamples, so that the
 * interval of the estimate lies below it too.
 */
const LAW = 2.1;
const SAMPLES_PER_TARGET = LAW / 0.75;
const WARM_SAMPLES = 4096;
/**
 * Up to this dimension clusters of targets are solved first: there, heights may be wrong over long
 * chains of cells.
 */
const MOST_LEVEL_DIMENSIONS = 4;

/** Samples of the shortest round. */
export const LEAST_BUDGET: number = LEAST_STEPS * TILE;

/**
 * Heights whose cells have the masses nu: Adam on fresh samples from a warm start (in low dimension
 * through levels of clusters, multiscale.ts), with averaging, repeated with half the learning rate, and
 * from the third round on with twice the samples, until χ² on samples of their own is below `chi2`
 * or the budget is spent. The same seed gives the same bits on one adapter. RangeError for options
 * out of range.
 */
export async function solve(gpu: Gpu, problem: Problem, options: SolveOptions = {}): Promise<Solution> {
  const { chi2 = DEFAULT_CHI2, seed = 1 } = options;
  if (!(chi2 > 0 && chi2 < Number.POSITIVE_INFINITY))
    throw new RangeError(`solve: expected \`chi2\` above 0, got ${chi2}`);
  const active = problem.nu.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0);
  const plannedSamples = Math.max((SAMPLES_PER_TARGET * active) / chi2, LEAST_STEPS * LEAST_BATCH);
  const budget = options.budget ?? 16 * plannedSamples;
  if (!(budget >= LEAST_BUDGET)) {
    throw new RangeError(`solve: expected a \`budget\` of at least ${LEAST_BUDGET} samples, got ${budget}`);
  }
  const recipe: string = options.recipe ?? "default";
  if (options.from !== undefined) checkState(options.from, recipe, problem.targets.count);
  if (recipe !== "default" && recipe !== "paper")
    throw new RangeError(`solve: expected the \`recipe\` default or paper, got ${recipe}`);
  if (options.heights !== undefined) checkHeights("solve", options.heights, problem.nu);
  if (options.lr !== undefined && !(options.lr > 0 && options.lr < Number.POSITIVE_INFINITY))
    throw new RangeError(`solve: expected \`lr\` above 0, got ${options.lr}`);
  const cells = new Cells(gpu, problem.targets, problem.source);
  try {
    const begin = options.now?.() ?? Number.NaN;
    const plan = {
      chi2,
      seed,
      active,
      plannedSamples,
      budget,
      evaluationSamples: testSize(active, chi2, budget),
      options,
    };
    const found = await (recipe === "paper" ? solveAsPaper(cells, problem, plan) : descend(gpu, cells, problem, plan));
    return { ...found, seconds: ((options.now?.() ?? Number.NaN) - begin) / 1000 };
  } finally {
    cells.dispose();
  }
}

/**
 * Samples of an estimate with a standard deviation of a sixteenth of χ², a twentieth of a round's
 * samples; at most an eighth of the budget.
 */
function testSize(active: number, chi2: number, budget: number): number {
  const wish = Math.min((16 * Math.sqrt(2 * active)) / chi2, budget / 8);
  return Math.max(4096, 32 * Math.ceil(wish / 32));
}

/** Throws RangeError for a state that this problem cannot have. */
function checkState({ descent, best }: SolverState, recipe: string, count: number): void {
  if (recipe === "paper") throw new RangeError("solve: expected no state `from` with the recipe paper, got one");
  const { heights, mean, square, sum } = descent;
  const wrong = [heights, mean, square, sum, best?.heights ?? heights].find(({ length }) => length !== count);
  if (wrong !== undefined) {
    throw new RangeError(`solve: expected a state \`from\` of ${count} targets, got one of ${wrong.length}`);
  }
}

async function descend(gpu: Gpu, cells: Cells, problem: Problem, plan: Plan): Promise<Omit<Solution, "seconds">> {
  const { nu } = problem;
  const { chi2, seed, active, evaluationSamples } = plan;
  const { onStep, beforeStep, from } = plan.options;
  let { round, steps, otherSamples, alpha, descent, best, estimate }: SolverState =
    from ?? (await begin(gpu, cells, problem, plan));
  const state = (): SolverState => ({
    ...{ round, steps, otherSamples, alpha, descent },
    ...(best === undefined ? {} : { best }),
    ...(estimate === undefined ? {} : { estimate }),
  });
  for (; ; round++) {
    while (active > 1 && descent.iteration < descent.of) {
      beforeStep?.(steps + descent.iteration);
      descent = await step(cells, problem, descent);
      if (descent.iteration < descent.of) {
        const [iteration, of] = [steps + descent.iteration, steps + descent.of];
        await onStep?.({ iteration, of, lr: learningRateAt(descent), state: state() });
      }
    }
    const done = steps + descent.iteration;
    const heights = active > 1 ? average(descent, problem) : descent.heights;
    if (estimate === undefined) {
      beforeStep?.(done);
      cells.setHeights(heights);
      const counts = await cells.count({
        seed,
        stream: STREAMS.evaluation,
        first: round * evaluationSamples,
        count: evaluationSamples,
      });
      const empty = [...nu.keys()].filter((i) => counts[i] === 0 && (nu[i] as number) * evaluationSamples >= 10);
      estimate = { evaluation: evaluate(counts, nu), empty };
      const { chi2: found } = estimate.evaluation;
      if (active > 1) await onStep?.({ iteration: done, of: done, lr: 0, chi2: found, state: state() });
    }
    const { evaluation, empty }: NonNullable<SolverState["estimate"]> = estimate;
    estimate = undefined;
    steps = done;
    otherSamples += evaluationSamples;
    const reached = evaluation.chi2 + 2 * evaluation.sd <= chi2;
    if (best === undefined || evaluation.chi2 < best.evaluation.chi2) best = { heights, evaluation };
    const spent = descent.first;
    const size = Math.min(2 ** round * plan.plannedSamples, plan.budget - spent);
    if (active === 1 || reached || size < LEAST_STEPS * LEAST_BATCH) {
      const stop = active === 1 ? "single" : reached ? "reached" : "budget";
      return { ...best, stop, steps, samples: spent, samplesInAll: spent + otherSamples, alpha };
    }
    const lr = descent.lr / 2;
    const next =
      empty.length > 0 ? centreHeights(await repairEmpty(gpu, cells, heights, empty, lr, seed), nu) : heights;
    descent = start(next, lr, size, seed, spent);
  }
}

/**
 * The state before the first step: a warm start, and in low dimension the solution for clusters of
 * targets.
 */
async function begin(gpu: Gpu, cells: Cells, problem: Problem, plan: Plan): Promise<SolverState> {
  const { seed, active, options } = plan;
  const glance = (stream: number, count: number): Draw => ({ seed, stream, first: 0, count });
  const given = options.heights;
  const warm =
    given === undefined
      ? await warmStart(cells, problem, glance(STREAMS.warmStart, WARM_SAMPLES))
      : { heights: centreHeights(given, problem.nu), alpha: Number.NaN };
  let heights = warm.heights;
  let [steps, spent, otherSamples] = [0, 0, (given === undefined ? 11 : 1) * WARM_SAMPLES];
  const wanted = options.multiscale ?? problem.targets.dimension <= MOST_LEVEL_DIMENSIONS;
  if (wanted && given === undefined && active > 32 && multiscaleSamples(active) <= plan.budget / 4) {
    const levels = await multiscale(gpu, problem, seed, (progress) => options.onStep?.(progress));
    heights = levels.heights;
    steps = levels.steps;
    spent = levels.spent;
    otherSamples += levels.otherSamples;
  }
  const lr = options.lr ?? (await medianMargin(cells, heights, glance(STREAMS.margin, WARM_SAMPLES)));
  const size = Math.min(plan.plannedSamples, plan.budget - spent);
  return { round: 0, steps, otherSamples, alpha: warm.alpha, descent: start(heights, lr, size, seed, spent) };
}
