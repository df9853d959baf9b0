import { powerOfTwo } from "../../math/float64.ts";
import type { Problem } from "../problem.ts";

/**
 * The least χ² = Σ (w_i − nu_i)² / nu_i of any map from `count` samples of mass 1 / count each: a
 * map cannot split a sample, so that each w_i is a multiple of 1 / count. 0 for a density.
 *
 * The terms are convex in the numbers c_i = count · w_i, whose sum is `count`, so that the minimum
 * over integers is that of the Lagrange dual
 *   max_λ Σ min_c ((c / count − nu)² / nu − λ c) + λ count.
 * It is found by bisection of λ, up to rounding from below.
 */
export function leastChi2({ nu, source }: Problem): number {
  if (typeof source === "string") return 0;
  const { count } = source.samples;
  const masses = nu.filter((mass) => mass > 0);
  /** The numbers of samples that are best at λ: where one more costs as much as λ. */
  const best = (mass: number, lambda: number): number =>
    Math.max(0, Math.ceil(count * mass - 0.5 + (lambda * count * count * mass) / 2));
  const dual = (lambda: number): number =>
    masses.reduce((sum, mass) => {
      const c = best(mass, lambda);
      const off = c / count - mass;
      return sum + (off * off) / mass - lambda * c;
    }, lambda * count);
  let [low, high] = [-4 / count, 1 / count];
  const enough = (lambda: number): boolean => masses.reduce((sum, mass) => sum + best(mass, lambda), 0) >= count;
  while (!enough(high)) high *= 2;
  let found = Math.max(0, dual(0));
  for (let n = 0; n < 100 && high - low > powerOfTwo(-50) * Math.abs(high); n++) {
    const middle = (low + high) / 2;
    if (enough(middle)) high = middle;
    else low = middle;
    found = Math.max(found, dual(middle));
  }
  return found;
}
