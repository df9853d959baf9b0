import type { Question } from "../cells/counter.ts";
import { type Points, type Portion, portionRows, rows } from "../points.ts";
import { type FeasiblePlan, feasiblePlan } from "./feasiblePlan.ts";

/** Number of batches of samples, each with a plan of its own. */
export const BATCHES = 16;

/**
 * Means over a batch of u = u_h(x), of its control variate c = |x|²/2, whose expectation is known,
 * and of their products; regret and moved mass of its plan.
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
  /** Number of near cells in which a plan looks for room. */
  readonly near: number;
  /** Samples of a batch. */
  readonly batch: number;
}

/** Batches that are assigned together: small ones several at a time. */
const together = (targets: Points, { near, batch }: Planned): number =>
  Math.min(BATCHES, Math.max(1, Math.floor(portionRows(Math.max(near, targets.dimension)) / batch)));

/** The means of batches of samples and of their plans. */
export const planning: Question<Planned, readonly BatchMeans[]> = {
  name: "plan",
  range: (targets, planned) => together(targets, planned) * planned.batch,
  async answer(cells, range, planned, options) {
    const { near: k, batch: count } = planned;
    const { index, score } = await cells.topK(range, k, options);
    const x = range.count > count ? await cells.draw(range, options) : undefined;
    const means: BatchMeans[] = [];
    for (let at = 0; at < range.count; at += count) {
      const [from, to] = [at * k, (at + count) * k];
      const points = ({ first, count: n }: Portion): Promise<Points> =>
        x === undefined
          ? cells.draw({ ...range, first: range.first + first, count: n }, options)
          : Promise.resolve(rows(x, at + first, n));
      const top = { index: index.subarray(from, to), score: score.subarray(from, to) };
      const plan = await feasiblePlan({ targets: cells.targets, ...planned }, { count, k, top, points });
      means.push(meansOf(plan));
    }
    return means;
  },
  join: (parts) => parts.flat(),
};

function meansOf({ best, halfSquares, regret, moved }: FeasiblePlan): BatchMeans {
  const count = best.length;
  const sums = { u: 0, c: 0, uu: 0, uc: 0, cc: 0 };
  best.forEach((u, m) => {
    const c = halfSquares[m] as number;
    sums.u += u / count;
    sums.c += c / count;
    sums.uu += (u * u) / count;
    sums.uc += (u * c) / count;
    sums.cc += (c * c) / count;
  });
  return { ...sums, regret, moved };
}
