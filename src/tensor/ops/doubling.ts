// Products over axes and sums from the start of an axis, in as many steps as the length of the axis
// has binary digits. They are made of moves and arithmetic, and so are their gradients.
import type { Tensor } from "../engine.ts";
import { resolveAxis } from "../shape.ts";
import { add, mul } from "./elementwise.ts";
import { concat, pad, slice } from "./move.ts";
import { overAxes } from "./overAxes.ts";
import type { SumOptions } from "./sum.ts";

/** The product of two halves of the middle axis of x [outer, length, inner], until one is left. */
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
export const prod = (x: Tensor, axes?: readonly number[], { keepDims = false }: SumOptions = {}): Tensor =>
  overAxes("prod", x, { axes, keepDims }, prodAlong);

/**
 * y[…, k, …] = Σ x[…, j, …] over j ≤ k along an axis, the first one by default. dx = Σ dy over k ≥
 * j. After step s a value is the sum of its last 2ˢ, so that rounding errors grow with the
 * logarithm of the length. RangeError for an axis that there is not.
 */
export function cumsum(x: Tensor, axis = 0): Tensor {
  const along = resolveAxis("cumsum", axis, x.shape.length);
  const length = x.shape[along] as number;
  let y = x;
  for (let reach = 1; reach < length; reach *= 2) {
    const before = slice(y, [], x.shape.with(along, length - reach));
    const moved = pad(
      before,
      x.shape.map((_, i) => [i === along ? reach : 0, 0] as const),
    );
    y = add(y, moved);
  }
  return y;
}
