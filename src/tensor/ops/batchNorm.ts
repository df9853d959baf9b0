import { checkNumber } from "../../kernels/numbers.ts";
import { kindOf } from "../../kernels/options.ts";
import { checkTensor, type Tensor } from "../engine.ts";
import { biasAdd } from "./biasAdd.ts";
import { affine, div, scale, sqrt, square } from "./elementwise.ts";
import { mean } from "./mean.ts";

export interface Moments {
  /** [C] */
  readonly mean: Tensor;
  /** [C], biased: divided by the number of rows. */
  readonly variance: Tensor;
}

/**
 * Mean and biased variance of x […, C] for each c, over all axes but the last. The variance is that
 * of x − mean, so never below 0.
 */
export const moments = (x: Tensor): Moments => {
  checkTensor("moments", "x", x);
  const axes = [...x.shape.keys()].slice(0, -1);
  const average = mean(x, axes);
  return { mean: average, variance: mean(square(biasAdd(x, scale(average, -1))), axes) };
};

/**
 * (x − mean) / √(variance + ε) for x […, C] and moments [C] (Ioffe, Szegedy 2015, algorithm 1,
 * without its scale and shift). Training: `batchNorm(x, moments(x))`, whose gradient flows through
 * the moments too; inference: running moments.
 */
export const batchNorm = (x: Tensor, moments: Moments, epsilon = 1e-5): Tensor => {
  if (typeof moments !== "object" || moments === null) {
    throw new TypeError(`batchNorm: expected the record of \`moments\`, got ${kindOf(moments)}`);
  }
  const { mean, variance } = moments;
  for (const [name, tensor] of Object.entries({ x, mean, variance })) checkTensor("batchNorm", name, tensor);
  checkNumber("batchNorm", "epsilon", epsilon);
  return div(biasAdd(x, scale(mean, -1)), sqrt(affine(variance, 1, epsilon)));
};
