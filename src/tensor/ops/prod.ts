import type { Tensor } from "../engine.ts";
import { mul } from "./elementwise.ts";
import { concat, slice } from "./move.ts";
import { overAxes } from "./overAxes.ts";
import { keepsDims, type SumOptions } from "./sum.ts";

/** The product of the two halves of the middle axis of x [outer, length, inner], and so on. */
function prodAlong(x: Tensor): Tensor {
  const [outer = 1, length = 1, inner = 1] = x.shape;
  if (length === 1) return x;
  const half = Math.floor(length / 2);
  const part = (first: number, count: number): Tensor => slice(x, [0, first, 0], [outer, count, inner]);
  const y = mul(part(0, half), part(half, half));
  return prodAlong(length % 2 === 0 ? y : concat([y, part(length - 1, 1)], 1));
}

/**
 * Π x over `axes`, as for `sum`. dx = dy · the product of the other values, which is right where
 * some are 0 too.
 */
export const prod = (x: Tensor, axes?: readonly number[], options: SumOptions = {}): Tensor =>
  overAxes("prod", x, { axes, keepDims: keepsDims("prod", x, options) }, prodAlong);
