import type { Tensor } from "../engine.ts";
import { resolveAxes, type Shape, size } from "../shape.ts";

/** The axes to reduce, and whether they stay, with length 1. */
interface Reduced {
  /** Default: all. Negative ones count from the end. */
  readonly axes: readonly number[] | undefined;
  readonly keepDims: boolean;
}

/**
 * Reduces axes by `f`, which reduces the middle axis of [outer, length, inner] to length 1.
 * Neighbouring axes are reduced as one, in row-major order, and the innermost come first.
 */
export function overAxes(op: string, x: Tensor, { axes, keepDims }: Reduced, f: (rows: Tensor) => Tensor): Tensor {
  const { engine } = x;
  const along = resolveAxes(op, axes ?? [...x.shape.keys()], x.shape.length);
  let shape: Shape = x.shape;
  let y = x;
  for (let last = along.length - 1; last >= 0; last--) {
    const end = (along[last] as number) + 1;
    while (last > 0 && along[last - 1] === (along[last] as number) - 1) last--;
    const begin = along[last] as number;
    const rows = [size(shape.slice(0, begin)), size(shape.slice(begin, end)), size(shape.slice(end))];
    if (rows[1] !== 1) y = f(engine.reshape(y, rows));
    shape = shape.map((length, axis) => (axis >= begin && axis < end ? 1 : length));
  }
  return engine.reshape(y, keepDims ? shape : shape.filter((_, axis) => !along.includes(axis)));
}

/** Number of threads that keep a device busy, and number of values that one thread may go over. */
const [ENOUGH_THREADS, SHORT] = [4096, 1024];

/** Whether a thread each for the lines along the middle axis of [outer, length, inner] will do. */
export const isOneThreadEach = ([outer = 1, length = 1, inner = 1]: Shape): boolean =>
  length <= SHORT || outer * inner >= ENOUGH_THREADS;
