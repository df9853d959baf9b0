// The part that the experiments on pictures share: the data, the budget and the size of the codes.
import type { AutoencoderConfig, NetworkName } from "../../models/networks/networks.ts";
import type { ImageSource } from "../../models/training/training.ts";

export type SystemName = "VAE" | "WAE-MMD" | "GAN" | "WGAN-GP";
/** The part that the systems of a comparison share: pictures, budget and dimension of the codes. */
export interface LearningConfig {
  readonly data: string;
  /** Number of training images, which are the first of the set. */
  readonly images: number;
  readonly epochs: number;
  readonly batch: number;
  readonly latent: number;
  /** See AutoencoderConfig. */
  readonly network?: NetworkName;
  /** Whether the autoencoder sees half of the images mirrored, at random. Default: false. */
  readonly mirror?: boolean;
}
/** The training of an autoencoder; equal keys mean equal codes. */
export interface Learning {
  readonly key: object;
  readonly mirror?: boolean | undefined;
  readonly images: ImageSource;
  readonly network: AutoencoderConfig;
  readonly epochs: number;
  readonly batch: number;
}
