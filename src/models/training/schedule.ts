import { cosineDecay, type Schedule, warmUp } from "../../autograd/schedules.ts";

/**
 * The schedule of this package's trainings: a linear warm-up over 50 steps (at most a tenth of n),
 * constant until 30 % of n, then a cosine down to 0 at n.
 */
export const cosineSchedule: Schedule = warmUp((steps) => Math.min(50, Math.ceil(steps / 10)), cosineDecay(0.3));
