// Floating-point operations of experiments, for the estimate of their time: the multiplications and
// additions of the large layers.
import type { PictureSize } from "../../models/networks/network.ts";
import { type AutoencoderConfig, headSpec, type NetworkName, networkOf } from "../../models/networks/networks.ts";
import { SAMPLES_PER_TARGET } from "../../ot/solver/solver.ts";
import { size } from "../../tensor/shape.ts";
import type { SystemName } from "./learning.ts";

/** The sets of the experiments on pictures. */
export type PictureSet = "mnist" | "fashion" | "cifar10" | "faces" | "own";

/** Size of the pictures of each set. */
export const PICTURE_SIZES: Readonly<Record<PictureSet, PictureSize>> = {
  mnist: { height: 28, width: 28, channels: 1 },
  fashion: { height: 28, width: 28, channels: 1 },
  cifar10: { height: 32, width: 32, channels: 3 },
  faces: { height: 64, width: 64, channels: 3 },
  own: { height: 64, width: 64, channels: 3 },
};

/** Number of images of each set that its classifier learns from. */
export const TRAINING_IMAGES: Readonly<Record<PictureSet, number>> = {
  mnist: 60_000,
  fashion: 60_000,
  cifar10: 50_000,
  faces: 13_500,
  own: 40_000, // 10,000, each turned four ways
};

/** Operations for one picture through an encoder, or through the decoder that mirrors it. */
export function networkWork(picture: PictureSize, latent: number, network?: NetworkName): number {
  const config = { ...picture, latent, network };
  const layers = [...Object.values(networkOf(config).featureLayers(config)), headSpec(config, latent)];
  let places = picture.height * picture.width;
  return layers.reduce((sum, { shape, halves = true }) => {
    if (shape.length === 4 && halves) places /= 4;
    return sum + 2 * (shape.length === 4 ? places : 1) * size(shape);
  }, 0);
}

/**
 * Number of passes through one network per picture of a training; a backward pass counts as two.
 */
const PASSES: Readonly<Record<SystemName | "autoencoder", number>> = {
  autoencoder: 6,
  VAE: 6,
  "WAE-MMD": 6,
  GAN: 13, // 1 + 6 for the critic on both halves, 6 for the generator
  // The second derivative of the penalty takes 9 more; the generator is updated every fifth time.
  "WGAN-GP": 17.2,
};

export const trainingWork = (
  system: keyof typeof PASSES,
  pictures: number,
  { latent, network, ...picture }: AutoencoderConfig,
): number => PASSES[system] * networkWork(picture, latent, network) * pictures;

/** How much faster a transport is by sign flips than by products of all points and targets. */
const FLIPS = 5;

/**
 * Operations of products that take as long as a transport to χ²: S ≈ 1.8 N / χ² samples, and as
 * many again for estimates, each compared with N targets.
 */
export const transportWork = (targets: number, latent: number, chi2: number): number =>
  (2 * (SAMPLES_PER_TARGET * targets) * (1 / chi2) * targets * 2 * latent) / FLIPS;

/**
 * Operations for scoring pictures against others: they are classified, and compared three times in
 * 128 dimensions.
 */
export const scoringWork = (picture: PictureSize, pictures: number, others: number): number =>
  2 * networkWork(picture, 128) * pictures + 3 * 2 * 128 * pictures * others;
