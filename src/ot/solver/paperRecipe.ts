import { checkOptions } from "../../kernels/options.ts";
import { STREAMS } from "../../math/streams.ts";
import { type CellCounter, counting } from "../cells/counter.ts";
import { evaluate } from "../cells/evaluation.ts";
import { TILE } from "../points.ts";
import { centreHeights, type Problem } from "../problem.ts";
import type { Plan, Solution } from "./solution.ts";

const PATIENCE = 30; // steps without improvement before the batch doubles
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/**
 * The method of An et al. 2020 as they describe it: heights start from 0; Adam without bias
 * correction and with a constant learning rate; the same samples in every step, twice as many after
 * 30 steps in which ‖w − nu‖₂ did not improve. Its own stopping rule uses the samples of its steps;
 * the evaluation uses others.
 */
export async function solveAsPaper(
  cells: CellCounter,
  problem: Problem,
  plan: Plan,
): Promise<Omit<Solution, "seconds">> {
  const { nu } = problem;
  const { seed, options } = plan;
  const { onStep, signal } = options;
  checkOptions("solve: paper", options.paper ?? {}, ["lr", "batch", "redraw", "tolerance", "iterations"]);
  const {
    lr = 1e-2,
    batch: first = 10_000,
    redraw = false,
    tolerance = 2e-3,
    iterations = 20_000,
  } = options.paper ?? {};
  if (!(lr > 0 && first >= TILE && tolerance >= 0 && iterations >= 1)) {
    throw new RangeError(
      `solve: expected \`paper\` with lr above 0, batch from ${TILE}, tolerance from 0 and iterations from 1, ` +
        `got ${lr}, ${first}, ${tolerance} and ${iterations}`,
    );
  }
  let heights = centreHeights(options.heights ?? new Float64Array(nu.length), nu);
  const [mean, square] = [new Float64Array(nu.length), new Float64Array(nu.length)];
  let [batch, spent, steps, least, idle] = [Math.ceil(first), 0, 0, Number.POSITIVE_INFINITY, 0];
  const most = Math.min(iterations, plan.maxSteps);
  let stop: Solution["stop"] | undefined = plan.active === 1 ? "single" : undefined;
  while (stop === undefined && steps < most) {
    if (spent + batch > plan.budget) {
      stop = "budget";
      break;
    }
    cells.setHeights(heights);
    const draw = { seed, stream: STREAMS.source.solver, first: redraw ? spent : 0, count: batch };
    const counts = await cells.ask(counting, undefined, draw, { signal });
    spent += batch;
    steps++;
    const gradient = counts.map((c, i) => c / batch - (nu[i] as number));
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    await onStep?.({ iteration: steps, of: most, lr, samples: spent, heights });
    if (norm < tolerance) {
      stop = "inSample";
      break;
    }
    idle = norm < least ? 0 : idle + 1;
    least = Math.min(least, norm);
    if (idle >= PATIENCE) [batch, idle, least] = [2 * batch, 0, Number.POSITIVE_INFINITY];
    const moved = heights.map((h, i) => {
      if (nu[i] === 0) return h;
      const g = gradient[i] as number;
      mean[i] = BETA1 * (mean[i] as number) + (1 - BETA1) * g;
      square[i] = BETA2 * (square[i] as number) + (1 - BETA2) * g * g;
      return h - (lr * (mean[i] as number)) / (Math.sqrt(square[i] as number) + EPSILON);
    });
    heights = centreHeights(moved, nu);
  }
  cells.setHeights(heights);
  const draw = { seed, stream: STREAMS.source.evaluation, first: 0, count: plan.evaluationSamples };
  const evaluation = evaluate(await cells.ask(counting, undefined, draw, { signal }), nu);
  stop ??= most < iterations ? "steps" : "iterations";
  const samplesInAll = spent + plan.evaluationSamples;
  const gathered = problem.gathered?.count ?? 0;
  const independent = { flips: 0, inflation: 1 } as const;
  return {
    heights,
    evaluation,
    stop,
    steps,
    samples: spent,
    samplesInAll,
    alpha: Number.NaN,
    ...independent,
    gathered,
  };
}
