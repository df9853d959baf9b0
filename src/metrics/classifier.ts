import { createParameters, type Parameters } from "../autograd/parameters.ts";
import { type Resource, resource } from "../kernels/dispose.ts";
import { hostRandom } from "../math/philox.ts";
import { STREAMS } from "../math/streams.ts";
import { convolution, dense } from "../models/networks/layers.ts";
import { drawLayers, type Initial, initial, type LayerSpecs, layer, type Weights } from "../models/networks/network.ts";
import type { Engine, Tensor } from "../tensor/engine.ts";
import { add } from "../tensor/ops/elementwise.ts";
import { reshape } from "../tensor/ops/reshape.ts";
import { size } from "../tensor/shape.ts";

/** The pictures and labels of a classifier. */
export interface ClassifierConfig {
  /** Images of at least 4 × 4 pixels. */
  readonly height: number;
  readonly width: number;
  /** 1 for grey, 3 for RGB. */
  readonly channels: number;
  /** Labels are 0 to classes − 1. */
  readonly classes: number;
}

type LayerName = "conv1" | "conv2" | "dense1" | "dense2";
/** The values of a classifier's parameters, by name; those of `conv3` for pictures in colour. */
export type ClassifierValues = Initial<LayerName> & Partial<Initial<"conv3">>;
/** The names of a classifier's parameters. */
export type ClassifierParameterName = keyof Initial<LayerName>;

/** Channels of the convolutions; objects in colour take more to be told apart. */
const WIDTHS = { grey: { conv1: 32, conv2: 64 }, colour: { conv1: 64, conv2: 128 } } as const;
/** Dimension of the features. */
export const FEATURES = 128;
const KERNEL = 4;
const WINDOW = { stride: 2, padding: 1 } as const;

/**
 * A classifier of images x in [0, 1], [batch, height, width, channels]: an encoder that is
 * independent of any autoencoder,
 *
 *   conv 4×4 stride 2 → 32, conv 4×4 stride 2 → 64, dense → 128 features, dense → classes
 *
 * with ReLU between layers; in colour 64 and 128 in place of 32 and 64, and v + ReLU(conv 3×3 v)
 * before the dense layers. Its penultimate layer is the space in which sets of images are compared.
 */
export interface Classifier extends Resource {
  readonly config: ClassifierConfig;
  readonly engine: Engine;
  readonly parameters: Parameters<ClassifierParameterName>;
}

/** A classifier with the given parameters: `initClassifierParameters`, or a trained one's. */
export function createClassifier(engine: Engine, config: ClassifierConfig, values: ClassifierValues): Classifier {
  const parameters = createParameters<ClassifierParameterName>(engine, values as Initial<LayerName>);
  return resource({ config, engine, parameters }, () => parameters.dispose());
}

/**
 * Parameters to start a training from, drawn from `seed`. RangeError for images below 4 × 4 pixels
 * or fewer than 2 classes.
 */
export function initClassifierParameters(config: ClassifierConfig, seed: number): ClassifierValues {
  const { height, width, channels, classes } = config;
  if (!(height >= 4 && width >= 4 && channels >= 1 && classes >= 2)) {
    throw new RangeError(
      `classifier: expected images of at least 4 × 4 pixels and at least 2 classes, ` +
        `got ${height} × ${width} × ${channels} and ${classes}`,
    );
  }
  const inColour = channels > 1;
  const { conv1, conv2 } = WIDTHS[inColour ? "colour" : "grey"];
  // Each of the two convolutions with stride 2 halves a side and rounds down.
  const flat = Math.floor(height / 4) * Math.floor(width / 4) * conv2;
  const taps = KERNEL * KERNEL;
  const specs: LayerSpecs = {
    conv1: { shape: [KERNEL, KERNEL, channels, conv1], outputs: conv1, fanIn: taps * channels },
    conv2: { shape: [KERNEL, KERNEL, conv1, conv2], outputs: conv2, fanIn: taps * conv1 },
    ...(inColour && { conv3: { shape: [3, 3, conv2, conv2], outputs: conv2, fanIn: 9 * conv2 } }),
    dense1: { shape: [flat, FEATURES], outputs: FEATURES, fanIn: flat },
    dense2: { shape: [FEATURES, classes], outputs: classes, fanIn: FEATURES },
  };
  return initial(drawLayers(hostRandom(seed, STREAMS.host.classifierWeights), specs)) as ClassifierValues;
}

/**
 * Output of the penultimate layer, [batch, 128] with values ≥ 0, for images
 * [batch, height, width, channels].
 */
export function classifierFeatures({ parameters: { named } }: Classifier, x: Tensor): Tensor {
  const batch = x.shape[0] ?? 0;
  const a = convolution(x, layer(named, "conv1"), WINDOW, "relu");
  const b = convolution(a, layer(named, "conv2"), WINDOW, "relu");
  const all: Weights = named;
  const c = "conv3.w" in all ? add(b, convolution(b, layer(all, "conv3"), { padding: 1 }, "relu")) : b;
  return dense(reshape(c, [batch, size(c.shape) / batch]), layer(named, "dense1"), "relu");
}

/** Logits [batch, classes] of features [batch, 128]. */
export const classifierLogits = ({ parameters: { named } }: Classifier, features: Tensor): Tensor =>
  dense(features, layer(named, "dense2"));
