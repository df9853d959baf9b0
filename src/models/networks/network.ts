import type { HostRandom } from "../../math/philox.ts";
import { atOnce, type Steps } from "../../math/steps.ts";
import type { Tensor } from "../../tensor/engine.ts";
import type { Shape } from "../../tensor/shape.ts";
import { type Activation, type Layer, type LayerInit, layerSteps, zeroLayer } from "./layers.ts";

/** Pictures of one size. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
  /** 1 for grey, 3 for RGB. */
  readonly channels: number;
}

/** Initial parameters by name, `${layer}.w` and `${layer}.b`. */
export type Initial<L extends string> = Readonly<Record<`${L}.${"w" | "b"}`, LayerInit["w"]>>;
/** Tensors by parameter name. */
export type Weights<L extends string = string> = { readonly [K in `${L}.${"w" | "b"}`]: Tensor };

/** A layer before it has values. */
export interface LayerSpec {
  /** Shape of the weights. */
  readonly shape: Shape;
  /** Length of the bias, and of the moments where there is batch norm. */
  readonly outputs: number;
  /** Number of terms that one output sums. */
  readonly fanIn: number;
  /** Whether batch norm follows the layer in autoencoders. */
  readonly normalised?: boolean;
  /** A convolution halves the sides of what it is given, unless this is false. */
  readonly halves?: false;
  /** Whether its weights begin as zeros, so that what ends in it begins as nothing. */
  readonly zero?: boolean;
}

/** The greatest principal components of images as rows x of D values, the greatest first. */
export interface PrincipalComponents {
  /** m, [D]. */
  readonly mean: Float64Array;
  /** Orthonormal rows v_j, [k, D]; zeros where the rows x span fewer dimensions. */
  readonly axes: Float64Array;
  /** σ_j ≥ 0, the standard deviation of v_jᵀ(x − m), [k]. */
  readonly deviations: Float64Array;
}

/** Layers by name, in the order in which their initial values are drawn. */
export type LayerSpecs<L extends string = string> = Readonly<Record<L, LayerSpec>>;

/** Batch norm of the sums […, C] of a layer. */
export type Normalise = (sum: Tensor, layer: string) => Tensor;

/** What `features` applies between its layers. */
export interface Between {
  readonly activation: Activation;
  /** Normalises the sums of each layer before its activation. */
  readonly normalise?: Normalise | undefined;
  /** Applied to the output of each convolution, such as dropout. */
  readonly after?: ((y: Tensor) => Tensor) | undefined;
}

/**
 * One kind of network, for pictures of any size from `least` on: an encoder, which is `features`
 * and a dense layer from them to the codes, and a decoder, which mirrors it. Discriminators and
 * critics are encoders that end in one score, generators are decoders.
 */
export interface Network {
  /** Least number of pixels on each side of a picture. */
  readonly least: number;
  /** Greatest dimension of the codes, where there is one. */
  readonly mostCodes?: (picture: PictureSize) => number;
  /** Name of the dense layer from the features to the codes. */
  readonly head: string;
  /** Greatest number of values that one picture has in any tensor of a training step. */
  largest(picture: PictureSize): number;
  /** Peak of the learning rate of its autoencoder's training, where it has one of its own. */
  readonly learningRate?: number;
  /** How many neighbours the rule `local` takes in its codes, where not as many as by default. */
  readonly neighbours?: number;
  /** Greatest angle that the rule `facet` bridges in its codes, where it is not the default. */
  readonly angle?: number;
  /** What the decoder's last values are in an autoencoder: logits, or the pixels themselves. */
  readonly output: "logits" | "pixels";
  /**
   * Values of layers from which an autoencoder's training begins, made of the principal components
   * of its images in place of drawn ones. Such codes are not normalised. Absent where all layers
   * are drawn.
   */
  readonly start?: (components: PrincipalComponents) => Readonly<Record<string, LayerInit>>;
  /** The layers from pictures to features. */
  featureLayers(picture: PictureSize): LayerSpecs;
  /** Length of the features. */
  featureCount(picture: PictureSize): number;
  /** The layers from codes to pictures. */
  decoderLayers(picture: PictureSize, latent: number): LayerSpecs;
  /** Features [batch, featureCount] of pictures x [batch, height, width, channels]. */
  features(weights: Weights, x: Tensor, between: Between): Tensor;
  /**
   * The decoder's last values [batch, height, width, channels] of codes [batch, latent], with ReLU
   * between layers, and `normalise` before each ReLU.
   */
  outputs(weights: Weights, picture: PictureSize, z: Tensor, normalise?: Normalise): Tensor;
}

/** One layer of named weights. */
export function layer<L extends string>(weights: Weights<L>, name: NoInfer<L>): Layer {
  const named: Readonly<Record<string, Tensor>> = weights;
  return { w: named[`${name}.w`] as Tensor, b: named[`${name}.b`] as Tensor };
}

/** Initial values of layers by their specs, drawn one after the other. */
export function drawLayers<L extends string>(random: HostRandom, specs: LayerSpecs<L>): Readonly<Record<L, LayerInit>> {
  return atOnce(layersSteps(random, specs));
}

/** `drawLayers` in pieces. */
export function* layersSteps<L extends string>(
  random: HostRandom,
  specs: LayerSpecs<L>,
): Steps<Readonly<Record<L, LayerInit>>> {
  const drawn: [string, LayerInit][] = [];
  for (const [name, { shape, outputs, fanIn, zero = false }] of Object.entries<LayerSpec>(specs)) {
    drawn.push([name, zero ? zeroLayer(shape, outputs) : yield* layerSteps(random, shape, outputs, fanIn)]);
  }
  return Object.fromEntries(drawn) as Record<L, LayerInit>;
}

/** Initial values of layers under their parameters' names, in the order of the record. */
export function initial<L extends string>(layers: { readonly [K in L]: LayerInit }): Initial<L> {
  const named = Object.entries<LayerInit>(layers).flatMap(([name, { w, b }]) => [
    [`${name}.w`, w] as const,
    [`${name}.b`, b] as const,
  ]);
  return Object.fromEntries(named) as Initial<L>;
}
