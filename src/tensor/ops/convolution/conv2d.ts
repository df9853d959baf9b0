import type { Op, Tensor } from "../../engine.ts";
import { format, type Shape } from "../../shape.ts";
import { channelSums, throughSlope } from "../biasAdd.ts";
import { conv, convTranspose, convWeightGrad } from "./convolve.ts";
import { type ConvolutionOptions, type Geometry, geometryOfLarge, geometryOfSmall, type Pair } from "./geometry.ts";

interface Sides {
  readonly geometry: Geometry;
}

interface FinishedSides extends Sides {
  /** Slope below 0, after the bias. */
  readonly alpha: number;
}

const smallShape = ({ batch, sh, sw, d }: Geometry): Shape => [batch, sh, sw, d];
const largeShape = ({ batch, lh, lw, c }: Geometry): Shape => [batch, lh, lw, c];

function checkBias(op: string, b: Shape, channels: number): void {
  if (b.length !== 1 || b[0] !== channels)
    throw new RangeError(`${op}: expected \`bias\` as [${channels}], got ${format(b)}`);
}

// Three ops, closed under differentiation: each one's gradients are the other two.

const downOp: Op<"x" | "w", Sides> = {
  name: "conv2d",
  shape: (_shapes, { geometry }) => smallShape(geometry),
  forward: (gpu, { x, w }, y, { geometry }) => conv(gpu, "conv2d", geometry, x.buffer, w.buffer, y.buffer),
  backward: (dy, { x, w }, _y, sides) => ({
    x: () => dy.engine.apply(upOp, { x: dy, w }, sides),
    w: () => dy.engine.apply(weightGradientOp, { x, g: dy }, sides),
  }),
};

const upOp: Op<"x" | "w", Sides> = {
  name: "conv2dTranspose",
  shape: (_shapes, { geometry }) => largeShape(geometry),
  forward: (gpu, { x, w }, y, { geometry }) =>
    convTranspose(gpu, "conv2dTranspose", geometry, x.buffer, w.buffer, y.buffer),
  backward: (dy, { x, w }, _y, sides) => ({
    x: () => dy.engine.apply(downOp, { x: dy, w }, sides),
    w: () => dy.engine.apply(weightGradientOp, { x: dy, g: x }, sides),
  }),
};

/** x is the large side, g the small one. */
const weightGradientOp: Op<"x" | "g", Sides> = {
  name: "conv2dWeightGrad",
  shape: (_shapes, { geometry: { kh, kw, c, d } }) => [kh, kw, c, d],
  forward: (gpu, { x, g }, y, { geometry }) =>
    convWeightGrad(gpu, "conv2dWeightGrad", geometry, x.buffer, g.buffer, y.buffer),
  backward: (dy, { x, g }, _y, sides) => ({
    x: () => dy.engine.apply(upOp, { x: g, w: dy }, sides),
    g: () => dy.engine.apply(downOp, { x, w: dy }, sides),
  }),
};

// The first two with a bias and a slope, which the kernels of CPU drivers apply to the sums in
// their registers. The gradient of the sum is dy through the slope; from there on they are the ops
// above.

const downBiasOp: Op<"x" | "w" | "b", FinishedSides> = {
  name: "conv2dBias",
  shape: ({ b }, { geometry }) => {
    checkBias("conv2d", b, geometry.d);
    return smallShape(geometry);
  },
  forward: (gpu, { x, w, b }, y, { geometry, alpha }) =>
    conv(gpu, "conv2dBias", geometry, x.buffer, w.buffer, y.buffer, { b: b.buffer, alpha }),
  backward(dy, { x, w }, y, { geometry, alpha }) {
    const sides = { geometry };
    const g = throughSlope(dy, y, alpha);
    return {
      x: () => dy.engine.apply(upOp, { x: g(), w }, sides),
      w: () => dy.engine.apply(weightGradientOp, { x, g: g() }, sides),
      b: () => channelSums(g()),
    };
  },
};

const upBiasOp: Op<"x" | "w" | "b", FinishedSides> = {
  name: "conv2dTransposeBias",
  shape: ({ b }, { geometry }) => {
    checkBias("conv2dTranspose", b, geometry.c);
    return largeShape(geometry);
  },
  forward: (gpu, { x, w, b }, y, { geometry, alpha }) =>
    convTranspose(gpu, "conv2dTransposeBias", geometry, x.buffer, w.buffer, y.buffer, { b: b.buffer, alpha }),
  backward(dy, { x, w }, y, { geometry, alpha }) {
    const sides = { geometry };
    const g = throughSlope(dy, y, alpha);
    return {
      x: () => dy.engine.apply(downOp, { x: g(), w }, sides),
      w: () => dy.engine.apply(weightGradientOp, { x: g(), g: x }, sides),
      b: () => channelSums(g()),
    };
  },
};

/** What may follow the sums of a convolution, without a pass of its own where that can be. */
export interface FinishOptions {
  /** [channels of y], added to each pixel. Default none. */
  readonly bias?: Tensor;
  /**
   * Slope below 0 after the bias, ≥ 0: y = v where v > 0, else alpha · v. Default 1; 0 is a ReLU.
   */
  readonly alpha?: number;
}

/**
 * y[b, oy, ox, d] = Σ over ky, kx, c of x[b, oy·stride + ky − padding, ox·stride + kx − padding, c]
 * · w[ky, kx, c, d]
 *
 * x: [batch, height, width, c], w: [kh, kw, c, d] → [batch, ⌊(height + 2·padding − kh) / stride⌋ +
 * 1, …, d]. Cross-correlation, as in every deep-learning library. Options may add a bias [d] and a
 * slope below 0. With g = dy through the slope, dx is conv2dTranspose of g, dw the correlation of x
 * with g, and db its sum over pixels. RangeError names the shapes.
 */
export function conv2d(x: Tensor, w: Tensor, options: ConvolutionOptions & FinishOptions = {}): Tensor {
  const geometry = geometryOfLarge("conv2d", x.shape, w.shape, options);
  return finished("conv2d", options, {
    plain: () => x.engine.apply(downOp, { x, w }, { geometry }),
    biased: (b, alpha) => x.engine.apply(downBiasOp, { x, w, b }, { geometry, alpha }),
  });
}

/**
 * The adjoint of conv2d: y[b, iy, ix, c] = Σ over oy, ky with oy·stride + ky − padding = iy (and
 * likewise for x) and d of x[b, oy, ox, d] · w[ky, kx, c, d].
 *
 * x: [batch, height, width, d], w: [kh, kw, c, d], the weights of the conv2d that it reverses →
 * [batch, (height − 1)·stride − 2·padding + kh + outputPadding, …, c]. Bias [c] and slope as for
 * conv2d. RangeError names the shapes.
 */
export function conv2dTranspose(
  x: Tensor,
  w: Tensor,
  options: ConvolutionOptions & FinishOptions & { readonly outputPadding?: Pair } = {},
): Tensor {
  const geometry = geometryOfSmall("conv2dTranspose", x.shape, w.shape, options, options.outputPadding ?? 0);
  return finished("conv2dTranspose", options, {
    plain: () => x.engine.apply(upOp, { x, w }, { geometry }),
    biased: (b, alpha) => x.engine.apply(upBiasOp, { x, w, b }, { geometry, alpha }),
  });
}

function finished(
  op: string,
  { bias, alpha = 1 }: FinishOptions,
  { plain, biased }: { plain(): Tensor; biased(b: Tensor, alpha: number): Tensor },
): Tensor {
  if (bias === undefined && alpha !== 1) throw new RangeError(`${op}: expected \`bias\` beside \`alpha\`, got none`);
  if (!(alpha >= 0)) throw new RangeError(`${op}: expected \`alpha\` of at least 0, got ${alpha}`);
  return bias === undefined ? plain() : biased(bias, alpha);
}
