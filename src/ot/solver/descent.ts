import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { integerPower } from "../../math/float64.ts";
import { STREAMS } from "../../math/streams.ts";
import { type CellCounter, counting } from "../cells/counter.ts";
import { TILE } from "../points.ts";
import { centreHeights, type Problem } from "../problem.ts";
import { canBeEven, type Flips } from "../source.ts";
import { addAbove, type Forest, sumBelow } from "./forest.ts";

export const STEPS: number = 350;
export const LEAST_STEPS: number = 300;
export const LEAST_BATCH: number = 1024;
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-15];

/** One round of descent: `of` steps with a learning rate that falls from `lr` to 0. */
export interface State {
  readonly iteration: number;
  readonly of: number;
  readonly batch: number;
  readonly lr: number;
  readonly seed: number;
  /** Number of the next fresh sample. */
  readonly first: number;
  readonly heights: Float64Array;
  /** Adam's moments of the gradient. */
  readonly mean: Float64Array;
  readonly square: Float64Array;
  /** Sum of the heights over the round so far, but for its first twentieth. */
  readonly sum: Float64Array;
  /** Sign flips of its samples. */
  readonly flips: Flips;
  /** Where there are tight groups of targets: the basis in which Adam sees the heights. */
  readonly forest?: Forest;
}

/**
 * Steps of a round before its average begins. The average over a share of independent samples has
 * the variance of that share, so that it should leave out hardly any.
 */
const early = ({ of }: { readonly of: number }): number => Math.floor(of / 20);

/**
 * Learning rate of the step after `iteration` steps: lr √(1 − iteration / of). With a linear fall
 * or none χ² was higher, see docs/decisions/samples-of-the-solver.md.
 */
export function learningRateAt({ iteration, of, lr }: State): number {
  return lr * Math.sqrt(1 - iteration / of);
}

/** Splits a round of `samples` samples, or a little fewer, into steps. */
export function roundOf(samples: number): { readonly of: number; readonly batch: number } {
  const wish = Math.max(Math.min(LEAST_BATCH, samples / LEAST_STEPS), samples / STEPS);
  const batch = TILE * Math.max(1, Math.floor(wish / TILE));
  return { of: Math.max(LEAST_STEPS, Math.floor(samples / batch)), batch };
}

/** The start of a round. */
export interface Round {
  readonly heights: Float64Array;
  readonly lr: number;
  readonly samples: number;
  readonly seed: number;
  /** Number of its first fresh sample. */
  readonly first: number;
  /** Greatest number of steps; a round that it shortens takes fewer samples. Default: no limit. */
  readonly maxSteps?: number;
  /** Sign flips of its samples. Default: none. */
  readonly flips?: Flips;
  /** Of tight groups; see forest.ts. Default: every height moves by itself. */
  readonly forest?: Forest | undefined;
}

/**
 * A round of `samples` samples or a little fewer: at least 300 steps unless `maxSteps` is less, of
 * 1024 samples where there are enough, else of at least 32.
 */
export function start(round: Round): State {
  checkOptions("start", round, ["heights", "lr", "samples", "seed", "first", "maxSteps", "flips", "forest"]);
  const { heights, lr, samples, seed, first, maxSteps = Number.POSITIVE_INFINITY, flips = 0, forest } = round;
  const { of, batch } = roundOf(samples);
  const zeros = (): Float64Array => new Float64Array(heights.length);
  return {
    iteration: 0,
    of: Math.min(of, maxSteps),
    batch,
    lr,
    seed,
    first,
    heights,
    mean: zeros(),
    square: zeros(),
    sum: zeros(),
    flips,
    ...(forest === undefined ? {} : { forest }),
  };
}

/**
 * One step of Adam (Kingma and Ba 2015) down E, whose gradient is w − nu, on fresh samples. Where
 * the source can be drawn evenly, they are, over all steps of the rounds: see `Draw`.
 */
export async function step(
  cells: CellCounter,
  { nu }: Problem,
  state: State,
  options: Cancellable = {},
): Promise<State> {
  checkOptions("step", options, ["signal"]);
  const { batch: count, seed, first, iteration, flips, forest } = state;
  cells.setHeights(state.heights);
  const stream = flips === 0 ? STREAMS.source.solver : STREAMS.source.flipped;
  const even = canBeEven(cells.source, cells.targets.dimension);
  const counts = await cells.ask(counting, undefined, { seed, stream, first, count, flips, even }, options);
  const [mean, square] = [state.mean.slice(), state.square.slice()];
  const correction = Math.sqrt(1 - integerPower(BETA2, iteration + 1)) / (1 - integerPower(BETA1, iteration + 1));
  const pace = learningRateAt(state) * correction;
  const gradient = nu.map((mass, i) => (mass > 0 ? (counts[i] as number) / count - mass : 0));
  if (forest !== undefined) sumBelow(forest, gradient);
  const moves = gradient.map((g, i) => {
    if (nu[i] === 0) return 0;
    const m = BETA1 * (mean[i] as number) + (1 - BETA1) * g;
    const v = BETA2 * (square[i] as number) + (1 - BETA2) * g * g;
    mean[i] = m;
    square[i] = v;
    return ((forest?.pace[i] ?? 1) * pace * m) / (Math.sqrt(v) + EPSILON);
  });
  if (forest !== undefined) addAbove(forest, moves);
  const moved = state.heights.map((h, i) => h - (moves[i] as number));
  const heights = centreHeights(moved, nu);
  const late = iteration >= early(state);
  const sum = late ? state.sum.map((s, i) => s + (heights[i] as number)) : state.sum;
  return { ...state, iteration: iteration + 1, first: first + count, heights, mean, square, sum };
}

/** The result of a round: the mean of the heights over all but its first twentieth. */
export function average({ sum, iteration, of }: State, { nu }: Problem): Float64Array {
  const late = iteration - early({ of });
  if (late < 1)
    throw new Error(`solver: expected more than ${early({ of })} of ${of} steps before the average, got ${iteration}`);
  return centreHeights(
    sum.map((s) => s / late),
    nu,
  );
}
