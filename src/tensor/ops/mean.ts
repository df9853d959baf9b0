import type { Tensor } from "../engine.ts";
import { size } from "../shape.ts";
import { scale } from "./elementwise.ts";
import { keepsDims, type SumOptions, sum } from "./sum.ts";

/** The mean of x over `axes`, like `sum`. dx = dy / count, repeated along them. */
export const mean = (x: Tensor, axes?: readonly number[], options: SumOptions = {}): Tensor => {
  keepsDims("mean", x, options);
  const total = sum(x, axes, options);
  return scale(total, size(total.shape) / size(x.shape));
};
