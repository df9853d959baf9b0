// What the experiments on pictures share: the data, the budget and the size of the codes.
import type { AutoencoderConfig, NetworkName } from "../../models/networks/networks.ts";
import type { ImageSource } from "../../models/training/training.ts";

export type SystemName = "VAE" | "WAE-MMD" | "GAN" | "WGAN-GP";
/** What the systems of a comparison share: pictures, budget, size of the code. */
export interface LearningConfig {
  readonly data: string;
  /** The first so many training images. */
  readonly images: number;
  readonly epochs: number;
  readonly batch: number;
  readonly latent: number;
  /** See AutoencoderConfig. */
  readonly network?: NetworkName;
}
/** What an autoencoder learns: equal keys mean equal codes. */
export interface Learning {
  readonly key: object;
  readonly images: ImageSource;
  readonly network: AutoencoderConfig;
  readonly epochs: number;
  readonly batch: number;
}
