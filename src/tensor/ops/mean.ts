import { checkOptions } from "../../kernels/options.ts";
import { checkTensor, type Tensor } from "../engine.ts";
import { size } from "../shape.ts";
import { scale } from "./elementwise.ts";
import { type SumOptions, sum } from "./sum.ts";

/** The mean of x over `axes`, like `sum`. dx = dy / count, repeated along them. */
export const mean = (x: Tensor, axes?: readonly number[], options: SumOptions = {}): Tensor => {
  checkOptions("mean", options, ["keepDims"]);
  checkTensor("mean", "x", x);
  const total = sum(x, axes, options);
  return scale(total, size(total.shape) / size(x.shape));
};
