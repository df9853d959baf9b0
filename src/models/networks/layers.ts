import { checkOptions } from "../../kernels/options.ts";
import type { HostRandom } from "../../math/philox.ts";
import { atOnce, itemsOf, type Steps } from "../../math/steps.ts";
import type { Tensor } from "../../tensor/engine.ts";
import { biasRelu } from "../../tensor/ops/biasAdd.ts";
import { conv2d, conv2dTranspose } from "../../tensor/ops/convolution/conv2d.ts";
import type { ConvolutionOptions, Pair } from "../../tensor/ops/convolution/geometry.ts";
import { leakyRelu } from "../../tensor/ops/elementwise.ts";
import { matmul } from "../../tensor/ops/product/matmul.ts";
import { type Shape, size } from "../../tensor/shape.ts";

/** Weights and bias of one layer. */
export interface Layer {
  readonly w: Tensor;
  readonly b: Tensor;
}

/** Initial values of a layer's tensors. */
export interface LayerInit {
  readonly w: { readonly shape: Shape; readonly values: Float32Array };
  readonly b: { readonly shape: Shape; readonly values: Float32Array };
}

/**
 * The activation after a layer's sum, computed in the same pass as the bias: the identity,
 * max(·, 0), or a leaky ReLU with slope .2 below 0 (Radford et al. 2016).
 */
export type Activation = "linear" | "relu" | "leakyRelu";

/** Slopes of the activations below 0. */
const SLOPES: ReadonlyMap<Activation, number> = new Map([
  ["linear", 1],
  ["relu", 0],
  ["leakyRelu", 0.2],
]);

/** Slope of the activation below 0. RangeError for another name. */
function slopeOf(activation: Activation): number {
  const slope = SLOPES.get(activation);
  if (slope !== undefined) return slope;
  throw new RangeError(`layer: expected an activation ${[...SLOPES.keys()].join(", ")}, got ${activation}`);
}

/** x + b along the last axis, then the activation, in one pass. */
export const finish = (x: Tensor, b: Tensor, activation: Activation): Tensor => biasRelu(x, b, slopeOf(activation));

/** The activation alone. */
export const activate = (x: Tensor, activation: Activation): Tensor =>
  activation === "linear" ? x : leakyRelu(x, slopeOf(activation));

/** x·w + b for x [batch, inputs], w [inputs, outputs], then the activation. */
export const dense = (x: Tensor, { w, b }: Layer, activation: Activation = "linear"): Tensor =>
  finish(matmul(x, w), b, activation);

/**
 * conv2d plus a bias per channel, then the activation, for x [batch, height, width, c], w
 * [kh, kw, c, d] and b [d].
 */
export const convolution = (
  x: Tensor,
  { w, b }: Layer,
  options: ConvolutionOptions,
  activation: Activation = "linear",
): Tensor => {
  checkOptions("convolution", options, ["stride", "padding"]);
  return conv2d(x, w, { ...options, bias: b, alpha: slopeOf(activation) });
};

/**
 * conv2dTranspose plus a bias per channel, then the activation, for x [batch, height, width, d], w
 * [kh, kw, c, d] and b [c].
 */
export const transposedConvolution = (
  x: Tensor,
  { w, b }: Layer,
  options: ConvolutionOptions & { readonly outputPadding?: Pair },
  activation: Activation = "linear",
): Tensor => {
  checkOptions("transposedConvolution", options, ["stride", "padding", "outputPadding"]);
  return conv2dTranspose(x, w, { ...options, bias: b, alpha: slopeOf(activation) });
};

/** Weights and biases of zero. */
export const zeroLayer = (shape: Shape, outputs: number): LayerInit => ({
  w: { shape, values: new Float32Array(size(shape)) },
  b: { shape: [outputs], values: new Float32Array(outputs) },
});
/** Operations that a normal number takes. */
const NORMAL = 64;

/**
 * Weights from N(0, 2 / fanIn) (He et al. 2015, for ReLU) and zero biases. `fanIn` is the number of
 * terms that one output sums.
 */
export function initLayer(random: HostRandom, shape: Shape, outputs: number, fanIn: number): LayerInit {
  return atOnce(layerSteps(random, shape, outputs, fanIn));
}

/** `initLayer` in pieces. */
export function* layerSteps(random: HostRandom, shape: Shape, outputs: number, fanIn: number): Steps<LayerInit> {
  const deviation = Math.sqrt(2 / fanIn);
  const values = new Float32Array(size(shape));
  const some = itemsOf(NORMAL);
  for (let i = 0; i < values.length; i++) {
    if (i % some === some - 1) yield;
    values[i] = deviation * random.normal();
  }
  return { w: { shape, values }, b: { shape: [outputs], values: new Float32Array(outputs) } };
}
