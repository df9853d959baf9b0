import { checkOptions } from "../../kernels/options.ts";
import { checkTensor, type Tensor } from "../engine.ts";
import { format, type Shape } from "../shape.ts";
import { type Pair, pairOf, windowOf } from "./convolution/geometry.ts";
import { average, pick, poolIndex, type Windows } from "./windows.ts";

/** Steps and margins of `maxPool` and `avgPool`. */
export interface PoolingOptions {
  /** Steps between windows, ≥ 1. Default: their size, so that they do not overlap. */
  readonly stride?: Pair;
  /** Pixels around the image, which do not count, ≥ 0 and below the size of a window. Default 0. */
  readonly padding?: Pair;
}

/** TypeError for an unknown option, and where x is no tensor. */
function checkPooling(op: string, x: Tensor, options: PoolingOptions): void {
  checkOptions(op, options, ["stride", "padding"]);
  checkTensor(op, "x", x);
}

/** The windows of an image. RangeError where there are none, or one that lies outside of it. */
function windowsOf(op: string, x: Shape, window: Pair, { stride = window, padding = 0 }: PoolingOptions): Windows {
  const [batch = 0, lh = 0, lw = 0, c = 0] = x;
  if (x.length !== 4) {
    throw new RangeError(`${op}: expected \`x\` as [batch, height, width, channels], got ${format(x)}`);
  }
  const [height, width] = pairOf(op, "window", window);
  const sides = [height, width];
  if (!sides.every((side) => Number.isSafeInteger(side) && side >= 1)) {
    throw new RangeError(`${op}: expected a window of at least 1 × 1 pixels, got ${sides.join(" × ")}`);
  }
  const { d: _, ...steps } = windowOf(op, [height, width, c, c], { stride, padding });
  const { kh, kw, strideY, strideX, padY, padX } = steps;
  if (padY >= kh || padX >= kw) {
    throw new RangeError(`${op}: expected \`padding\` below the window of ${kh} × ${kw} pixels, got ${padY}, ${padX}`);
  }
  const sh = Math.floor((lh + 2 * padY - kh) / strideY) + 1;
  const sw = Math.floor((lw + 2 * padX - kw) / strideX) + 1;
  if (sh < 1 || sw < 1) {
    throw new RangeError(
      `${op}: expected an image of at least the window's size less its padding, got ${format(x)} for ${kh} × ${kw} pixels`,
    );
  }
  return { ...steps, batch, lh, lw, sh, sw };
}

/**
 * The greatest value in each window of an image, for stride s and padding p
 *
 *   y[b, oy, ox, c] = max x[b, s·oy + ky − p, s·ox + kx − p, c] over ky < window, kx < window
 *
 *   x [batch, height, width, c]
 *     → y [batch, ⌊(height + 2p − window) / s⌋ + 1, ⌊(width + 2p − window) / s⌋ + 1, c]
 *
 * Padding never is the greatest. A NaN makes its windows NaN. dx = Σ dy over the windows in which a
 * pixel is the first with the greatest value, row by row. RangeError names the shapes.
 */
export function maxPool(x: Tensor, window: Pair, options: PoolingOptions = {}): Tensor {
  checkPooling("maxPool", x, options);
  const windows = windowsOf("maxPool", x.shape, window, options);
  return pick(x, poolIndex(x, windows, false), windows);
}

/**
 * The mean of each window of an image, in the shapes of `maxPool`. Padding does not count: the sum
 * is divided by the number of pixels that lie in the image. dx = Σ dy / this number over the
 * windows that a pixel lies in. RangeError names the shapes.
 */
export const avgPool = (x: Tensor, window: Pair, options: PoolingOptions = {}): Tensor => {
  checkPooling("avgPool", x, options);
  return average(x, windowsOf("avgPool", x.shape, window, options));
};
