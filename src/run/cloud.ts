// What a transport of points is given, and what it tells of its result.
import type { OpenedGpu } from "../adapter/opened.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Signal } from "../kernels/signal.ts";
import type { Problem } from "../ot/problem.ts";
import type { PointCloud } from "./pointCloud.ts";
import type { Progress } from "./progress.ts";
import type { Settings } from "./settings.ts";

/** The input of `transportCloud`. */
export interface CloudContext {
  readonly problem: Problem;
  readonly cloud: PointCloud;
  readonly chi2: number;
  /** Greatest number of samples for the solver; where undefined, the solver chooses. */
  readonly budget: number | undefined;
  readonly seed: number;
  /** Sign flips of the samples; where undefined, the solver chooses. */
  readonly flips: Settings["flips"] | undefined;
  /** The file of the source's samples, where it has any. */
  readonly sourceFile: string | undefined;
  /** The device, or many; where undefined, the problem is solved exactly on the host. */
  readonly gpu: OpenedGpu | Cluster | undefined;
  /** Source points to map, and the path of their file. */
  readonly apply: { readonly path: string; readonly cloud: PointCloud } | undefined;
  readonly folder: string;
  readonly progress: Progress;
  /** Whether report.html is written. */
  readonly report?: boolean;
  /** Aborted once the user asked to stop. */
  readonly signal: Signal;
}

/**
 * How far the masses are from the wanted ones, exactly or as estimated from samples: the part of
 * summary.json that both ways of solving give.
 */
export interface CloudSummary {
  readonly method: "exact" | "samples";
  /** Why the solver stopped; the value is `reached` only where the field `reached` is true. */
  readonly stop: string;
  /** Whether the upper end of chi2Interval is at most chi2Target. */
  readonly reached: boolean;
  readonly chi2: number;
  /** chi2 ± 2 standard deviations. */
  readonly chi2Interval: readonly [number, number];
  readonly chi2Target: number;
  readonly l1: number;
  readonly l1Floor: number;
  readonly maxRelativeError: number;
  /**
   * About the value of `maxRelativeError` that exact masses would have, by the noise of the
   * samples.
   */
  readonly maxRelativeErrorFloor: number;
  readonly emptyCells: number;
  /**
   * Bounds of the distance W2, the square root of the least mean |x − y|² (without a factor ½). An
   * exact solution has them as far apart as rounding and what is missing from the masses make them.
   */
  readonly w2: readonly [low: number, high: number];
  /** Probability with which the bounds hold: 1 when they are exact. */
  readonly w2Confidence: number;
  readonly steps: number;
  readonly samples: number;
  /** Sign flips of the solver's samples, and how many of these are worth one independent sample. */
  readonly flips: number;
  readonly inflation: number;
}
