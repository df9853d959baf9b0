import { checkOptions } from "../../kernels/options.ts";
import { checkTensor, type Tensor } from "../engine.ts";
import { affine, reluGrad, weigh } from "./elementwise.ts";
import { type Draw, uniform } from "./random.ts";
import { broadcast } from "./sum.ts";

/**
 * x ⊙ m / (1 − p), where each value of m is 1 with probability 1 − p and 0 otherwise (Srivastava et
 * al. 2014); dropped values are 0, infinite ones too, and p = 0 leaves x as it is. Equal draws give
 * equal m on every device. dx = dy ⊙ m / (1 − p). RangeError unless 0 ≤ p < 1, and where p > 0 for
 * a seed, stream or offset out of range.
 */
export function dropout(x: Tensor, p: number, draw: Draw): Tensor {
  checkOptions("dropout", draw, ["seed", "stream", "offset"]);
  checkTensor("dropout", "x", x);
  if (!(p >= 0 && p < 1)) throw new RangeError(`dropout: expected a probability \`p\` from 0 to below 1, got ${p}`);
  if (p === 0) return x;
  const { engine, shape } = x;
  const kept = broadcast(engine.tensor(1 / (1 - p)), shape);
  return weigh(reluGrad(kept, affine(uniform(engine, shape, draw), 1, -p)), x);
}
