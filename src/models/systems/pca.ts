import { dispose, resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Engine } from "../../tensor/engine.ts";
import { createAutoencoder } from "../autoencoder/autoencoder.ts";
import { createCalibration, encodeImages } from "../autoencoder/calibrate.ts";
import { type Codes, codesOf } from "../autoencoder/codes.ts";
import { startParameters } from "../autoencoder/start.ts";
import type { PictureSize } from "../networks/network.ts";
import { checkPicture } from "../networks/networks.ts";
import type { ImageSource } from "../training/training.ts";
import { fitAeOt } from "./aeOt.ts";
import type { GenerativeSystem } from "./system.ts";

/** Pictures and the number of components. */
export interface PcaConfig extends PictureSize {
  readonly latent: number;
}

/**
 * The codes of PCA: the network `pca` as it starts, neither trained nor sharpened. z = c V(x − m)
 * of an image and x̂ = m + Vᵀz / c, cut to [0, 1], have the least squared error that linear maps to
 * so many numbers can have. The caller disposes of them.
 */
export async function pcaCodes(
  engine: Engine,
  { height, width, channels, latent }: PcaConfig,
  images: ImageSource,
  options: Cancellable & { readonly seed: number },
): Promise<Codes> {
  checkOptions("pcaCodes", options, ["seed", "signal"]);
  const { seed, signal } = options;
  const config = { height, width, channels, latent, network: "pca" } as const;
  return disposeOnError(async (own) => {
    const model = createAutoencoder(engine, config, await startParameters(engine, config, images, { seed, signal }));
    own(model);
    const [mean, variance] = [new Float32Array(latent), new Float32Array(latent).fill(1)];
    const calibration = createCalibration(engine, { mean, variance, layers: {}, sharpening: 1 });
    own(calibration);
    return codesOf(model, calibration, await encodeImages(model, calibration, images, { signal }));
  });
}

/**
 * The least that a model of codes has to beat: PCA, and transport onto its codes as in `fitAeOt`.
 * It takes from the options of a training the seed and the signal alone.
 */
export const pca = (engine: Engine, config: PcaConfig): GenerativeSystem => {
  const { height, width, channels, latent } = config;
  checkPicture("PCA", { height, width, channels, latent, network: "pca" });
  return {
    name: "PCA",
    train: (images, { seed, signal }) =>
      disposeOnError(async (own) => {
        const codes = await pcaCodes(engine, config, images, { seed, signal });
        own(codes);
        const system = await fitAeOt(codes, seed, { signal });
        return resource({ name: "PCA", sample: system.sample }, () => dispose(system, codes));
      }),
  };
};
