import { powerOfTwo } from "../../math/float64.ts";
import { studentQuantile } from "../../math/student.ts";
import type { Question } from "../cells/counter.ts";
import { type FeasiblePlan, feasiblePlan } from "./feasiblePlan.ts";

/**
 * Number of batches of samples, each with a plan of its own: 8 or 16. A plan costs too much by
 * about σ N B / M for M samples, N targets and B batches, and the interval of the mean of B plans
 * is wider by σ t / √M, with σ the deviation for a sample and t Student's quantile for B − 1
 * degrees of freedom. The sum is the least.
 */
export function batchesOf(targets: number, samples: number, probability: number): 8 | 16 {
  const [few, many] = ([8, 16] as const).map(
    (batches) => (targets * batches) / Math.sqrt(samples) + studentQuantile(probability, batches - 1),
  ) as [number, number];
  return few <= many ? 8 : 16;
}

/**
 * Means over the drawn points of a batch of u, the mean of u_h over all sign patterns of a point,
 * of its control variate c = |x|²/2, whose expectation is known, and of their products; regret and
 * moved mass of the batch's plan.
 */
export interface BatchMeans extends Pick<FeasiblePlan, "regret" | "moved"> {
  readonly u: number;
  readonly c: number;
  readonly uu: number;
  readonly uc: number;
  readonly cc: number;
}

/** What feasible plans depend on besides the cells. */
export interface Planned {
  readonly nu: Float64Array;
  readonly heights: Float64Array;
  /** Number of cells with room that a plan tries for a sample. */
  readonly near: number;
  /** Samples of a batch. */
  readonly batch: number;
}

/** The means of batches of samples and of their plans. */
export const planning: Question<Planned, readonly BatchMeans[]> = {
  name: "plan",
  range: (_, { batch }) => batch,
  async answer(cells, range, planned, options) {
    const plan = await feasiblePlan(cells, { ...planned, draw: range }, options);
    return [meansOf(plan, powerOfTwo(range.flips ?? 0))];
  },
  join: (parts) => parts.flat(),
};

function meansOf({ best, halfSquares, regret, moved }: FeasiblePlan, patterns: number): BatchMeans {
  const points = halfSquares.length;
  const sums = { u: 0, c: 0, uu: 0, uc: 0, cc: 0 };
  for (let b = 0; b < points; b++) {
    const c = halfSquares[b] as number;
    let u = 0;
    for (let p = 0; p < patterns; p++) u += (best[b * patterns + p] as number) / patterns;
    sums.u += u / points;
    sums.c += c / points;
    sums.uu += (u * u) / points;
    sums.uc += (u * c) / points;
    sums.cc += (c * c) / points;
  }
  return { ...sums, regret, moved };
}
