import { checkOptions } from "../../kernels/options.ts";
import type { FacetRule, LocalRule } from "../../ot/extension/rule.ts";
import { dcganNetwork } from "./dcganNetwork.ts";
import { byBatch } from "./layerMoments.ts";
import type { LayerSpec, LayerSpecs, Network, Normalise, PictureSize } from "./network.ts";
import { pcaNetwork } from "./pcaNetwork.ts";
import { smallNetwork } from "./smallNetwork.ts";

/** Names of the kinds of network. */
export type NetworkName = "small" | "dcgan" | "pca";

/** Every kind of network by the name that configs give it. */
export const NETWORKS: Readonly<Record<NetworkName, Network>> = {
  small: smallNetwork,
  dcgan: dcganNetwork,
  pca: pcaNetwork,
};
/** The names of all networks. */
export const NETWORK_NAMES = Object.keys(NETWORKS) as readonly NetworkName[];

export const DEFAULT_NETWORK: NetworkName = "small";

/** The pictures, codes and network of an autoencoder. */
export interface AutoencoderConfig extends PictureSize {
  /** Dimension d of the codes. */
  readonly latent: number;
  /** Default: DEFAULT_NETWORK. */
  readonly network?: NetworkName | undefined;
}

/** The network of a config. RangeError for an unknown name, TypeError for an unknown key. */
export function networkOf(config: Partial<AutoencoderConfig>): Network {
  checkOptions("network", config, ["height", "width", "channels", "latent", "network"]);
  const { network = DEFAULT_NETWORK } = config;
  if (Object.hasOwn(NETWORKS, network)) return NETWORKS[network];
  throw new RangeError(`network: expected ${NETWORK_NAMES.join(" or ")}, got ${network}`);
}

/** The rule `facet`, with the greatest angle that suits the codes of a network. */
export function facetRule(config: Partial<AutoencoderConfig>): FacetRule {
  const { angle } = networkOf(config);
  return { name: "facet", ...(angle !== undefined && { angle }) };
}

/** The rule `local`, with the number of neighbours that suits the codes of a network. */
export function localRule(config: Partial<AutoencoderConfig>): LocalRule {
  const { neighbours } = networkOf(config);
  return { name: "local", ...(neighbours !== undefined && { neighbours }) };
}

/** A dense layer from the features to `outputs` numbers. */
export function headSpec(config: AutoencoderConfig, outputs: number): LayerSpec {
  const inputs = networkOf(config).featureCount(config);
  return { shape: [inputs, outputs], outputs, fanIn: inputs };
}

/** The layers of an autoencoder, in the order of its parameters. */
export function autoencoderLayers(config: AutoencoderConfig): LayerSpecs {
  const network = networkOf(config);
  return {
    ...network.featureLayers(config),
    [network.head]: headSpec(config, config.latent),
    ...network.decoderLayers(config, config.latent),
  };
}

/**
 * Throws RangeError for pictures that are too small for the network, an unknown network, and a
 * latent dimension below 1 or above what the network can have.
 */
export function checkPicture(name: string, config: AutoencoderConfig): void {
  const { least, mostCodes } = networkOf(config);
  const { height, width, channels, latent, network = DEFAULT_NETWORK } = config;
  if (height < least || width < least || channels < 1 || latent < 1) {
    throw new RangeError(
      `${name}: expected images of at least ${least} × ${least} pixels for the network ${network} and a latent dimension of at least 1, ` +
        `got ${height} × ${width} × ${channels} and ${latent}`,
    );
  }
  const most = mostCodes?.(config) ?? latent;
  if (latent > most) {
    throw new RangeError(
      `${name}: expected a latent dimension of at most ${most} for the network ${network} and images of ` +
        `${height} × ${width} × ${channels}, got ${latent}`,
    );
  }
}

/**
 * Batch norm between the layers of an autoencoder in training; undefined where its network has
 * none.
 */
export function trainingNorm(config: AutoencoderConfig): Normalise | undefined {
  return Object.values(autoencoderLayers(config)).some(({ normalised }) => normalised) ? byBatch : undefined;
}
