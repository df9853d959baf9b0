import { inPieces } from "../../kernels/batches.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { log } from "../../math/elementary.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { itemsOf, type Steps } from "../../math/steps.ts";
import type { Draw } from "../source.ts";
import { assigning, type CellCounter } from "./counter.ts";

/**
 * The distance between the masses w and nu, from the counts of M samples that were not used to
 * choose the heights.
 */
export interface Evaluation {
  /** Unbiased estimate of χ² = Σ (w_i − nu_i)² / nu_i; it may be below 0. */
  readonly chi2: number;
  /**
   * Its standard deviation: √(2(N − 1) f² / M² + 4 g / M), where f is 1 and g is χ² for independent
   * samples, and for others f is that of `Within` and g = sums − f (N − 1) / M.
   */
  readonly sd: number;
  /**
   * chi2 over its standard deviation under w = nu, f √(2(N − 1)) / M: a standard normal when the
   * heights are exact.
   */
  readonly z: number;
  /**
   * Σ |w_i − nu_i| of the sampled masses, and its expectation under w = nu where no M nu_i is below
   * about 1:
   *   Σ √(2 nu_i (1 − nu_i) / (πM))
   */
  readonly l1: number;
  readonly l1Floor: number;
  /**
   * max |w_i − nu_i| / nu_i of the sampled masses, and about its value under w = nu, where it is
   * the greatest of N normals, for the smallest mass nu > 0:
   *   √(2 ln N (1 − nu) / (M nu))
   * M samples cannot show smaller errors than about this.
   */
  readonly worst: number;
  readonly worstFloor: number;
  /** Targets with mass that got no sample. */
  readonly empty: number;
  readonly samples: number;
}

/**
 * How samples that share a drawn point, by sign flips, fall into the same cells. With c_ib of the K
 * samples of drawn point b in cell i,
 *   pairs = Σ_b Σ_i c_ib² / nu_i
 * tells how often, weighed by 1 / nu, and M samples are worth as many as M / f independent ones:
 *   f = 1 + (K − 1) (Q − 1) / (N − 1), Q = (pairs − Σ_i c_i / nu_i) / (M (K − 1))
 */
export interface Within {
  /** K, the number of samples that share a drawn point. */
  readonly patterns: number;
  readonly pairs: number;
  /** Σ_b (g_b − mean)² / M, g_b the sum of w_i / nu_i − 1 over the cells of point b's samples. */
  readonly sums: number;
}

/**
 * `Within` of samples whose cells are `index`, in the order of the samples, with their counts, in
 * pieces.
 */
export function* withinSteps(
  index: Uint32Array,
  counts: Float64Array,
  nu: Float64Array,
  patterns: number,
): Steps<Within> {
  const excess = counts.map((c, i) => ((nu[i] as number) > 0 ? c / index.length / (nu[i] as number) - 1 : 0));
  const mean = counts.reduce((sum, c, i) => sum + (c * (excess[i] as number)) / index.length, 0);
  let [pairs, sums] = [0, 0];
  const seen = new Map<number, number>();
  const piece = patterns * itemsOf(16 * patterns);
  for (let b = 0; b < index.length; b += patterns) {
    if (b % piece === 0) yield;
    seen.clear();
    let sum = -patterns * mean;
    for (let p = b; p < b + patterns; p++) {
      const i = index[p] as number;
      sum += excess[i] as number;
      seen.set(i, (seen.get(i) ?? 0) + 1);
    }
    sums += (sum * sum) / index.length;
    for (const [i, c] of seen) if ((nu[i] as number) > 0) pairs += (c * c) / (nu[i] as number);
  }
  return { patterns, pairs, sums };
}

/** f: the number of samples that are worth one independent sample. */
export function inflation({ patterns, pairs }: Within, counts: Float64Array, nu: Float64Array): number {
  let [samples, alone, active] = [0, 0, 0];
  for (let i = 0; i < nu.length; i++) {
    const [c, mass] = [counts[i] as number, nu[i] as number];
    samples += c;
    if (mass > 0) [alone, active] = [alone + c / mass, active + 1];
  }
  if (patterns === 1 || active < 2) return 1;
  const share = (pairs - alone) / (samples * (patterns - 1));
  return Math.max(1, 1 + ((patterns - 1) * (share - 1)) / (active - 1));
}

/**
 * χ²^ = Σ_i (c_i² − Σ_b c_ib²) / nu_i / (M(M − K)) − 1 over targets with mass, from counts c of
 * M ≥ 2 samples. Pairs of samples that share a drawn point are left out, since they are not
 * independent; where none do, K = 1 and Σ_b c_ib² = c_i.
 */
export function evaluate(counts: Float64Array, nu: Float64Array, within?: Within): Evaluation {
  const samples = counts.reduce((sum, c) => sum + c, 0);
  let [squares, alone, l1, l1Floor, worst, empty, active, least] = [0, 0, 0, 0, 0, 0, 0, 1];
  for (let i = 0; i < nu.length; i++) {
    const [c, mass] = [counts[i] as number, nu[i] as number];
    if (mass === 0) continue;
    const error = Math.abs(c / samples - mass);
    squares += (c * c) / mass;
    alone += c / mass;
    l1 += error;
    // the gathered masses of equal targets may exceed 1 by rounding
    l1Floor += Math.sqrt((2 * mass * Math.max(0, 1 - mass)) / (Math.PI * samples));
    least = Math.min(least, mass);
    worst = Math.max(worst, error / mass);
    if (c === 0) empty++;
    active++;
  }
  const { patterns, pairs } = within ?? { patterns: 1, pairs: alone };
  const f = within === undefined ? 1 : inflation(within, counts, nu);
  const chi2 = active === 1 ? 0 : (squares - pairs) / (samples * (samples - patterns)) - 1;
  const exact = (f * Math.sqrt(2 * (active - 1))) / samples;
  const spread = within === undefined ? chi2 : within.sums - (f * (active - 1)) / samples;
  const sd = Math.sqrt(exact * exact + (4 * Math.max(0, spread)) / samples);
  const worstFloor = Math.sqrt((2 * log(active) * Math.max(0, 1 - least)) / (samples * least));
  return { chi2, sd, z: active === 1 ? 0 : chi2 / exact, l1, l1Floor, worst, worstFloor, empty, samples };
}

/** A draw whose drawn points are independent, so that deviations can be told. */
export type IndependentDraw = Omit<Draw, "even">;

/** The evaluation at heights h over the samples of `draw`. */
export async function evaluateHeights(
  cells: CellCounter,
  h: ArrayLike<number>,
  nu: Float64Array,
  draw: IndependentDraw & Cancellable,
): Promise<Evaluation> {
  checkOptions("evaluateHeights", draw, ["seed", "stream", "first", "count", "flips", "signal"]);
  cells.setHeights(h);
  return (await evaluateCells(cells, nu, draw)).evaluation;
}

/** The evaluation at the cells' heights over the samples of `draw`, with each cell's count. */
export async function evaluateCells(
  cells: CellCounter,
  nu: Float64Array,
  options: IndependentDraw & Cancellable,
): Promise<{ readonly evaluation: Evaluation; readonly counts: Float64Array }> {
  checkOptions("evaluateCells", options, ["seed", "stream", "first", "count", "flips", "signal"]);
  const { signal, ...draw } = options;
  const patterns = powerOfTwo(draw.flips ?? 0);
  const { counts, index } = await cells.ask(assigning, patterns === 1 ? [] : ["index"], draw, { signal });
  const within = patterns === 1 ? undefined : await inPieces(cells, withinSteps(index, counts, nu, patterns), signal);
  return { evaluation: evaluate(counts, nu, within), counts };
}
