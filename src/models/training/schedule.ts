import { cos } from "../../math/trigonometric.ts";

/**
 * Learning rate of step t of n: a linear warm-up over 50 steps (at most a tenth of n), constant
 * until 30 % of n, then a cosine down to 0 at n. Values are fractions of the peak.
 */
export function cosineSchedule(step: number, steps: number): number {
  const warmUp = Math.min(50, Math.ceil(steps / 10));
  const hold = 0.3 * steps;
  const rise = Math.min(1, (step + 1) / warmUp);
  const fall = step < hold ? 1 : 0.5 * (1 + cos((Math.PI * (step - hold)) / (steps - hold)));
  return rise * fall;
}
