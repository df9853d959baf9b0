import { short } from "../../../pages/report/theme.ts";
import { exactCells, exactSteps } from "../../../src/ot/exact/exact.ts";
import type { Polygons } from "../../../src/ot/exact/plane/polygons.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import type { Step } from "../../shell/controls.ts";
import type { Cloud, SourceName } from "./cloud.ts";

/** What a step of the solver shows. */
export interface Shown {
  readonly cells: Polygons;
  readonly heights: Float64Array;
  readonly masses: Float64Array;
  /** Centres of mass of the cells. */
  readonly centres: Float64Array;
  /** Masses that are asked for, of sum 1. */
  readonly asked: Float64Array;
  readonly maxRelativeError: number;
  /** Undefined until the end. */
  readonly w2: number | undefined;
  /** Steps of Newton's method. */
  readonly iteration: number;
  /** Share of the full step that was taken; 0 before the first. */
  readonly step: number;
}

/** Time of a picture on the screen: shorter steps are not shown one by one while dragging. */
const FRAME_MS = 12;

/**
 * The exact solution as steps: first the cells at the heights given, then those after each step of
 * Newton's method. With `quick`, steps within one frame are not waited for.
 */
export function* solveSteps(
  cloud: Cloud,
  source: SourceName,
  given: Float64Array | undefined,
  quick: boolean,
  show: (shown: Shown) => void,
): Generator<Step, string, undefined> {
  const problem = createProblem(points("cells", cloud.values, 2), { nu: cloud.weights, source });
  const heights = given ?? nearest(cloud, problem.nu);
  const asked = problem.nu;
  const before = exactCells(problem, heights);
  show({ ...before, asked, heights, w2: undefined, iteration: 0, step: 0 });
  const start = given === undefined ? "Each place goes to the nearest point" : "The cells as they were";
  yield { text: `${start}: error ${short(before.maxRelativeError, 3)}`, done: 0, of: 1 };
  let last = performance.now();
  const steps = exactSteps(problem, { heights });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) {
      const { stop, iterations: iteration } = value;
      show({ ...value, iteration, step: 1 });
      const end = stop === "reached" ? "Solved" : STOPS[stop];
      return `${end} in ${iteration} ${iteration === 1 ? "step" : "steps"} of Newton’s method.`;
    }
    const now = performance.now();
    if (value !== undefined) {
      const { iteration, step, maxRelativeError } = value;
      if (!quick || now > last + FRAME_MS) {
        show({ ...exactCells(problem, value.heights), asked, heights: value.heights, w2: undefined, iteration, step });
      }
      if (quick && now < last + FRAME_MS) continue;
      last = now;
      const share = step === 1 ? "full" : `1/${short(1 / step, 3)} of the`;
      yield {
        text: `Step ${iteration}, ${share} length: error ${short(maxRelativeError, 3)}`,
        ...progress(maxRelativeError),
      };
    } else if (now > last + 4 * FRAME_MS) {
      last = now;
      yield { text: "Tries a step …", onTheWay: true };
    }
  }
}

const STOPS = {
  rounding: "Solved up to rounding",
  stalled: "No step leads on; ended",
  budget: "All steps are used; ended",
  single: "One point takes all; solved",
} as const;

/** How far an error is on its way from 1 to 1e-10, by its digits. */
const progress = (error: number): Pick<Step, "done" | "of"> => ({
  done: Math.max(0, Math.min(10, -Math.log10(error))),
  of: 10,
});

/** Heights whose cells are the places nearest to each point: h = −|y|²/2. */
function nearest({ values }: Cloud, nu: Float64Array): Float64Array {
  return Float64Array.from(nu, (mass, i) =>
    mass > 0 ? -((values[2 * i] as number) ** 2 + (values[2 * i + 1] as number) ** 2) / 2 : Number.NEGATIVE_INFINITY,
  );
}
