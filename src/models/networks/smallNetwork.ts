import type { Tensor } from "../../tensor/engine.ts";
import { reshape } from "../../tensor/ops/reshape.ts";
import { size } from "../../tensor/shape.ts";
import { type Activation, activate, convolution, dense, transposedConvolution } from "./layers.ts";
import { type LayerSpecs, layer, type Network, type Normalise, type PictureSize, type Weights } from "./network.ts";

type FeatureLayer = "conv1" | "conv2" | "dense1";
type DecoderLayer = "undense1" | "undense2" | "unconv1" | "unconv2";

const WIDTHS = { conv1: 32, conv2: 64, dense: 256 } as const;
const KERNEL = 4;
const TAPS = KERNEL * KERNEL;
const WINDOW = { stride: 2, padding: 1 } as const;

const half = (length: number): number => Math.floor(length / 2);
const flatOf = ({ height, width }: PictureSize): number => half(half(height)) * half(half(width)) * WIDTHS.conv2;

/** A layer's sum and activation, in one pass unless batch norm comes between them. */
const hiddenLayer = (
  name: string,
  activation: Activation,
  normalise: Normalise | undefined,
  sum: (activation: Activation) => Tensor,
): Tensor => (normalise === undefined ? sum(activation) : activate(normalise(sum("linear"), name), activation));

/**
 * Two convolutions, for digits on a CPU:
 *
 *   encoder: conv 4×4 stride 2 → 32, conv 4×4 stride 2 → 64, dense → 256, dense → latent
 *   decoder: the mirror image
 *
 * Sides are halved and rounded down, from 4 pixels on. Autoencoders have no batch norm between
 * layers; where a GAN's generator has it, a layer's bias is part of what it normalises.
 */
export const smallNetwork: Network = {
  least: 4,
  output: "logits",
  head: "dense2",

  largest({ height, width, channels }) {
    return Math.max(height * width * channels, half(height) * half(width) * WIDTHS.conv1, WIDTHS.dense);
  },

  featureLayers(picture): LayerSpecs<FeatureLayer> {
    const { conv1, conv2, dense: hidden } = WIDTHS;
    const { channels } = picture;
    return {
      conv1: { shape: [KERNEL, KERNEL, channels, conv1], outputs: conv1, fanIn: TAPS * channels },
      conv2: { shape: [KERNEL, KERNEL, conv1, conv2], outputs: conv2, fanIn: TAPS * conv1 },
      dense1: { shape: [flatOf(picture), hidden], outputs: hidden, fanIn: flatOf(picture) },
    };
  },

  featureCount: () => WIDTHS.dense,

  decoderLayers(picture, latent): LayerSpecs<DecoderLayer> {
    const { conv1, conv2, dense: hidden } = WIDTHS;
    const { channels } = picture;
    const flat = flatOf(picture);
    return {
      undense1: { shape: [latent, hidden], outputs: hidden, fanIn: latent },
      undense2: { shape: [hidden, flat], outputs: flat, fanIn: hidden },
      // With stride 2, a quarter of the taps reach each output of a transposed convolution.
      unconv1: { shape: [KERNEL, KERNEL, conv1, conv2], outputs: conv1, fanIn: (TAPS / 4) * conv2 },
      unconv2: { shape: [KERNEL, KERNEL, channels, conv1], outputs: channels, fanIn: (TAPS / 4) * conv1 },
    };
  },

  features(weights: Weights<FeatureLayer>, x, { activation, normalise, after = (y) => y }) {
    const batch = x.shape[0] ?? 0;
    const a = hiddenLayer("conv1", activation, normalise, (f) => convolution(x, layer(weights, "conv1"), WINDOW, f));
    const b = after(a);
    const c = hiddenLayer("conv2", activation, normalise, (f) => convolution(b, layer(weights, "conv2"), WINDOW, f));
    const d = after(c);
    const flat = reshape(d, [batch, size(d.shape) / batch]);
    return hiddenLayer("dense1", activation, normalise, (f) => dense(flat, layer(weights, "dense1"), f));
  },

  outputs(weights: Weights<DecoderLayer>, { height, width }, z, normalise) {
    const [h1, w1] = [half(height), half(width)];
    const [h2, w2] = [half(h1), half(w1)];
    const batch = z.shape[0] ?? 0;
    const a = hiddenLayer("undense1", "relu", normalise, (f) => dense(z, layer(weights, "undense1"), f));
    const b = hiddenLayer("undense2", "relu", normalise, (f) => dense(a, layer(weights, "undense2"), f));
    const c = reshape(b, [batch, h2, w2, WIDTHS.conv2]);
    const first = { ...WINDOW, outputPadding: [h1 - 2 * h2, w1 - 2 * w2] as const };
    const d = hiddenLayer("unconv1", "relu", normalise, (f) =>
      transposedConvolution(c, layer(weights, "unconv1"), first, f),
    );
    const outputPadding = [height - 2 * h1, width - 2 * w1] as const;
    return transposedConvolution(d, layer(weights, "unconv2"), { ...WINDOW, outputPadding });
  },
};
