import { inPieces } from "../../kernels/batches.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Engine } from "../../tensor/engine.ts";
import { initial } from "../networks/network.ts";
import { type AutoencoderConfig, networkOf } from "../networks/networks.ts";
import type { ImageSource } from "../training/training.ts";
import { type ParameterValues, parameterSteps } from "./autoencoder.ts";
import { type PrincipalOptions, principalComponents } from "./principalComponents.ts";

/** The seed of `startParameters`, and how its search is followed and continued. */
export type StartOptions = Cancellable & Pick<PrincipalOptions, "seed" | "from" | "onPass">;

/** The names of all options of `startParameters`. */
export const START_OPTIONS = ["seed", "from", "onPass", "signal"] as const;

/**
 * The parameters with which a training on images begins: those of `initParameters`, and for a
 * network that starts from the images' principal components those layers made of them. RangeError
 * as `initParameters`.
 */
export async function startParameters(
  engine: Engine,
  config: AutoencoderConfig,
  images: ImageSource,
  options: StartOptions,
): Promise<ParameterValues> {
  checkOptions("startParameters", options, START_OPTIONS);
  const drawn = await inPieces(engine, parameterSteps(config, options.seed), options.signal);
  const { start } = networkOf(config);
  if (start === undefined) return drawn;
  const { height, width, channels, latent } = config;
  const values = height * width * channels;
  const components = await principalComponents(engine, images, { ...options, count: latent, values });
  return { ...drawn, ...initial(start(components)) };
}
