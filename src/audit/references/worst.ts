import { roundingOf } from "../../ot/reference/assign.ts";
import type { Finding } from "./compare.ts";

/**
 * A value that is `off` from the expected one; it sums `depth` terms whose magnitudes sum to
 * `magnitude`.
 */
export interface Comparison {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  readonly off: number;
  readonly magnitude: number;
  readonly depth: number;
}

/** The worst of several values of one output, each with its own tolerance. */
export class Worst {
  #worst: Finding = { index: 0, actual: 0, expected: 0, error: 0, tolerance: 0, passed: true };
  #ratio = -1;

  add({ index, actual, expected, off, magnitude, depth }: Comparison): void {
    const allowed = roundingOf(magnitude, depth);
    const ratio = off === 0 ? 0 : off / allowed;
    if (!(ratio > this.#ratio) && !Number.isNaN(ratio)) return;
    this.#ratio = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
    const tolerance = (allowed / magnitude) as number;
    this.#worst = { index, actual, expected, error: off / magnitude, tolerance, passed: ratio <= 1 };
  }

  get finding(): Finding {
    return this.#worst;
  }
}
