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
    const { height, width, latent, network } = config;
    const { least, mostCodes } = networkOf(config);
    const most = mostCodes?.(config) ?? latent;
    if (latent > most) return fail(`a \`latent\` of at most ${most} for the network ${network}, got ${latent}`);
    if (height >= least && width >= least) return config;
    return fail(`pictures of at least ${least} × ${least} pixels for the network ${network}, got ${height} × ${width}`);
  };
}
