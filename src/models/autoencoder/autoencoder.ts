import { createParameters, type Parameters } from "../../autograd/parameters.ts";
import { type Resource, resource } from "../../kernels/dispose.ts";
import { hostRandom } from "../../math/philox.ts";
import { atOnce, type Steps } from "../../math/steps.ts";
import { STREAMS } from "../../math/streams.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { batchNorm, type Moments, normaliseBy } from "../../tensor/ops/batchNorm.ts";
import { scale, sigmoid } from "../../tensor/ops/elementwise.ts";
import { bceWithLogits, mse } from "../../tensor/ops/losses.ts";
import { size } from "../../tensor/shape.ts";
import { byMoments, type LayerMoments } from "../networks/layerMoments.ts";
import { dense } from "../networks/layers.ts";
import { type Initial, initial, layer, layersSteps, type Normalise } from "../networks/network.ts";
import {
  type AutoencoderConfig,
  autoencoderLayers,
  checkPicture,
  networkOf,
  trainingNorm,
} from "../networks/networks.ts";
import { unsharp } from "./unsharp.ts";

/**
 * A convolutional autoencoder of images x in [0, 1], [batch, height, width, channels]:
 *
 *   encoder: the layers of its network, dense → latent, batch norm without scale and shift
 *   decoder: the mirror image, which ends in logits l
 *
 * with ReLU between layers; see smallNetwork.ts and dcganNetwork.ts. The picture is σ(T·l) with the
 * sharpening factor T. pcaNetwork.ts has codes without batch norm and a decoder that ends in
 * pixels, which an unsharp mask by T sharpens. In training, batch norm uses the moments of the
 * batch. Afterwards codes are normalised by `statistics`, the moments of the codes of all training
 * images, so that they have mean 0 and variance 1 per axis, and layers are normalised by `layers`.
 */
export interface Autoencoder extends Resource {
  readonly config: AutoencoderConfig;
  readonly engine: Engine;
  readonly parameters: Parameters;
}

/** What calibration adds to a trained autoencoder. */
export interface Calibration extends Resource {
  /** Moments of the codes, [latent]. */
  readonly statistics: Moments;
  /** Moments of the layers that the network normalises, by their names. */
  readonly layers: LayerMoments;
  /**
   * The factor T of σ(T·logit), or that of `unsharp` for a network whose output is pixels; it is
   * ≥ 1 when plain reconstructions are blurred.
   */
  readonly sharpening: number;
}

/** Shapes and values of an autoencoder's parameters, by name. */
export type ParameterValues = Initial<string>;

/** An autoencoder with the given parameters: `initParameters`, or those of a trained one. */
export function createAutoencoder(engine: Engine, config: AutoencoderConfig, values: ParameterValues): Autoencoder {
  checkPicture("autoencoder", config);
  const parameters = createParameters(engine, values);
  return resource({ config, engine, parameters }, () => parameters.dispose());
}

/**
 * Parameters drawn from `seed`, to start a training from; `startParameters` has those of a network
 * that starts from its images. RangeError for images too small for the network.
 */
export function initParameters(config: AutoencoderConfig, seed: number): ParameterValues {
  return atOnce(parameterSteps(config, seed));
}

/** `initParameters` in pieces. */
export function* parameterSteps(config: AutoencoderConfig, seed: number): Steps<ParameterValues> {
  checkPicture("autoencoder", config);
  return initial(yield* layersSteps(hostRandom(seed, STREAMS.host.weights), autoencoderLayers(config)));
}

/**
 * Codes before their normalisation, [batch, latent], of images [batch, height, width, channels].
 */
export function rawCodes({ config, parameters: { named } }: Autoencoder, x: Tensor, normalise?: Normalise): Tensor {
  const network = networkOf(config);
  return dense(network.features(named, x, { activation: "relu", normalise }), layer(named, network.head));
}

/** Normalised codes [batch, latent] of images. */
export function encode(
  model: Autoencoder,
  x: Tensor,
  { statistics, layers }: Pick<Calibration, "statistics" | "layers">,
): Tensor {
  return normaliseBy(rawCodes(model, x, byMoments(layers)), statistics);
}

/**
 * The decoder's last values [batch, height, width, channels] of codes [batch, latent]: logits, or
 * pixels where the network's `output` says so.
 */
export function decodeOutputs({ config, parameters }: Autoencoder, z: Tensor, normalise?: Normalise): Tensor {
  return networkOf(config).outputs(parameters.named, config, z, normalise);
}

/** Pictures in [0, 1] of codes: σ(T · logits), or `unsharp` of pixels by T. */
export function decode(
  model: Autoencoder,
  z: Tensor,
  { layers, sharpening }: Pick<Calibration, "layers" | "sharpening">,
): Tensor {
  const y = decodeOutputs(model, z, byMoments(layers));
  return networkOf(model.config).output === "logits" ? sigmoid(scale(y, sharpening)) : unsharp(y, sharpening);
}

/**
 * The decoder's last values for images, both [batch, height, width, channels], as in training: all
 * moments are those of this batch.
 */
export function trainingOutputs(model: Autoencoder, x: Tensor): Tensor {
  const { start } = networkOf(model.config);
  const normalise = trainingNorm(model.config);
  const codes = rawCodes(model, x, normalise);
  return decodeOutputs(model, start === undefined ? batchNorm(codes) : codes, normalise);
}

/**
 * The training loss of a batch, summed over pixels and averaged over images: binary cross-entropy
 * on logits, or the squared error of pixels.
 */
export function reconstructionLoss(model: Autoencoder, x: Tensor): Tensor {
  const { output } = networkOf(model.config);
  const y = trainingOutputs(model, x);
  return scale(output === "logits" ? bceWithLogits(y, x) : mse(y, x), size(x.shape) / (x.shape[0] ?? 1));
}
