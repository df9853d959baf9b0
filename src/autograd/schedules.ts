// Schedules of learning rates: pure functions of the number of a step.
import { checkOptions, kindOf } from "../kernels/options.ts";
import { integerPower } from "../math/float64.ts";
import { cos } from "../math/trigonometric.ts";

/** The learning rate of step t of n, from 0 on, as a fraction of its peak. */
export type Schedule = (step: number, steps: number) => number;

/** 1 at every step. */
export const constantRate: Schedule = () => 1;

/**
 * 1 for the first `hold` · n steps, then ½(1 + cos πs), with s from 0 to 1 over the others
 * (Loshchilov and Hutter 2017, without restarts). RangeError for a share `hold` outside of [0, 1).
 */
export function cosineDecay(hold = 0): Schedule {
  if (!(hold >= 0 && hold < 1)) throw new RangeError(`cosineDecay: expected \`hold\` from 0 to below 1, got ${hold}`);
  return (step, steps) => {
    const held = hold * steps;
    return step < held ? 1 : 0.5 * (1 + cos((Math.PI * (step - held)) / (steps - held)));
  };
}

/** factorᵏ after k times `every` steps. RangeError for another count or a negative factor. */
export function stepDecay(options: { readonly every: number; readonly factor: number }): Schedule {
  checkOptions("stepDecay", options, ["every", "factor"]);
  const { every, factor } = options;
  if (!(Number.isSafeInteger(every) && every >= 1 && factor >= 0 && factor < Number.POSITIVE_INFINITY)) {
    throw new RangeError(
      `stepDecay: expected \`every\` as an integer from 1 and \`factor\` from 0 on, got ${every} and ${factor}`,
    );
  }
  return (step) => integerPower(factor, Math.floor(step / every));
}

/**
 * Rises over the first w steps, (t + 1) / w at step t, and goes on as another schedule, which it
 * multiplies. w may depend on n. RangeError at the first step for a w below 1.
 */
export function warmUp(w: number | ((steps: number) => number), then: Schedule = constantRate): Schedule {
  if (typeof w !== "number" && typeof w !== "function") {
    throw new TypeError(`warmUp: expected a number or a function as \`w\`, got ${kindOf(w)}`);
  }
  if (typeof then !== "function") throw new TypeError(`warmUp: expected a function as \`then\`, got ${kindOf(then)}`);
  return (step, steps) => {
    const over = typeof w === "number" ? w : w(steps);
    if (!(over >= 1)) throw new RangeError(`warmUp: expected a number of steps from 1 on, got ${over}`);
    return Math.min(1, (step + 1) / over) * then(step, steps);
  };
}
