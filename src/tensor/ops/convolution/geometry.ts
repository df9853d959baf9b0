import type { BufferRef } from "../../../kernels/command.ts";
import { kindOf } from "../../../kernels/options.ts";
import { format, type Shape } from "../../shape.ts";

/** One number for both axes, or [y, x]. */
export type Pair = number | readonly [y: number, x: number];

/** Steps and margins of `conv2d`. */
export interface ConvolutionOptions {
  /** Steps between taps of neighbouring outputs, ≥ 1. Default 1. */
  readonly stride?: Pair;
  /** Zeros around the large side, ≥ 0. Default 0. */
  readonly padding?: Pair;
}

/** Steps and margins of `conv2dTranspose`. */
export interface TransposeOptions extends ConvolutionOptions {
  /** Rows and columns that are added to the large side, ≥ 0 and below the stride. Default 0. */
  readonly outputPadding?: Pair;
}

/**
 * The geometry that conv2d, conv2dTranspose and all their gradients share: a large side
 * [batch, lh, lw, c], a small side [batch, sh, sw, d], and weights [kh, kw, c, d]. conv2d maps
 * large to small, conv2dTranspose small to large.
 */
export interface Geometry {
  readonly batch: number;
  readonly lh: number;
  readonly lw: number;
  readonly c: number;
  readonly sh: number;
  readonly sw: number;
  readonly d: number;
  readonly kh: number;
  readonly kw: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly padY: number;
  readonly padX: number;
}

type Steps = Pick<Geometry, "kh" | "kw" | "strideY" | "strideX" | "padY" | "padX">;

/** The params of kernels that describe the window. */
export const stepsOf = ({ kh, kw, strideY, strideX, padY, padX }: Geometry): Steps => {
  return { kh, kw, strideY, strideX, padY, padX };
};

/** A pair as two numbers. TypeError for what is none, such as a padding for each of four sides. */
export function pairOf(op: string, name: string, pair: Pair): readonly [number, number] {
  if (typeof pair === "number") return [pair, pair];
  const numbers = Array.isArray(pair) && pair.length === 2 && pair.every((value) => typeof value === "number");
  if (numbers) return [pair[0], pair[1]];
  const got = Array.isArray(pair) ? `[${pair.join(", ")}]` : kindOf(pair);
  throw new TypeError(`${op}: expected \`${name}\` as a number or a pair [y, x], got ${got}`);
}

/**
 * Kernel size, strides and padding as numbers. RangeError when they do not describe a convolution.
 */
export function windowOf(
  op: string,
  w: Shape,
  { stride = 1, padding = 0 }: ConvolutionOptions,
): Steps & Pick<Geometry, "c" | "d"> {
  const [kh, kw, c, d] = w;
  if (w.length !== 4 || kh === undefined || kw === undefined || c === undefined || d === undefined) {
    throw new RangeError(`${op}: expected \`w\` as [height, width, large channels, small channels], got ${format(w)}`);
  }
  const [strideY, strideX] = pairOf(op, "stride", stride);
  const [padY, padX] = pairOf(op, "padding", padding);
  const whole = (name: string, values: readonly number[], least: number): void => {
    if (values.some((v) => !Number.isInteger(v) || v < least)) {
      throw new RangeError(`${op}: expected \`${name}\` as integers of at least ${least}, got ${values.join(", ")}`);
    }
  };
  whole("stride", [strideY, strideX], 1);
  whole("padding", [padY, padX], 0);
  return { kh, kw, c, d, strideY, strideX, padY, padX };
}

/**
 * The geometry of conv2d: the small side has ⌊(l + 2·padding − k) / stride⌋ + 1 pixels on each
 * axis. RangeError names the shapes.
 */
export function geometryOfLarge(op: string, x: Shape, w: Shape, options: ConvolutionOptions): Geometry {
  const win = windowOf(op, w, options);
  const [batch = 0, lh = 0, lw = 0, c = 0] = x;
  if (x.length !== 4 || c !== win.c) {
    throw new RangeError(
      `${op}: expected \`x\` as [batch, height, width, ${win.c}] for w ${format(w)}, got ${format(x)}`,
    );
  }
  const sh = Math.floor((lh + 2 * win.padY - win.kh) / win.strideY) + 1;
  const sw = Math.floor((lw + 2 * win.padX - win.kw) / win.strideX) + 1;
  if (sh < 1 || sw < 1) {
    throw new RangeError(
      `${op}: expected an image of at least the kernel's size less its padding, got ${format(x)} for w ${format(w)}`,
    );
  }
  return { ...win, batch, lh, lw, sh, sw };
}

/**
 * The geometry of conv2dTranspose: the large side has
 *   (s − 1)·stride − 2·padding + k + outputPadding
 * pixels on each axis, with 0 ≤ outputPadding < stride. RangeError names the shapes.
 */
export function geometryOfSmall(
  op: string,
  x: Shape,
  w: Shape,
  { outputPadding = 0, ...options }: TransposeOptions,
): Geometry {
  const win = windowOf(op, w, options);
  const [batch = 0, sh = 0, sw = 0, d = 0] = x;
  if (x.length !== 4 || d !== win.d) {
    throw new RangeError(
      `${op}: expected \`x\` as [batch, height, width, ${win.d}] for w ${format(w)}, got ${format(x)}`,
    );
  }
  const [extraY, extraX] = pairOf(op, "outputPadding", outputPadding);
  const fits = (extra: number, stride: number): boolean => Number.isInteger(extra) && extra >= 0 && extra < stride;
  if (!fits(extraY, win.strideY) || !fits(extraX, win.strideX)) {
    throw new RangeError(
      `${op}: expected \`outputPadding\` of at least 0 and below the stride, got ${extraY}, ${extraX}`,
    );
  }
  const lh = (sh - 1) * win.strideY - 2 * win.padY + win.kh + extraY;
  const lw = (sw - 1) * win.strideX - 2 * win.padX + win.kw + extraX;
  if (lh < 1 || lw < 1) throw new RangeError(`${op}: expected a padding that leaves an image, got ${lh} × ${lw}`);
  return { ...win, batch, lh, lw, sh, sw };
}

/** A map from one side x to the other side y by the weights w, then the bias and the slope. */
export interface Convolution {
  readonly geometry: Geometry;
  readonly x: BufferRef;
  readonly w: BufferRef;
  readonly y: BufferRef;
  /** What follows the sums. Default: nothing. */
  readonly finish?: Finish;
}

/** A bias for each channel of y, then the slope below 0: y = v where v > 0, else alpha · v. */
export interface Finish {
  readonly bias: BufferRef;
  /** 1 leaves v as it is. */
  readonly alpha: number;
}

/**
 * dw [kh, kw, c, d] from the large side and the small side; one of them is a gradient, the small
 * one in a conv2d, the large one in a conv2dTranspose.
 */
export interface WeightGrad {
  readonly geometry: Geometry;
  readonly large: BufferRef;
  readonly small: BufferRef;
  readonly dw: BufferRef;
}
