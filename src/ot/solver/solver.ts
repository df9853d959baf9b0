import { inPieces } from "../../kernels/batches.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { checkOptions } from "../../kernels/options.ts";
import { throwIfAborted } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { STREAMS } from "../../math/streams.ts";
import { Cells } from "../cells/cells.ts";
import type { CellCounter, OpenCounter } from "../cells/counter.ts";
import { evaluateCells } from "../cells/evaluation.ts";
import { padded, TILE } from "../points.ts";
import { centreHeights, checkHeights, checkProblem, gatherForDevice, gatherSteps, type Problem } from "../problem.ts";
import { checkFlips, type Draw, type Flips } from "../source.ts";
import { average, LEAST_BATCH, LEAST_STEPS, learningRateAt, start, step } from "./descent.ts";
import { findPace, leastPace } from "./forest.ts";
import { leastChi2 } from "./leastChi2.ts";
import { multiscale, multiscaleCost } from "./multiscale.ts";
import { solveAsPaper } from "./paperRecipe.ts";
import { choosePilot } from "./pilot.ts";
import {
  DEFAULT_CHI2,
  type Plan,
  type Progress,
  SOLVE_OPTIONS,
  type Solution,
  type SolveOptions,
  type SolverState,
} from "./solution.ts";
import { gaussianHeights, repairEmpty, warmStart } from "./warmStart.ts";

/**
 * χ² ≈ 1.35 N f / S after S samples of which f are worth one independent sample. The plan aims at
 * 3/4 of the requested χ², so that the confidence interval of the estimate lies below the requested
 * value too.
 */
const LAW = 1.35;
/** Number of independent samples that are planned for each target with mass, times χ². */
export const SAMPLES_PER_TARGET: number = LAW / 0.75;

/** Greatest number of samples that is planned, unless the caller gives a budget: days of work. */
export const MOST_SAMPLES: number = powerOfTwo(40);

/** The least χ² that is planned for, given the number of targets with mass. */
export const leastPlannedChi2 = (targets: number): number => (SAMPLES_PER_TARGET * targets) / MOST_SAMPLES;

/** First learning rate of the rounds over the median margin. */
const FIRST_PACE = 0.4;
const WARM_SAMPLES = 4096;
/** A last round has stalled that leaves more than this of the least χ² of the rounds before it. */
const STALLED = 0.8;
/**
 * Up to this dimension problems of clusters of targets are solved first: there, heights can be
 * wrong over long chains of cells.
 */
const MOST_MULTISCALE_DIMENSIONS = 4;

/** Number of samples of the shortest round. */
export const LEAST_BUDGET: number = LEAST_STEPS * TILE;

/**
 * Heights whose cells have the masses nu, by Adam on fresh samples from a warm start (in low
 * dimension from the multiscale start, see multiscale.ts), with averaging. Samples are counted on a
 * device, or by the counter that a function opens. Rounds are repeated with half the learning rate,
 * and from the third round on with twice the samples, until χ² on separate samples is below `chi2`
 * or the budget is used up. The same seed gives the same bits on one adapter. Targets that are too
 * close to be told apart by the device are solved as one, see `gatherForDevice`; heights of those
 * whose mass an earlier one has are -Infinity. RangeError for options out of range, for a `chi2`
 * that no map from so few samples can reach, and, without a `budget`, for a `chi2` that takes more
 * than 2⁴⁰ samples.
 */
export async function solve(on: Gpu | OpenCounter, given: Problem, options: SolveOptions = {}): Promise<Solution> {
  checkOptions("solve", options, SOLVE_OPTIONS);
  checkProblem("solve", given);
  const { chi2 = DEFAULT_CHI2, seed = 1, maxSteps = Number.POSITIVE_INFINITY, signal } = options;
  const problem = typeof on === "function" ? gatherForDevice(given) : await inPieces(on, gatherSteps(given), signal);
  if (!(chi2 > 0 && chi2 < Number.POSITIVE_INFINITY))
    throw new RangeError(`solve: expected \`chi2\` above 0, got ${chi2}`);
  const active = problem.nu.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0);
  const plannedSamples = Math.max((SAMPLES_PER_TARGET * active) / chi2, LEAST_STEPS * LEAST_BATCH);
  const budget = options.budget ?? 16 * plannedSamples;
  if (!(budget >= LEAST_BUDGET)) {
    throw new RangeError(`solve: expected a \`budget\` of at least ${LEAST_BUDGET} samples, got ${budget}`);
  }
  if (!(maxSteps === Number.POSITIVE_INFINITY || (Number.isSafeInteger(maxSteps) && maxSteps >= 1))) {
    throw new RangeError(`solve: expected a whole number of \`maxSteps\` from 1, got ${maxSteps}`);
  }
  const planned = leastPlannedChi2(active);
  if (chi2 < planned && options.budget === undefined) {
    throw new RangeError(
      `solve: expected \`chi2\` of at least ${planned} for ${active} targets, got ${chi2}, which takes more than 2^40 samples; ` +
        "raise it or give a `budget`",
    );
  }
  const least = leastChi2(problem);
  if (typeof problem.source !== "string" && chi2 < least) {
    throw new RangeError(
      `solve: expected \`chi2\` of at least ${least}, got ${chi2}: a map cannot split a sample, and ` +
        `${problem.source.samples.count} samples come no nearer to the masses of ${active} targets; give more samples`,
    );
  }
  const recipe: string = options.recipe ?? "default";
  if (options.from !== undefined) checkState(options.from, { recipe, count: problem.targets.count, maxSteps });
  if (recipe !== "default" && recipe !== "paper")
    throw new RangeError(`solve: expected the \`recipe\` default or paper, got ${recipe}`);
  checkFlips("solve", options.flips, { source: problem.source, dimension: problem.targets.dimension });
  if (options.heights !== undefined) checkHeights("solve", options.heights, problem.nu);
  if (options.lr !== undefined && !(options.lr > 0 && options.lr < Number.POSITIVE_INFINITY))
    throw new RangeError(`solve: expected \`lr\` above 0, got ${options.lr}`);
  if (typeof on === "function") throwIfAborted(signal);
  else await on.pause(signal);
  const { targets, source } = problem;
  const cells = typeof on === "function" ? on(targets, source) : new Cells(on, targets, source);
  try {
    const begin = options.now?.() ?? Number.NaN;
    const plan = {
      chi2,
      seed,
      active,
      plannedSamples,
      budget,
      maxSteps,
      evaluationSamples: evaluationSize(active, chi2, budget),
      options,
    };
    const found = await (recipe === "paper" ? solveAsPaper(cells, problem, plan) : descend(cells, problem, plan));
    return { ...found, seconds: ((options.now?.() ?? Number.NaN) - begin) / 1000 };
  } finally {
    cells.dispose();
  }
}

/**
 * Number of samples of an estimate whose standard deviation is a sixteenth of χ²: about a twentieth
 * of a round's samples, and at most an eighth of the budget.
 */
function evaluationSize(active: number, chi2: number, budget: number): number {
  const wish = Math.min((16 * Math.sqrt(2 * active)) / chi2, budget / 8);
  return Math.max(4096, padded(wish));
}

/** Greatest number of samples of steps. */
const budgetOf = ({ options, budget }: Plan, inflation: number): number =>
  options.budget === undefined ? inflation * budget : budget;

/** Throws RangeError for a state that this problem cannot have. */
function checkState(
  { steps, descent, best }: SolverState,
  { recipe, count, maxSteps }: { readonly recipe: string; readonly count: number; readonly maxSteps: number },
): void {
  if (recipe === "paper") throw new RangeError("solve: expected no state `from` with the recipe paper, got one");
  const { heights, mean, square, sum, forest } = descent;
  const { parent = heights, pace = heights } = forest ?? {};
  const wrong = [heights, mean, square, sum, parent, pace, best?.heights ?? heights].find(
    ({ length }) => length !== count,
  );
  if (wrong !== undefined) {
    throw new RangeError(`solve: expected a state \`from\` of ${count} targets, got one of ${wrong.length}`);
  }
  if (!(steps + descent.of <= maxSteps)) {
    throw new RangeError(
      `solve: expected a state \`from\` whose round ends within \`maxSteps\` ${maxSteps}, got one that ends at ` +
        `step ${steps + descent.of}; go on with the options that it was made with`,
    );
  }
}

async function descend(cells: CellCounter, problem: Problem, plan: Plan): Promise<Omit<Solution, "seconds">> {
  const { nu } = problem;
  const { chi2, seed, active } = plan;
  const { onStep, beforeStep, from, signal } = plan.options;
  let { round, steps, otherSamples, alpha, inflation, descent, best, estimate }: SolverState =
    from ?? (await begin(cells, problem, plan));
  const { flips } = descent;
  const evaluationSamples = padded(inflation * plan.evaluationSamples);
  const progress = (): Omit<Progress, "chi2"> => ({
    iteration: steps + descent.iteration,
    of: steps + descent.of,
    lr: learningRateAt(descent),
    samples: descent.first,
    heights: descent.heights,
    state: {
      round,
      steps,
      otherSamples,
      alpha,
      inflation,
      descent,
      ...(best === undefined ? {} : { best }),
      ...(estimate === undefined ? {} : { estimate }),
    },
  });
  /**
   * Returns what `work` returns. If the signal aborts it, `onStep` is called with the state before
   * it.
   */
  const orKeep = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) await onStep?.(progress());
      throw error;
    }
  };
  for (; ; round++) {
    while (active > 1 && descent.iteration < descent.of) {
      beforeStep?.(steps + descent.iteration);
      descent = await orKeep(step(cells, problem, descent, { signal }));
      if (descent.iteration < descent.of) {
        await onStep?.(progress());
        throwIfAborted(signal); // events were handled while the counts were downloaded
      }
    }
    const done = steps + descent.iteration;
    const heights = active > 1 ? average(descent, problem) : descent.heights;
    if (estimate === undefined) {
      beforeStep?.(done);
      cells.setHeights(heights);
      const first = round * evaluationSamples;
      const draw = { seed, stream: STREAMS.source.evaluation, first, count: evaluationSamples, flips };
      const { evaluation, counts } = await orKeep(evaluateCells(cells, nu, { ...draw, signal }));
      const empty = [...nu.keys()].filter((i) => counts[i] === 0 && (nu[i] as number) * evaluationSamples >= 10);
      estimate = { evaluation, empty };
      const { chi2: found } = estimate.evaluation;
      if (active > 1) await onStep?.({ ...progress(), chi2: found });
      throwIfAborted(signal);
    }
    const { evaluation, empty }: NonNullable<SolverState["estimate"]> = estimate;
    const reached = evaluation.chi2 + 2 * evaluation.sd <= chi2;
    const better = best === undefined || evaluation.chi2 < best.evaluation.chi2 ? { heights, evaluation } : best;
    const spent = descent.first;
    const size = Math.min(powerOfTwo(round) * inflation * plan.plannedSamples, budgetOf(plan, inflation) - spent);
    const stop = stopOf(plan, { reached, size, left: plan.maxSteps - done });
    if (stop !== undefined) {
      const stalled = stop === "budget" && best !== undefined && evaluation.chi2 > STALLED * best.evaluation.chi2;
      const samplesInAll = spent + otherSamples + evaluationSamples;
      return {
        ...better,
        stop: stalled ? "stalled" : stop,
        steps: done,
        samples: spent,
        samplesInAll,
        alpha,
        flips,
        inflation,
        gathered: problem.gathered?.count ?? 0,
      };
    }
    const lr = descent.lr / 2;
    const { forest } = descent;
    const margin = forest === undefined ? lr : leastPace(forest).map((pace) => pace * lr);
    const next =
      empty.length > 0
        ? centreHeights(await orKeep(repairEmpty(cells, heights, { empty, margin, seed, signal })), nu)
        : heights;
    estimate = undefined;
    best = better;
    steps = done;
    otherSamples += evaluationSamples;
    descent = start({
      heights: next,
      lr,
      samples: size,
      seed,
      first: spent,
      maxSteps: plan.maxSteps - done,
      flips,
      forest: descent.forest,
    });
  }
}

/**
 * Why no further round follows; undefined if one does. It would take `size` samples and at most
 * `left` steps.
 */
function stopOf(
  { active }: Plan,
  { reached, size, left }: { readonly reached: boolean; readonly size: number; readonly left: number },
): Solution["stop"] | undefined {
  if (active === 1) return "single";
  if (reached) return "reached";
  if (size < LEAST_STEPS * LEAST_BATCH) return "budget";
  return left < LEAST_STEPS ? "steps" : undefined;
}

/** The state before the first step: a warm start, and in low dimension the multiscale start. */
async function begin(cells: CellCounter, problem: Problem, plan: Plan): Promise<SolverState> {
  const { seed, active, maxSteps, options } = plan;
  const { onStep, signal } = options;
  const draw = (stream: number, flips: Flips): Draw => ({ seed, stream, first: 0, count: WARM_SAMPLES, flips });
  const given = options.heights === undefined ? undefined : centreHeights(options.heights, problem.nu);
  cells.setHeights(given ?? (await inPieces(cells, gaussianHeights(cells, problem), signal)).at(1));
  const {
    flips,
    inflation,
    samples: piloted,
  } = await choosePilot(cells, problem.nu, {
    seed,
    wanted: active === 1 ? 0 : options.flips,
    signal,
  });
  const warm =
    given === undefined
      ? await warmStart(cells, problem, draw(STREAMS.source.warmStart, flips), { signal })
      : { heights: given, alpha: Number.NaN };
  let heights = warm.heights;
  let [steps, spent, otherSamples] = [0, 0, piloted + (given === undefined ? 10 * WARM_SAMPLES : 0)];
  const wanted = options.multiscale ?? problem.targets.dimension <= MOST_MULTISCALE_DIMENSIONS;
  const cost = multiscaleCost(active);
  const worth = cost.samples <= plan.budget / 4 && cost.steps <= maxSteps / 4;
  if (wanted && given === undefined && active > 32 && worth) {
    const coarse = await multiscale(cells, problem, { seed, onStep, signal });
    heights = coarse.heights;
    steps = coarse.steps;
    spent = coarse.spent;
    otherSamples += coarse.otherSamples;
  }
  const pace = await findPace(cells, problem, heights, draw(STREAMS.source.margin, 0), { signal });
  otherSamples += pace.samples;
  const { lr = FIRST_PACE * pace.lr } = options;
  const samples = Math.min(inflation * plan.plannedSamples, budgetOf(plan, inflation) - spent);
  const descent = start({
    heights,
    lr,
    samples,
    seed,
    first: spent,
    maxSteps: maxSteps - steps,
    flips,
    forest: pace.forest,
  });
  return { round: 0, steps, otherSamples, alpha: warm.alpha, inflation, descent };
}
