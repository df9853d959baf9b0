import { createParameters, type Parameters } from "../autograd/parameters.ts";
import { type Resource, resource } from "../kernels/dispose.ts";
import { hostRandom } from "../math/philox.ts";
import { STREAMS } from "../math/streams.ts";
import { convolution, dense } from "../models/networks/layers.ts";
import { drawLayers, type Initial, initial, type LayerSpecs, layer } from "../models/networks/network.ts";
import type { Engine, Tensor } from "../tensor/engine.ts";
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
/** The values of a classifier's parameters, by name. */
export type ClassifierValues = Initial<LayerName>;
/** The names of a classifier's parameters. */
export type ClassifierParameterName = keyof ClassifierValues;

const WIDTHS = { conv1: 32, conv2: 64 } as const;
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
 * with ReLU between layers. Its penultimate layer is the space in which sets of images are
 * compared.
 */
export interface Classifier extends Resource {
  readonly config: ClassifierConfig;
  readonly engine: Engine;
  readonly parameters: Parameters<ClassifierParameterName>;
}

/** A classifier with the given parameters: `initClassifierParameters`, or a trained one's. */
export function createClassifier(engine: Engine, config: ClassifierConfig, values: ClassifierValues): Classifier {
  const parameters = createParameters(engine, values);
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
  const { conv1, conv2 } = WIDTHS;
  // Each of the two convolutions with stride 2 halves a side and rounds down.
  const flat = Math.floor(height / 4) * Math.floor(width / 4) * conv2;
  const taps = KERNEL * KERNEL;
  const specs: LayerSpecs<LayerName> = {
    conv1: { shape: [KERNEL, KERNEL, channels, conv1], outputs: conv1, fanIn: taps * channels },
    conv2: { shape: [KERNEL, KERNEL, conv1, conv2], outputs: conv2, fanIn: taps * conv1 },
    dense1: { shape: [flat, FEATURES], outputs: FEATURES, fanIn: flat },
    dense2: { shape: [FEATURES, classes], outputs: classes, fanIn: FEATURES },
  };
  return initial(drawLayers(hostRandom(seed, STREAMS.host.classifierWeights), specs));
}

/**
 * Output of the penultimate layer, [batch, 128] with values ≥ 0, for images
 * [batch, height, width, channels].
 */
export function classifierFeatures({ parameters: { named } }: Classifier, x: Tensor): Tensor {
  const batch = x.shape[0] ?? 0;
  const a = convolution(x, layer(named, "conv1"), WINDOW, "relu");
  const b = convolution(a, layer(named, "conv2"), WINDOW, "relu");
  return dense(reshape(b, [batch, size(b.shape) / batch]), layer(named, "dense1"), "relu");
}

/** Logits [batch, classes] of features [batch, 128]. */
export const classifierLogits = ({ parameters: { named } }: Classifier, features: Tensor): Tensor =>
  dense(features, layer(named, "dense2"));
