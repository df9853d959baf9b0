// The options of the solver, its progress, and its solution.
import type { Cancellable } from "../../kernels/signal.ts";
import type { Evaluation } from "../cells/evaluation.ts";
import type { Flips } from "../source.ts";
import type { State } from "./descent.ts";

/** Default of the χ² that the solver is to reach. */
export const DEFAULT_CHI2 = 0.02;

/** Options of the published recipe, whose authors set them by hand for each data set. */
export interface PaperOptions {
  /** Constant learning rate; 2e-5 to 5e-2 were used. Default 1e-2. */
  readonly lr?: number;
  /** Number of samples of the first steps. Default 10,000. */
  readonly batch?: number;
  /** Whether each step draws its own samples instead of reusing the same ones. Default false. */
  readonly redraw?: boolean;
  /** The recipe stops when ‖w − nu‖₂ on the step's own samples is below this. Default 2e-3. */
  readonly tolerance?: number;
  /** Default 20,000. */
  readonly iterations?: number;
}

/**
 * Once `signal` is aborted, the step in progress and its `onStep` are the last. A step or an
 * estimate of more than one chunk of samples is abandoned instead; `onStep` is then called once
 * more with the state before it, so that a checkpoint can be made in any case.
 */
export interface SolveOptions extends Cancellable {
  /**
   * χ² to reach, as the upper end (2 sd) of its estimate on fresh samples. Default: DEFAULT_CHI2.
   */
  readonly chi2?: number;
  /**
   * Greatest number of samples for steps. Default: 16 times the planned number, which is 1.8 N / χ²
   * for N targets with mass, and at least 307,200, times the inflation of flipped samples.
   */
  readonly budget?: number;
  /**
   * Greatest number of steps, including those of the multiscale start, which is left out if it
   * would take more than a quarter of them. The learning rate of a round that is shortened still
   * falls to 0; no round follows with fewer than 300 steps left. Default: no limit.
   */
  readonly maxSteps?: number;
  readonly seed?: number;
  /**
   * Sign flips of the samples. Default: the number that takes the least work, by a pilot of some
   * thousand samples; see pilot.ts.
   */
  readonly flips?: Flips;
  /** Heights to start from instead of the Gaussian model: finite for targets with mass. */
  readonly heights?: ArrayLike<number>;
  /**
   * First learning rate, in units of heights. Default: two fifths of the median margin between the
   * two greatest scores of samples at the start.
   */
  readonly lr?: number;
  /**
   * Whether problems of clusters of targets are solved first, which is worth its samples in low
   * dimension. Default: up to 4 dimensions.
   */
  readonly multiscale?: boolean;
  /**
   * `paper`: the published recipe, for comparison; its options are in `paper`. It ignores `lr`,
   * `multiscale`, `flips` and `beforeStep`, and `chi2` decides only how many samples estimate χ².
   */
  readonly recipe?: "default" | "paper";
  readonly paper?: PaperOptions;
  /**
   * A state that `onStep` received under the same options: the rest of the run has equal bits. Not
   * for the paper's recipe.
   */
  readonly from?: SolverState;
  /**
   * Called before each step of the rounds and before each estimate of χ², with the number of steps
   * done, so that a record can mark them.
   */
  readonly beforeStep?: (iteration: number) => void;
  /**
   * Called after each step and awaited; `chi2` is set at the last step of a round, when it was
   * estimated. Throwing stops the solver. Where the signal cuts a long step short, it is called
   * once more with the state before that step.
   */
  readonly onStep?: (progress: Progress) => unknown;
  /** A clock in milliseconds, such as performance.now: the core has none. */
  readonly now?: () => number;
}

/** The names of all options of `solve`. */
export const SOLVE_OPTIONS = [
  "chi2",
  "budget",
  "maxSteps",
  "seed",
  "flips",
  "heights",
  "lr",
  "multiscale",
  "recipe",
  "paper",
  "from",
  "beforeStep",
  "onStep",
  "now",
  "signal",
] as const;

/** Where the solver stands after a step. */
export interface Progress {
  /** Number of steps done, and number of planned steps as far as known. */
  readonly iteration: number;
  readonly of: number;
  readonly lr: number;
  readonly chi2?: number;
  /** Number of samples of steps, and the heights of this step; not set in the multiscale start. */
  readonly samples?: number;
  readonly heights?: Float64Array;
  /** The state from which a solver can continue; not set during the multiscale start. */
  readonly state?: SolverState;
}

/** The complete state of the solver between two steps. */
export interface SolverState {
  /** Rounds done. */
  readonly round: number;
  /** Number of steps before this round, and of samples of other streams than the solver's. */
  readonly steps: number;
  readonly otherSamples: number;
  /** The warm start's α. */
  readonly alpha: number;
  /** Number of samples that are worth one independent sample. */
  readonly inflation: number;
  /** The round in progress. */
  readonly descent: State;
  /**
   * At the end of a round: the evaluation of its heights, and the indices of cells that it found
   * empty.
   */
  readonly estimate?: { readonly evaluation: Evaluation; readonly empty: readonly number[] };
  /** The result with the least χ² of the rounds so far. */
  readonly best?: { readonly heights: Float64Array; readonly evaluation: Evaluation };
}

/** The heights that `solve` found, and what they reach. */
export interface Solution {
  /** Mean 0 over targets with mass, -Infinity elsewhere. */
  readonly heights: Float64Array;
  readonly evaluation: Evaluation;
  /**
   * `reached`: χ² is below the requested value; `budget` or `steps`: it is not, all samples or
   * steps are used, and these are the best heights so far; `stalled`: as `budget`, but the last
   * round left more than 4/5 of the least χ² before, so that more samples are unlikely to help;
   * `single`: only one target has mass. The paper's recipe may also end by its own rules:
   * `inSample` or `iterations`.
   */
  readonly stop: "reached" | "budget" | "stalled" | "steps" | "single" | "inSample" | "iterations";
  readonly steps: number;
  /** Number of samples used for steps, and in total. */
  readonly samples: number;
  readonly samplesInAll: number;
  /** The warm start's α; NaN where there was none. */
  readonly alpha: number;
  /** Sign flips of the samples, and how many of these are worth one independent sample. */
  readonly flips: Flips;
  readonly inflation: number;
  /** Number of targets with mass that were solved as one with an earlier one. */
  readonly gathered: number;
  /** Seconds by the caller's clock; NaN without one. */
  readonly seconds: number;
}

/** What `solve` derives from its options. */
export interface Plan {
  readonly chi2: number;
  readonly seed: number;
  /** Number of targets with mass. */
  readonly active: number;
  /** Number of independent samples after which the requested χ² is expected. */
  readonly plannedSamples: number;
  readonly budget: number;
  readonly maxSteps: number;
  /** Number of independent samples of an estimate of χ². */
  readonly evaluationSamples: number;
  readonly options: SolveOptions;
}
