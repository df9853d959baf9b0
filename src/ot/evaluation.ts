import type { Cells } from "./cells.ts";
import type { Draw } from "./draw.ts";

/** How far masses w are from nu, from the counts of M samples that took no part in choosing the heights. */
export interface Evaluation {
  /** Unbiased estimate of χ² = Σ (w_i − nu_i)² / nu_i; it may be below 0. */
  readonly chi2: number;
  /** Its standard deviation: √(2(N − 1) / M² + 4 χ² / M). */
  readonly sd: number;
  /** chi2 over its standard deviation under w = nu, √(2(N − 1)) / M: a standard normal when the heights are exact. */
  readonly z: number;
  /** Σ |w_i − nu_i| of the sampled masses, and its expectation under w = nu for equal masses: √(2N / (πM)). */
  readonly l1: number;
  readonly l1Floor: number;
  /** max |w_i − nu_i| / nu_i of the sampled masses. */
  readonly worst: number;
  /** Targets with mass that got no sample. */
  readonly empty: number;
  readonly samples: number;
}

/** χ²^ = Σ_i (c_i² − c_i) / nu_i / (M(M − 1)) − 1 over targets with mass, from counts c of M ≥ 2 samples. */
export function evaluate(counts: Float64Array, nu: Float64Array): Evaluation {
  const samples = counts.reduce((sum, c) => sum + c, 0);
  let [pairs, l1, worst, empty, active] = [0, 0, 0, 0, 0];
  for (let i = 0; i < nu.length; i++) {
    const [c, mass] = [counts[i] as number, nu[i] as number];
    if (mass === 0) continue;
    const error = Math.abs(c / samples - mass);
    pairs += (c * c - c) / mass;
    l1 += error;
    worst = Math.max(worst, error / mass);
    if (c === 0) empty++;
    active++;
  }
  const chi2 = active === 1 ? 0 : pairs / (samples * (samples - 1)) - 1;
  const exact = Math.sqrt(2 * (active - 1)) / samples;
  const sd = Math.sqrt(exact * exact + (4 * Math.max(0, chi2)) / samples);
  const l1Floor = Math.sqrt((2 * active) / (Math.PI * samples));
  return { chi2, sd, z: active === 1 ? 0 : chi2 / exact, l1, l1Floor, worst, empty, samples };
}

/** The evaluation at heights h over the samples of `draw`. */
export async function evaluateHeights(
  cells: Cells,
  h: ArrayLike<number>,
  nu: Float64Array,
  draw: Draw,
): Promise<Evaluation> {
  cells.setHeights(h);
  return evaluate(await cells.count(draw), nu);
}
