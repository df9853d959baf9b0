import { powerOfTwo } from "../../math/float64.ts";
import { placeOf } from "./draw.ts";

/**
 * Scores <x, y_i> + h_i of one sample for all targets, and for each the sum of the magnitudes,
 * which bounds the rounding.
 */
export interface Scores {
  readonly score: Float64Array;
  readonly magnitude: Float64Array;
}

/**
 * Samples, targets and heights in the kernels' layout: x [⌈samples / 32⌉, depth, 32],
 * y [tiles, depth, 32], h [tiles, 32].
 */
export interface Scored {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly h: Float32Array;
  readonly depth: number;
}

/** The scores of sample number `sample`. */
export function scoresOf({ x, y, h, depth }: Scored, sample: number): Scores {
  const score = Float64Array.from(h);
  const magnitude = score.map(Math.abs);
  for (let k = 0; k < depth; k++) {
    const v = x[placeOf(sample, k, depth)] as number;
    for (let tile = 0; tile < h.length / 32; tile++) {
      const from = (tile * depth + k) * 32;
      for (let i = 0; i < 32; i++) {
        const term = v * (y[from + i] as number);
        const at = tile * 32 + i;
        (score[at] as number) += term;
        (magnitude[at] as number) += Math.abs(term);
      }
    }
  }
  return { score, magnitude };
}

/** Greatest relative error of one float32 operation. */
const UNIT = powerOfTwo(-24);

/**
 * Greatest float32 error of a sum of depth + 1 terms, each rounded, with the given sum of
 * magnitudes.
 */
export const roundingOf = (magnitude: number, depth: number): number => (depth + 2) * UNIT * magnitude;
