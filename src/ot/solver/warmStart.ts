import { inPieces } from "../../kernels/batches.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { itemsOf, type Steps } from "../../math/steps.ts";
import { STREAMS } from "../../math/streams.ts";
import { conjugating } from "../cells/conjugate.ts";
import { assigning, type CellCounter, counting } from "../cells/counter.ts";
import { pick } from "../points.ts";
import { centreHeights, type Problem } from "../problem.ts";
import type { Draw } from "../source.ts";
import { gaussianFormSteps } from "./gaussianModel.ts";

const BISECTIONS = 10;

/** The heights of the Gaussian model, and their derivative with respect to −α. */
export interface GaussianHeights {
  readonly at: (alpha: number) => Float64Array;
  readonly slope: Float64Array;
}

/** h_i = −α ½ (y_i − m)ᵀ A⁻¹ (y_i − m) − <y_i, E x> */
export function* gaussianHeights(cells: CellCounter, problem: Problem): Steps<GaussianHeights> {
  const { targets, nu } = problem;
  const d = targets.dimension;
  const form = yield* gaussianFormSteps(problem);
  const q = new Float64Array(nu.length);
  const rows = itemsOf(2 * d * d);
  for (let i = 0; i < q.length; i++) {
    if (i % rows === rows - 1) yield;
    if ((nu[i] as number) > 0) q[i] = form(targets.values.subarray(i * d, (i + 1) * d));
  }
  const shift = cells.moments.mean;
  const linear = nu.map((_, i) => shift.reduce((sum, v, k) => sum + v * (targets.values[i * d + k] as number), 0));
  const at = (alpha: number): Float64Array =>
    centreHeights(
      q.map((value, i) => -alpha * value - (linear[i] as number)),
      nu,
    );
  return { at, slope: q };
}

/**
 * The heights of the Gaussian model with the α in [0, 2] that minimises E(h) over the samples of
 * `draw`. E is convex in α, and the sign of dE/dα = Σ (w_i − nu_i) dh_i/dα brackets the minimum.
 */
export async function warmStart(
  cells: CellCounter,
  problem: Problem,
  draw: Draw,
  options: Cancellable = {},
): Promise<{ readonly heights: Float64Array; readonly alpha: number }> {
  checkOptions("warmStart", options, ["signal"]);
  const { nu } = problem;
  const { at, slope: q } = await inPieces(cells, gaussianHeights(cells, problem), options.signal);
  let [low, high] = [0, 2];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    cells.setHeights(at(middle));
    const counts = await cells.ask(counting, undefined, draw, options);
    const slope = q.reduce(
      (sum, value, j) => sum - ((counts[j] as number) / draw.count - (nu[j] as number)) * value,
      0,
    );
    if (slope > 0) high = middle;
    else low = middle;
  }
  const alpha = (low + high) / 2;
  return { heights: at(alpha), alpha };
}

/**
 * The median over the samples of the margin between their two greatest scores, which is the unit of
 * heights. 1 where only one target has mass.
 */
export async function medianMargin(
  cells: CellCounter,
  h: ArrayLike<number>,
  draw: Draw,
  options: Cancellable = {},
): Promise<number> {
  checkOptions("medianMargin", options, ["signal"]);
  cells.setHeights(h);
  const { max, runnerUp } = await cells.ask(assigning, ["max", "runnerUp"], draw, options);
  const margins = max.map((value, i) => value - (runnerUp[i] as number)).sort();
  const median = margins[margins.length >> 1] as number;
  if (!Number.isFinite(median)) return 1;
  return median > 0 ? median : (margins.find((margin) => margin > 0) ?? 1);
}

/** Which cells to fill, and how far to raise their heights. */
export interface Repair extends Cancellable {
  /** Indices of the cells. */
  readonly empty: readonly number[];
  /**
   * Added to the least height at which a cell contains a sample, in units of heights: one number,
   * or one for each target.
   */
  readonly margin: number | Float64Array;
  readonly seed: number;
}

/**
 * Heights in which those of the `empty` cells are raised to h_i = min_x u_h(x) − <x, y_i>, plus
 * `margin`: the cell then contains at least the sample where the minimum is attained. The minimum
 * over samples is −u*(y_i).
 */
export async function repairEmpty(cells: CellCounter, h: Float64Array, repair: Repair): Promise<Float64Array> {
  checkOptions("repairEmpty", repair, ["empty", "margin", "seed", "signal"]);
  const { empty, margin, seed, signal } = repair;
  cells.setHeights(h);
  const draw = { seed, stream: STREAMS.source.repair, first: 0, count: 16384 };
  const gap = await cells.ask(conjugating, pick(cells.targets, empty), draw, { signal });
  const raised = Float64Array.from(h);
  empty.forEach((i, row) => {
    const extra = typeof margin === "number" ? margin : (margin[i] as number);
    raised[i] = Math.max(h[i] as number, extra - (gap[row] as number));
  });
  return raised;
}
