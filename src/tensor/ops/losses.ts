import type { Tensor } from "../op.ts";
import { size } from "../shape.ts";
import { abs, bce, mul, scale, square, sub } from "./elementwise.ts";
import { logSoftmax } from "./logSoftmax.ts";
import { mean, sum } from "./sum.ts";

/**
 * −Σ t ln softmax(x) over the last axis, then the mean over all rows: logits x and target probabilities t, both […, K].
 * For rows of t that sum to 1: dx = (softmax(x) − t) / rows.
 */
export const softmaxCrossEntropy = (x: Tensor, t: Tensor): Tensor => {
  const terms = mul(t, logSoftmax(x));
  return scale(sum(terms), -(x.shape.at(-1) ?? 1) / size(x.shape));
};

/** The mean of −t ln σ(x) − (1 − t) ln(1 − σ(x)), logits x and targets t in [0, 1] of one shape. dx = (σ(x) − t) / size. */
export const bceWithLogits = (x: Tensor, t: Tensor): Tensor => mean(bce(x, t));

/** The mean of (x − t)². dx = 2 (x − t) / size. */
export const mse = (x: Tensor, t: Tensor): Tensor => mean(square(sub(x, t)));

/** The mean of |x − t|. dx = sign(x − t) / size. */
export const l1 = (x: Tensor, t: Tensor): Tensor => mean(abs(sub(x, t)));
