import { checkOptions } from "../../../kernels/options.ts";
import { apply, checkTensor, type Op, type Tensor } from "../../engine.ts";
import { format, type Shape } from "../../shape.ts";
import { biasGrad, gradBeforeSlope } from "../biasAdd.ts";
import { conv, convTranspose, convWeightGrad } from "./convolve.ts";
import {
  type ConvolutionOptions,
  type Geometry,
  geometryOfLarge,
  geometryOfSmall,
  type TransposeOptions,
} from "./geometry.ts";

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

// Three ops that are closed under differentiation: the gradients of each one are the other two.

const convOp: Op<"x" | "w", Sides> = {
  name: "conv2d",
  shape: (_shapes, { geometry }) => smallShape(geometry),
  forward: (gpu, { x, w }, y, { geometry }) => conv(gpu, "conv2d", { geometry, x: x.buffer, w: w.buffer, y: y.buffer }),
  backward: (dy, { x, w }, _y, sides) => ({
    x: () => dy.engine.apply(convTransposeOp, { x: dy, w }, sides),
    w: () => dy.engine.apply(convWeightGradOp, { x, g: dy }, sides),
  }),
};

const convTransposeOp: Op<"x" | "w", Sides> = {
  name: "conv2dTranspose",
  shape: (_shapes, { geometry }) => largeShape(geometry),
  forward: (gpu, { x, w }, y, { geometry }) =>
    convTranspose(gpu, "conv2dTranspose", { geometry, x: x.buffer, w: w.buffer, y: y.buffer }),
  backward: (dy, { x, w }, _y, sides) => ({
    x: () => dy.engine.apply(convOp, { x: dy, w }, sides),
    w: () => dy.engine.apply(convWeightGradOp, { x: dy, g: x }, sides),
  }),
};

/** x is the large side, g the small one. */
const convWeightGradOp: Op<"x" | "g", Sides> = {
  name: "conv2dWeightGrad",
  shape: (_shapes, { geometry: { kh, kw, c, d } }) => [kh, kw, c, d],
  forward: (gpu, { x, g }, y, { geometry }) =>
    convWeightGrad(gpu, "conv2dWeightGrad", { geometry, large: x.buffer, small: g.buffer, dw: y.buffer }),
  backward: (dy, { x, g }, _y, sides) => ({
    x: () => dy.engine.apply(convTransposeOp, { x: g, w: dy }, sides),
    g: () => dy.engine.apply(convOp, { x, w: dy }, sides),
  }),
};

// conv2d and conv2dTranspose with a bias and a slope, which the kernels of CPU drivers apply to the
// sums in their registers. With g = ∂L/∂(sum + bias), their gradients are those of the ops above.

const convBiasOp: Op<"x" | "w" | "b", FinishedSides> = {
  name: "conv2dBias",
  shape: ({ b }, { geometry }) => {
    checkBias("conv2d", b, geometry.d);
    return smallShape(geometry);
  },
  forward: (gpu, { x, w, b }, y, { geometry, alpha }) =>
    conv(gpu, "conv2dBias", { geometry, x: x.buffer, w: w.buffer, y: y.buffer, finish: { bias: b.buffer, alpha } }),
  backward(dy, { x, w }, y, { geometry, alpha }) {
    const sides = { geometry };
    const g = gradBeforeSlope(dy, y, alpha);
    return {
      x: () => dy.engine.apply(convTransposeOp, { x: g(), w }, sides),
      w: () => dy.engine.apply(convWeightGradOp, { x, g: g() }, sides),
      b: () => biasGrad(g()),
    };
  },
};

const convTransposeBiasOp: Op<"x" | "w" | "b", FinishedSides> = {
  name: "conv2dTransposeBias",
  shape: ({ b }, { geometry }) => {
    checkBias("conv2dTranspose", b, geometry.c);
    return largeShape(geometry);
  },
  forward: (gpu, { x, w, b }, y, { geometry, alpha }) =>
    convTranspose(gpu, "conv2dTransposeBias", {
      geometry,
      x: x.buffer,
      w: w.buffer,
      y: y.buffer,
      finish: { bias: b.buffer, alpha },
    }),
  backward(dy, { x, w }, y, { geometry, alpha }) {
    const sides = { geometry };
    const g = gradBeforeSlope(dy, y, alpha);
    return {
      x: () => dy.engine.apply(convOp, { x: g(), w }, sides),
      w: () => dy.engine.apply(convWeightGradOp, { x: g(), g: x }, sides),
      b: () => biasGrad(g()),
    };
  },
};

/** What may follow the sums of a convolution. Some kernels apply it without a pass of its own. */
export interface FinishOptions {
  /** [channels of y], added to each pixel. Default none. */
  readonly bias?: Tensor;
  /**
   * Slope below 0 after the bias, ≥ 0: y = v where v > 0, else alpha · v. Default 1; 0 is a ReLU.
   */
  readonly alpha?: number;
}

/**
 * Cross-correlation, which deep-learning libraries call convolution: for stride s and padding p
 *
 *   y[b, oy, ox, d] = Σ_{ky, kx, c} x[b, s·oy + ky − p, s·ox + kx − p, c] · w[ky, kx, c, d]
 *
 *   x [batch, height, width, c], w [kh, kw, c, d]
 *     → y [batch, ⌊(height + 2p − kh) / s⌋ + 1, ⌊(width + 2p − kw) / s⌋ + 1, d]
 *
 * Options may add a bias [d] and a slope below 0. With g the gradient before that slope, dx is
 * conv2dTranspose of g, dw the correlation of x with g, and db the sum of g over pixels. RangeError
 * names the shapes.
 */
export function conv2d(x: Tensor, w: Tensor, options: ConvolutionOptions & FinishOptions = {}): Tensor {
  checkOptions("conv2d", options, ["stride", "padding", "bias", "alpha"]);
  checkTensor("conv2d", "x", x);
  checkTensor("conv2d", "w", w);
  const geometry = geometryOfLarge("conv2d", x.shape, w.shape, options);
  return finished("conv2d", options, {
    plain: () => apply(convOp, { x, w }, { geometry }),
    biased: (b, alpha) => apply(convBiasOp, { x, w, b }, { geometry, alpha }),
  });
}

/**
 * The adjoint of conv2d with the same weights: for stride s, padding p and outputPadding o
 *
 *   y[b, iy, ix, c] = Σ x[b, oy, ox, d] · w[ky, kx, c, d]
 *
 * over d and all oy, ky, ox, kx with s·oy + ky − p = iy and s·ox + kx − p = ix.
 *
 *   x [batch, height, width, d], w [kh, kw, c, d]
 *     → y [batch, (height − 1)·s − 2p + kh + o, (width − 1)·s − 2p + kw + o, c]
 *
 * Bias [c] and slope as for conv2d. RangeError names the shapes.
 */
export function conv2dTranspose(x: Tensor, w: Tensor, options: TransposeOptions & FinishOptions = {}): Tensor {
  checkOptions("conv2dTranspose", options, ["stride", "padding", "outputPadding", "bias", "alpha"]);
  checkTensor("conv2dTranspose", "x", x);
  checkTensor("conv2dTranspose", "w", w);
  const geometry = geometryOfSmall("conv2dTranspose", x.shape, w.shape, options);
  return finished("conv2dTranspose", options, {
    plain: () => apply(convTransposeOp, { x, w }, { geometry }),
    biased: (b, alpha) => apply(convTransposeBiasOp, { x, w, b }, { geometry, alpha }),
  });
}

function finished(
  op: string,
  { bias, alpha = 1 }: FinishOptions,
  { plain, biased }: { plain(): Tensor; biased(b: Tensor, alpha: number): Tensor },
): Tensor {
  if (bias !== undefined) checkTensor(op, "bias", bias);
  if (bias === undefined && alpha !== 1) throw new RangeError(`${op}: expected \`bias\` beside \`alpha\`, got none`);
  if (!(alpha >= 0)) throw new RangeError(`${op}: expected \`alpha\` of at least 0, got ${alpha}`);
  return bias === undefined ? plain() : biased(bias, alpha);
}
