import type { AutoencoderConfig } from "../../models/networks/networks.ts";
import { gan } from "../../models/systems/gan.ts";
import type { GenerativeSystem, TrainedSystem } from "../../models/systems/system.ts";
import { vae } from "../../models/systems/vae.ts";
import { waeMmd } from "../../models/systems/waeMmd.ts";
import { wganGp } from "../../models/systems/wganGp.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Learning, SystemName } from "../lab/learning.ts";
import type { Workspace } from "../lab/workspace.ts";

/** The systems with which the paper compares AE-OT, all with the autoencoder's decoder. */
export const SYSTEM_NAMES: readonly SystemName[] = ["VAE", "WAE-MMD", "GAN", "WGAN-GP"];

const BASELINES: Readonly<Record<SystemName, (engine: Engine, config: AutoencoderConfig) => GenerativeSystem>> = {
  VAE: vae,
  "WAE-MMD": waeMmd,
  GAN: gan,
  "WGAN-GP": wganGp,
};

/**
 * Trains a baseline and returns the result of `use` on it. A training that was stopped continues
 * from its saved state.
 */
export function withBaseline<T>(
  workspace: Workspace,
  { key, images, network, epochs, batch }: Learning,
  name: SystemName,
  use: (system: TrainedSystem) => Promise<T>,
): Promise<T> {
  return workspace.training(name, workspace.file(name, key), async (options) => {
    const system = await BASELINES[name](workspace.engine, network).train(images, {
      epochs,
      batch,
      seed: workspace.seed,
      ...options,
    });
    try {
      return await use(system);
    } finally {
      system.dispose();
    }
  });
}
