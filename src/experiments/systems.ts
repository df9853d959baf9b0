import type { AutoencoderConfig } from "../models/autoencoder.ts";
import { gan } from "../models/gan.ts";
import type { GenerativeSystem } from "../models/system.ts";
import { vae } from "../models/vae.ts";
import { waeMmd } from "../models/waeMmd.ts";
import { wganGp } from "../models/wganGp.ts";
import type { Engine } from "../tensor/engine.ts";

export type SystemName = "VAE" | "WAE-MMD" | "GAN" | "WGAN-GP";

/** The systems that the paper argues with, all with the autoencoder's decoder. */
export const RIVALS: Readonly<Record<SystemName, (engine: Engine, config: AutoencoderConfig) => GenerativeSystem>> = {
  VAE: vae,
  "WAE-MMD": waeMmd,
  GAN: gan,
  "WGAN-GP": wganGp,
};
