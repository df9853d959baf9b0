import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { log } from "../../math/elementary.ts";
import type { Draw } from "../source.ts";
import type { Cells } from "./cells.ts";

/**
 * The distance between the masses w and nu, from the counts of M samples that were not used to
 * choose the heights.
 */
export interface Evaluation {
  /** Unbiased estimate of χ² = Σ (w_i − nu_i)² / nu_i; it may be below 0. */
  readonly chi2: number;
  /** Its standard deviation: √(2(N − 1) / M² + 4 χ² / M). */
  readonly sd: number;
  /**
   * chi2 over its standard deviation under w = nu, √(2(N − 1)) / M: a standard normal when the
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
 * χ²^ = Σ_i (c_i² − c_i) / nu_i / (M(M − 1)) − 1 over targets with mass, from counts c of M ≥ 2
 * samples.
 */
export function evaluate(counts: Float64Array, nu: Float64Array): Evaluation {
  const samples = counts.reduce((sum, c) => sum + c, 0);
  let [pairs, l1, l1Floor, worst, empty, active, least] = [0, 0, 0, 0, 0, 0, 1];
  for (let i = 0; i < nu.length; i++) {
    const [c, mass] = [counts[i] as number, nu[i] as number];
    if (mass === 0) continue;
    const error = Math.abs(c / samples - mass);
    pairs += (c * c - c) / mass;
    l1 += error;
    // the gathered masses of equal targets may exceed 1 by rounding
    l1Floor += Math.sqrt((2 * mass * Math.max(0, 1 - mass)) / (Math.PI * samples));
    least = Math.min(least, mass);
    worst = Math.max(worst, error / mass);
    if (c === 0) empty++;
    active++;
  }
  const chi2 = active === 1 ? 0 : pairs / (samples * (samples - 1)) - 1;
  const exact = Math.sqrt(2 * (active - 1)) / samples;
  const sd = Math.sqrt(exact * exact + (4 * Math.max(0, chi2)) / samples);
  const worstFloor = Math.sqrt((2 * log(active) * Math.max(0, 1 - least)) / (samples * least));
  return { chi2, sd, z: active === 1 ? 0 : chi2 / exact, l1, l1Floor, worst, worstFloor, empty, samples };
}

/** The evaluation at heights h over the samples of `draw`. */
export async function evaluateHeights(
  cells: Cells,
  h: ArrayLike<number>,
  nu: Float64Array,
  draw: Draw & Cancellable,
): Promise<Evaluation> {
  checkOptions("evaluateHeights", draw, ["seed", "stream", "first", "count", "signal"]);
  const { signal, ...samples } = draw;
  cells.setHeights(h);
  return evaluate(await cells.count(samples, { signal }), nu);
}
