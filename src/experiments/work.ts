// Floating-point operations of what experiments do, for the estimate before they begin: multiplications and additions of the large layers.
import type { PictureSize } from "../models/network.ts";
import type { SystemName } from "./systems.ts";

/** A picture of MNIST and of Fashion-MNIST. */
export const DIGIT: PictureSize = { height: 28, width: 28, channels: 1 };

/** Of one picture through the encoder or the decoder of the network `small`, which mirror each other: conv → 32, conv → 64, dense → 256, dense → latent. */
export function networkWork({ height, width, channels }: PictureSize, latent: number): number {
  const [a, b] = [(height * width) / 4, (height * width) / 16]; // places after each stride of 2
  return 2 * (a * 16 * channels * 32 + b * 16 * 32 * 64 + b * 64 * 256 + 256 * latent);
}

/** Passes through one network that a system makes per picture of its training: backward counts two. */
const PASSES: Readonly<Record<SystemName | "autoencoder", number>> = {
  autoencoder: 6,
  VAE: 6,
  "WAE-MMD": 6,
  GAN: 13, // 1 + 6 for the critic on both halves, 6 for the generator
  "WGAN-GP": 17.2, // the penalty's gradient of a gradient takes 9 more; the generator moves every fifth time
};

export const trainingWork = (
  system: keyof typeof PASSES,
  picture: PictureSize,
  latent: number,
  pictures: number,
): number => PASSES[system] * networkWork(picture, latent) * pictures;

/** Of a transport to χ²: S ≈ 2.8 N / χ² samples, as many again for estimates, each against N targets. */
export const transportWork = (targets: number, latent: number, chi2: number): number =>
  2 * (2.8 * targets) * (1 / chi2) * targets * 2 * latent;

/** Of the scores of some pictures against as many others: they are classified, and compared thrice in 128 dimensions. */
export const scoringWork = (picture: PictureSize, pictures: number, others: number): number =>
  2 * networkWork(picture, 128) * pictures + 3 * 2 * 128 * pictures * others;
