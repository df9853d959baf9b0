import { pause } from "../adapter/pause.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { type ExactOptions, type ExactProgress, type ExactSolution, exactSteps } from "../ot/exact/exact.ts";
import type { Problem } from "../ot/problem.ts";

export interface ExactlyOptions extends ExactOptions, Cancellable {
  /** Called after each step of Newton's method. */
  readonly onStep?: (progress: ExactProgress) => void;
}

/** The exact solution, with a pause between two power diagrams; see `exactSteps`. */
export async function solveExactly(
  problem: Problem,
  { signal, onStep, ...options }: ExactlyOptions = {},
): Promise<ExactSolution> {
  const steps = exactSteps(problem, options);
  for (;;) {
    await pause(signal);
    const { done, value } = steps.next();
    if (done === true) return value;
    if (value !== undefined) onStep?.(value);
  }
}
