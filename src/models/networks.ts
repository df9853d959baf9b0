import type { Tensor } from "../tensor/op.ts";
import { relu } from "../tensor/ops/elementwise.ts";
import { reshape } from "../tensor/ops/reshape.ts";
import type { HostRandom } from "../tensor/random.ts";
import { size } from "../tensor/shape.ts";
import {
  type Activation,
  convolution,
  dense,
  initLayer,
  type Layer,
  type LayerInit,
  transposedConvolution,
} from "./layers.ts";

/** Pictures of one size, of at least 4 × 4 pixels. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
  /** 1 grey, 3 RGB. */
  readonly channels: number;
}

/** First values by parameter name, `${layer}.w` and `${layer}.b`. */
export type Initial<L extends string> = Readonly<Record<`${L}.${"w" | "b"}`, LayerInit["w"]>>;
/** Tensors by parameter name. */
export type Weights<L extends string> = { readonly [K in `${L}.${"w" | "b"}`]: Tensor };

export type FeatureLayer = "conv1" | "conv2" | "dense1";
export type DecoderLayer = "undense1" | "undense2" | "unconv1" | "unconv2";

const WIDTHS = { conv1: 32, conv2: 64, dense: 256 } as const;
const KERNEL = 4;
const TAPS = KERNEL * KERNEL;
const WINDOW = { stride: 2, padding: 1 } as const;
/** Length of the features that `features` ends in. */
export const FEATURES: number = WIDTHS.dense;

const half = (length: number): number => Math.floor((length + 2 * WINDOW.padding - KERNEL) / 2) + 1;
const flatOf = ({ height, width }: PictureSize): number => half(half(height)) * half(half(width)) * WIDTHS.conv2;

/** One layer of named weights. */
export function layer<L extends string>(weights: Weights<L>, name: NoInfer<L>): Layer {
  const named: Readonly<Record<string, Tensor>> = weights;
  return { w: named[`${name}.w`] as Tensor, b: named[`${name}.b`] as Tensor };
}

/** First values of layers under their parameters' names, in the order of the record. */
export function initial<L extends string>(layers: { readonly [K in L]: LayerInit }): Initial<L> {
  const named = Object.entries<LayerInit>(layers).flatMap(([name, { w, b }]) => [
    [`${name}.w`, w] as const,
    [`${name}.b`, b] as const,
  ]);
  return Object.fromEntries(named) as Initial<L>;
}

/** First layers of `features`, drawn in turn. */
export function featureLayers(random: HostRandom, picture: PictureSize): { readonly [K in FeatureLayer]: LayerInit } {
  const { conv1, conv2, dense: hidden } = WIDTHS;
  const { channels } = picture;
  return {
    conv1: initLayer(random, [KERNEL, KERNEL, channels, conv1], conv1, TAPS * channels),
    conv2: initLayer(random, [KERNEL, KERNEL, conv1, conv2], conv2, TAPS * conv1),
    dense1: initLayer(random, [flatOf(picture), hidden], hidden, flatOf(picture)),
  };
}

/** First values of a dense layer from the features to `outputs` numbers. */
export const headLayer = (random: HostRandom, outputs: number): LayerInit =>
  initLayer(random, [FEATURES, outputs], outputs, FEATURES);

/** First layers of `decoderLogits`, drawn in turn. */
export function decoderLayers(
  random: HostRandom,
  picture: PictureSize,
  latent: number,
): { readonly [K in DecoderLayer]: LayerInit } {
  const { conv1, conv2, dense: hidden } = WIDTHS;
  const { channels } = picture;
  return {
    undense1: initLayer(random, [latent, hidden], hidden, latent),
    undense2: initLayer(random, [hidden, flatOf(picture)], flatOf(picture), hidden),
    // a transposed convolution with stride 2 reaches each output through a quarter of its taps
    unconv1: initLayer(random, [KERNEL, KERNEL, conv1, conv2], conv1, (TAPS / 4) * conv2),
    unconv2: initLayer(random, [KERNEL, KERNEL, channels, conv1], channels, (TAPS / 4) * conv1),
  };
}

/**
 * Features [batch, 256] of pictures [batch, height, width, channels]: conv 4×4 stride 2 → 32, conv 4×4 stride 2 → 64, dense → 256, each
 * followed by the activation. The first part of every encoder, and of discriminators and critics, which mirror the decoder. `after` changes what
 * the convolutions pass on, as dropout does.
 */
export function features(
  weights: Weights<FeatureLayer>,
  x: Tensor,
  activation: Activation,
  after: (y: Tensor) => Tensor = (y) => y,
): Tensor {
  const batch = x.shape[0] ?? 0;
  const a = after(convolution(x, layer(weights, "conv1"), WINDOW, activation));
  const b = after(convolution(a, layer(weights, "conv2"), WINDOW, activation));
  return dense(reshape(b, [batch, size(b.shape) / batch]), layer(weights, "dense1"), activation);
}

/**
 * Logits [batch, height, width, channels] of codes [batch, latent]: the mirror image of an encoder, with ReLU between layers. `normalise`, such
 * as batch norm, comes before each ReLU and knows its place, 0 to 2.
 */
export function decoderLogits(
  weights: Weights<DecoderLayer>,
  { height, width }: PictureSize,
  z: Tensor,
  normalise?: (sum: Tensor, place: number) => Tensor,
): Tensor {
  const [h1, w1] = [half(height), half(width)];
  const [h2, w2] = [half(h1), half(w1)];
  const batch = z.shape[0] ?? 0;
  const activation = normalise === undefined ? "relu" : "linear"; // in one pass with the bias where it can be
  const hidden = (y: Tensor, place: number): Tensor => (normalise === undefined ? y : relu(normalise(y, place)));
  const a = hidden(dense(z, layer(weights, "undense1"), activation), 0);
  const b = reshape(hidden(dense(a, layer(weights, "undense2"), activation), 1), [batch, h2, w2, WIDTHS.conv2]);
  const first = { ...WINDOW, outputPadding: [h1 - 2 * h2, w1 - 2 * w2] as const };
  const c = hidden(transposedConvolution(b, layer(weights, "unconv1"), first, activation), 2);
  const outputPadding = [height - 2 * h1, width - 2 * w1] as const;
  return transposedConvolution(c, layer(weights, "unconv2"), { ...WINDOW, outputPadding });
}

/** Throws RangeError for pictures below 4 × 4 pixels and for codes without a dimension. */
export function checkPicture(name: string, { height, width, channels }: PictureSize, latent: number): void {
  if (height < 4 || width < 4 || channels < 1 || latent < 1) {
    throw new RangeError(
      `${name}: expected images of at least 4 × 4 pixels and a latent dimension of at least 1, ` +
        `got ${height} × ${width} × ${channels} and ${latent}`,
    );
  }
}
