import type { Tensor } from "../engine.ts";
import { sqrt, square } from "./elementwise.ts";
import { keepsDims, type SumOptions, sum } from "./sum.ts";

/**
 * √Σ x² over `axes`, as for `sum`: the Euclidean norm. dx = dy · x / y, NaN where y is 0. The
 * squares have to be numbers of float32: |x| from about 1e-19 to 1e19.
 */
export const norm = (x: Tensor, axes?: readonly number[], options: SumOptions = {}): Tensor => {
  const keepDims = keepsDims("norm", x, options);
  return sqrt(sum(square(x), axes, { keepDims }));
};
