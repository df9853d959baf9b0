import { type Field, oneOf, optional, record, whole } from "../../formats/jsonRecord.ts";
import { type AutoencoderConfig, NETWORK_NAMES, networkOf } from "./networks.ts";

/**
 * Reads an autoencoder's config from a JSON file, with the given bounds of `latent`; its network
 * supports the size of its pictures.
 */
export function autoencoderConfigField(latent: Field<number>): Field<AutoencoderConfig> {
  const fields = record<AutoencoderConfig>({
    height: whole(4, 65_536),
    width: whole(4, 65_536),
    channels: oneOf(1, 3),
    latent,
    network: optional(oneOf(...NETWORK_NAMES)),
  });
  return (value, fail) => {
    const config = fields(value, fail);
    const { height, width, network } = config;
    const { least } = networkOf(config);
    if (height >= least && width >= least) return config;
    return fail(`pictures of at least ${least} × ${least} pixels for the network ${network}, got ${height} × ${width}`);
  };
}
