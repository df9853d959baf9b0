import { checkArray } from "../../kernels/numbers.ts";
import { checkTensor, type Tensor } from "../engine.ts";
import { checkShape, format, type Shape, size } from "../shape.ts";

/**
 * The values of x under another shape, without a copy. One length may be −1: it is then computed
 * from the others. dx = dy under the shape of x. RangeError when the sizes differ.
 */
export const reshape = (x: Tensor, shape: Shape): Tensor => {
  checkTensor("reshape", "x", x);
  checkArray("reshape", "shape", shape);
  const free = shape.indexOf(-1);
  if (free < 0) return x.engine.reshape(x, shape);
  const others = shape.toSpliced(free, 1);
  checkShape("reshape", others); // also refuses a second -1
  const length = size(x.shape) / size(others);
  if (!Number.isInteger(length)) {
    throw new RangeError(`reshape: expected ${size(x.shape)} values as in ${format(x.shape)}, got ${format(shape)}`);
  }
  return x.engine.reshape(x, shape.with(free, length));
};
