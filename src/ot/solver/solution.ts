// What the solver takes, tells while it runs, and gives.
import type { Cancellable } from "../../kernels/signal.ts";
import type { Evaluation } from "../cells/evaluation.ts";
import type { State } from "./descent.ts";

/** χ² that the solver reaches unless it is asked for another. */
export const DEFAULT_CHI2 = 0.02;

/** Knobs of the published recipe; there they are set by hand for each data set. */
export interface PaperOptions {
  /** Constant learning rate; 2e-5 to 5e-2 were used. Default 1e-2. */
  readonly lr?: number;
  /** Samples of the first steps. Default 10,000. */
  readonly batch?: number;
  /** Whether each step draws samples of its own, instead of the same ones again. Default false. */
  readonly redraw?: boolean;
  /** ‖w − nu‖₂ on the step's own samples at which it stops. Default 2e-3. */
  readonly tolerance?: number;
  /** Default 20,000. */
  readonly iterations?: number;
}

/**
 * Once `signal` is aborted, the step under way and its `onStep` are the last. A step or an estimate
 * of more than one chunk of samples is given up instead; `onStep` is then told once more of the
 * state that stands before it, so that a checkpoint can be made in any case.
 */
export interface SolveOptions extends Cancellable {
  /**
   * χ² to reach, as the upper end (2 sd) of its estimate on fresh samples. Default: DEFAULT_CHI2.
   */
  readonly chi2?: number;
  /** Most samples to spend on steps. Default: 16 times what the budget law asks for. */
  readonly budget?: number;
  /**
   * Most steps in all, with those of the multiscale start, which is left out where it would take
   * more than a quarter of them. The learning rate of a round that is cut short still falls to 0;
   * no round follows with fewer than 300 steps left. Default: no limit.
   */
  readonly maxSteps?: number;
  readonly seed?: number;
  /** Heights to start from instead of the Gaussian model: finite for targets with mass. */
  readonly heights?: ArrayLike<number>;
  /**
   * First learning rate, in units of heights. Default: the median of top1 − top2 over samples at
   * the start.
   */
  readonly lr?: number;
  /**
   * Whether clusters of targets are solved first, as is worth its samples in low dimension.
   * Default: up to 4 dimensions.
   */
  readonly multiscale?: boolean;
  /**
   * `paper`: the published recipe instead, for comparison; its knobs stand in `paper`, and `lr` and
   * `multiscale` have no meaning.
   */
  readonly recipe?: "default" | "paper";
  readonly paper?: PaperOptions;
  /**
   * A state that `onStep` gave under the same options: the rest is equal bit for bit. Not for the
   * paper's recipe.
   */
  readonly from?: SolverState;
  /**
   * Called before each step of the rounds and before each estimate of χ², with the number of steps
   * done: marks for a record.
   */
  readonly beforeStep?: (iteration: number) => void;
  /**
   * Called after each step, awaited; chi2 stands at the last step of a round, when it was
   * estimated. Throwing stops. Called once more of the state that stands where the signal cuts a
   * long step short.
   */
  readonly onStep?: (progress: Progress) => unknown;
  /** A clock in milliseconds, such as performance.now: the core has none. */
  readonly now?: () => number;
}

export interface Progress {
  /** Steps done, and how many are planned as far as is known. */
  readonly iteration: number;
  readonly of: number;
  readonly lr: number;
  readonly chi2?: number;
  /** Where a solver may go on; not while clusters are solved first. */
  readonly state?: SolverState;
}

/** All that the solver is between two steps. */
export interface SolverState {
  /** Rounds done. */
  readonly round: number;
  /** Steps before this round, and samples of other streams than the solver's. */
  readonly steps: number;
  readonly otherSamples: number;
  /** The warm start's α. */
  readonly alpha: number;
  /** The round under way. */
  readonly descent: State;
  /** At the round's end: what was estimated of its heights, and which cells it found empty. */
  readonly estimate?: { readonly evaluation: Evaluation; readonly empty: readonly number[] };
  /** The best end of a round so far. */
  readonly best?: { readonly heights: Float64Array; readonly evaluation: Evaluation };
}

export interface Solution {
  /** Mean 0 over targets with mass, -Infinity elsewhere. */
  readonly heights: Float64Array;
  readonly evaluation: Evaluation;
  /**
   * `reached`: χ² is below what was asked for; `budget` or `steps`: it is not, the samples or the
   * steps are spent, and these are the best heights so far; `single`: only one target has mass. The
   * paper's recipe may also end by its own rules: `inSample` or `iterations`.
   */
  readonly stop: "reached" | "budget" | "steps" | "single" | "inSample" | "iterations";
  readonly steps: number;
  /** Samples spent on steps, and on everything. */
  readonly samples: number;
  readonly samplesInAll: number;
  /** The warm start's α; NaN where there was none. */
  readonly alpha: number;
  /** Of the caller's clock; NaN without one. */
  readonly seconds: number;
}

/** What `solve` derives from its options. */
export interface Plan {
  readonly chi2: number;
  readonly seed: number;
  /** Targets with mass. */
  readonly active: number;
  /** Samples by the budget law. */
  readonly plannedSamples: number;
  readonly budget: number;
  readonly maxSteps: number;
  /** Samples of an estimate of χ². */
  readonly evaluationSamples: number;
  readonly options: SolveOptions;
}
