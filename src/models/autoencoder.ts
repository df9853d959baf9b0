import { createParameters, type Parameters } from "../autograd/parameters.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/op.ts";
import { batchNorm, type Moments, moments } from "../tensor/ops/batchNorm.ts";
import { scale, sigmoid } from "../tensor/ops/elementwise.ts";
import { bceWithLogits } from "../tensor/ops/losses.ts";
import { hostRandom } from "../tensor/random.ts";
import { size } from "../tensor/shape.ts";
import { dense } from "./layers.ts";
import {
  checkPicture,
  type DecoderLayer,
  decoderLayers,
  decoderLogits,
  type FeatureLayer,
  featureLayers,
  features,
  headLayer,
  type Initial,
  initial,
  layer,
  type PictureSize,
} from "./networks.ts";

export interface AutoencoderConfig extends PictureSize {
  /** Dimension d of the codes. */
  readonly latent: number;
}

type LayerName = FeatureLayer | "dense2" | DecoderLayer;
export type ParameterName = `${LayerName}.${"w" | "b"}`;

const STREAM = 1; // of the seed, for the first weights

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

export type ParameterValues = Initial<LayerName>;

/** An autoencoder with the given parameters: `firstParameters`, or those of a trained one. */
export function createAutoencoder(engine: Engine, config: AutoencoderConfig, values: ParameterValues): Autoencoder {
  return { config, engine, parameters: createParameters(engine, values) };
}

/** Parameters to start a training from, drawn from `seed`. RangeError for images below 4 × 4 pixels. */
export function firstParameters(config: AutoencoderConfig, seed: number): ParameterValues {
  checkPicture("autoencoder", config, config.latent);
  const random = hostRandom(seed, STREAM);
  const encoder = { ...featureLayers(random, config), dense2: headLayer(random, config.latent) };
  return initial({ ...encoder, ...decoderLayers(random, config, config.latent) });
}

/** Codes before normalisation, [batch, latent], of images [batch, height, width, channels]. */
export function rawCodes({ parameters: { named } }: Autoencoder, x: Tensor): Tensor {
  return dense(features(named, x, "relu"), layer(named, "dense2"));
}

/** Normalised codes [batch, latent] of images. */
export function encode(model: Autoencoder, x: Tensor, statistics: Moments): Tensor {
  return batchNorm(rawCodes(model, x), statistics);
}

/** Logits [batch, height, width, channels] of codes [batch, latent]. */
export function decodeLogits({ config, parameters }: Autoencoder, z: Tensor): Tensor {
  return decoderLogits(parameters.named, config, z);
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
