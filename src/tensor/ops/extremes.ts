// Greatest and least values over axes, and their places. Along an axis they are those of one
// window, or of windows of windows where the axis is long and there is little else to compute in
// parallel.
import type { Tensor } from "../engine.ts";
import { resolveAxis, type Shape, size } from "../shape.ts";
import { add, affine } from "./elementwise.ts";
import { isOneThreadEach, overAxes } from "./overAxes.ts";
import { keepsDims, type SumOptions } from "./sum.ts";
import { pick, poolIndex, type Windows } from "./windows.ts";

/** Greatest number of values whose places float32 holds, 2²⁴. */
const MOST_PLACES = 16_777_216;

/** Windows of `length` values along the middle axis of x [outer, axis, inner]. */
function windowsAlong([batch = 1, lw = 1, c = 1]: Shape, length: number): Windows {
  const one = { lh: 1, sh: 1, kh: 1, strideY: 1, padY: 0, padX: 0 };
  return { ...one, batch, lw, c, sw: Math.ceil(lw / length), kw: length, strideX: length };
}

/** The windows of the first step along the middle axis: one, or about the root of its length. */
function firstWindows(shape: Shape): Windows {
  const length = shape[1] as number;
  return windowsAlong(shape, isOneThreadEach(shape) ? length : Math.ceil(Math.sqrt(length)));
}

/** [batch, sh, sw, c] as [batch, sw, c]. */
const asRows = (y: Tensor, { batch, sw, c }: Windows): Tensor => y.engine.reshape(y, [batch, sw, c]);

/** The greatest values along the middle axis of x [outer, length, inner], as [outer, 1, inner]. */
function extremeAlong(x: Tensor, least: boolean): Tensor {
  const windows = firstWindows(x.shape);
  const y = asRows(pick(x, poolIndex(x, windows, least), windows), windows);
  return windows.sw === 1 ? y : extremeAlong(y, least);
}

/** The places of these values, each the first one, as [outer, 1, inner]. */
function placeAlong(x: Tensor, least: boolean): Tensor {
  const windows = firstWindows(x.shape);
  const index = poolIndex(x, windows, least);
  if (windows.sw === 1) return asRows(index, windows);
  const window = placeAlong(asRows(pick(x, index, windows), windows), least);
  const whole = windowsAlong([windows.batch, windows.sw, windows.c], windows.sw);
  return add(affine(window, windows.kw, 0), asRows(pick(index, window, whole), whole));
}

function place(op: string, x: Tensor, axis: number | undefined, least: boolean, keepDims: boolean): Tensor {
  const rank = x.shape.length;
  const along = axis === undefined ? [...x.shape.keys()] : [resolveAxis(op, axis, rank)];
  const [begin, end] = [along[0] ?? 0, (along.at(-1) ?? -1) + 1];
  const length = size(x.shape.slice(begin, end));
  if (length > MOST_PLACES) {
    throw new RangeError(
      `${op}: expected at most 2^24 values, whose places float32 holds, got ${length}; give an axis`,
    );
  }
  const rows = [size(x.shape.slice(0, begin)), length, size(x.shape.slice(end))];
  const kept = x.shape.map((n, i) => (along.includes(i) ? 1 : n));
  const y = placeAlong(x.engine.reshape(x, rows), least);
  return x.engine.reshape(y, keepDims ? kept : kept.filter((_, i) => !along.includes(i)));
}

/**
 * The greatest values of x over `axes`, as for `sum`. NaN where there is a NaN. dx = dy at the
 * first place of the greatest value in row-major order, the first NaN's where there is one, and 0
 * elsewhere.
 */
export const max = (x: Tensor, axes?: readonly number[], options: SumOptions = {}): Tensor =>
  overAxes("max", x, { axes, keepDims: keepsDims("max", x, options) }, (rows) => extremeAlong(rows, false));

/** The least values of x over `axes`, as for `max`. */
export const min = (x: Tensor, axes?: readonly number[], options: SumOptions = {}): Tensor =>
  overAxes("min", x, { axes, keepDims: keepsDims("min", x, options) }, (rows) => extremeAlong(rows, true));

/**
 * The number of the first greatest value along an axis, which is removed, or kept with length 1
 * when `keepDims`; that of the first NaN where there is one. Default: the number among all values
 * in row-major order. No gradient. RangeError for more than 2²⁴ values, whose numbers float32 does
 * not hold.
 */
export const argMax = (x: Tensor, axis?: number, options: SumOptions = {}): Tensor =>
  place("argMax", x, axis, false, keepsDims("argMax", x, options));

/** The number of the first least value along an axis, as for `argMax`. */
export const argMin = (x: Tensor, axis?: number, options: SumOptions = {}): Tensor =>
  place("argMin", x, axis, true, keepsDims("argMin", x, options));
