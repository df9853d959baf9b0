import { createParameters, type Parameters } from "../autograd/parameters.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/op.ts";
import { batchNorm, type Moments, moments } from "../tensor/ops/batchNorm.ts";
import { scale, sigmoid } from "../tensor/ops/elementwise.ts";
import { bceWithLogits } from "../tensor/ops/losses.ts";
import { reshape } from "../tensor/ops/reshape.ts";
import { hostRandom } from "../tensor/random.ts";
import { size } from "../tensor/shape.ts";
import { convolution, dense, initLayer, type Layer, type LayerInit, transposedConvolution } from "./layers.ts";

export interface AutoencoderConfig {
  /** Images of at least 4 × 4 pixels. */
  readonly height: number;
  readonly width: number;
  /** 1 grey, 3 RGB. */
  readonly channels: number;
  /** Dimension d of the codes. */
  readonly latent: number;
}

const LAYERS = ["conv1", "conv2", "dense1", "dense2", "undense1", "undense2", "unconv1", "unconv2"] as const;
type LayerName = (typeof LAYERS)[number];
export type ParameterName = `${LayerName}.${"w" | "b"}`;

const WIDTHS = { conv1: 32, conv2: 64, dense: 256 } as const;
const KERNEL = 4;
const WINDOW = { stride: 2, padding: 1 } as const;
const STREAM = 1; // of the seed, for the first weights
const half = (length: number): number => Math.floor((length + 2 * WINDOW.padding - KERNEL) / 2) + 1;

/**
 * A convolutional autoencoder of images x in [0, 1], [batch, height, width, channels]:
 *
 *   encoder: conv 4×4 stride 2 → 32, conv 4×4 stride 2 → 64, dense → 256, dense → latent, batch norm without scale and shift
 *   decoder: the mirror image, ending in logits l; the picture is σ(T·l) with the sharpening factor T
 *
 * with ReLU between layers. In training, codes are normalised by their batch; afterwards by `statistics`, the moments of the
 * codes of all training images, so that codes have mean 0 and variance 1 per axis.
 */
export interface Autoencoder {
  readonly config: AutoencoderConfig;
  readonly engine: Engine;
  readonly parameters: Parameters<ParameterName>;
}

/** What calibration adds to a trained autoencoder. */
export interface Calibration {
  readonly statistics: Moments;
  /** T of σ(T·logit), ≥ 1 when plain reconstructions are blurred. */
  readonly sharpening: number;
}

export type ParameterValues = Readonly<Record<ParameterName, LayerInit["w"]>>;

/** An autoencoder with the given parameters: `firstParameters`, or those of a trained one. */
export function createAutoencoder(engine: Engine, config: AutoencoderConfig, values: ParameterValues): Autoencoder {
  return { config, engine, parameters: createParameters(engine, values) };
}

/** Parameters to start a training from, drawn from `seed`. RangeError for images below 4 × 4 pixels. */
export function firstParameters(config: AutoencoderConfig, seed: number): ParameterValues {
  const { height, width, channels, latent } = config;
  if (height < 4 || width < 4 || channels < 1 || latent < 1) {
    throw new RangeError(
      `autoencoder: expected images of at least 4 × 4 pixels and a latent dimension of at least 1, ` +
        `got ${height} × ${width} × ${channels} and ${latent}`,
    );
  }
  const random = hostRandom(seed, STREAM);
  const { conv1, conv2, dense: hidden } = WIDTHS;
  const flat = half(half(height)) * half(half(width)) * conv2;
  const taps = KERNEL * KERNEL;
  const layers: Record<LayerName, LayerInit> = {
    conv1: initLayer(random, [KERNEL, KERNEL, channels, conv1], conv1, taps * channels),
    conv2: initLayer(random, [KERNEL, KERNEL, conv1, conv2], conv2, taps * conv1),
    dense1: initLayer(random, [flat, hidden], hidden, flat),
    dense2: initLayer(random, [hidden, latent], latent, hidden),
    undense1: initLayer(random, [latent, hidden], hidden, latent),
    undense2: initLayer(random, [hidden, flat], flat, hidden),
    // a transposed convolution with stride 2 reaches each output through a quarter of its taps
    unconv1: initLayer(random, [KERNEL, KERNEL, conv1, conv2], conv1, (taps / 4) * conv2),
    unconv2: initLayer(random, [KERNEL, KERNEL, channels, conv1], channels, (taps / 4) * conv1),
  };
  const named = LAYERS.flatMap((name) => [
    [`${name}.w`, layers[name].w] as const,
    [`${name}.b`, layers[name].b] as const,
  ]);
  return Object.fromEntries(named) as ParameterValues;
}

function layer({ parameters }: Autoencoder, name: LayerName): Layer {
  return { w: parameters.named[`${name}.w`], b: parameters.named[`${name}.b`] };
}

/** Codes before normalisation, [batch, latent], of images [batch, height, width, channels]. */
export function rawCodes(model: Autoencoder, x: Tensor): Tensor {
  const batch = x.shape[0] ?? 0;
  const a = convolution(x, layer(model, "conv1"), WINDOW, "relu");
  const b = convolution(a, layer(model, "conv2"), WINDOW, "relu");
  const c = dense(reshape(b, [batch, size(b.shape) / batch]), layer(model, "dense1"), "relu");
  return dense(c, layer(model, "dense2"));
}

/** Normalised codes [batch, latent] of images. */
export function encode(model: Autoencoder, x: Tensor, statistics: Moments): Tensor {
  return batchNorm(rawCodes(model, x), statistics);
}

/** Logits [batch, height, width, channels] of codes [batch, latent]. */
export function decodeLogits(model: Autoencoder, z: Tensor): Tensor {
  const { height, width } = model.config;
  const [h1, w1] = [half(height), half(width)];
  const [h2, w2] = [half(h1), half(w1)];
  const batch = z.shape[0] ?? 0;
  const a = dense(z, layer(model, "undense1"), "relu");
  const b = reshape(dense(a, layer(model, "undense2"), "relu"), [batch, h2, w2, WIDTHS.conv2]);
  const first = { ...WINDOW, outputPadding: [h1 - 2 * h2, w1 - 2 * w2] as const };
  const c = transposedConvolution(b, layer(model, "unconv1"), first, "relu");
  const outputPadding = [height - 2 * h1, width - 2 * w1] as const;
  return transposedConvolution(c, layer(model, "unconv2"), { ...WINDOW, outputPadding });
}

/** Pictures in [0, 1] of codes: σ(T · logits). */
export function decode(model: Autoencoder, z: Tensor, sharpening: number): Tensor {
  return sigmoid(scale(decodeLogits(model, z), sharpening));
}

/** The training loss of a batch: binary cross-entropy on logits, summed over pixels, averaged over images. */
export function reconstructionLoss(model: Autoencoder, x: Tensor): Tensor {
  const codes = rawCodes(model, x);
  const logits = decodeLogits(model, batchNorm(codes, moments(codes)));
  return scale(bceWithLogits(logits, x), size(x.shape) / (x.shape[0] ?? 1));
}
