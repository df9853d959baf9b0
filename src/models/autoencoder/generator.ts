import { sample } from "../../ot/extension/extend.ts";
import type { Extended, Rule } from "../../ot/extension/rule.ts";
import type { TransportMap } from "../../ot/map/map.ts";
import { type Autoencoder, type Calibration, decode } from "./autoencoder.ts";

/**
 * source → latent → picture: a transport map onto codes, a rule that makes new codes of it, and the
 * decoder.
 */
export interface Generator {
  readonly model: Autoencoder;
  readonly calibration: Calibration;
  readonly map: TransportMap;
  readonly rule: Rule;
}

export interface Generated {
  /** [count, height, width, channels] in [0, 1]. */
  readonly pixels: Float32Array<ArrayBuffer>;
  /** The codes, and for each the cell and partner that it was made of. */
  readonly codes: Extended;
}

const BATCH = 250; // pictures at work at one time

/**
 * Pictures number `first` to `first + count` of a seed; the same numbers give the same pictures,
 * however they are split.
 */
export async function generate(
  { model, calibration, map, rule }: Generator,
  { count, seed, first = 0 }: { readonly count: number; readonly seed: number; readonly first?: number },
): Promise<Generated> {
  const codes = await sample(map, { count, seed, first, rule });
  return { pixels: await decodeCodes(model, calibration, codes.latents), codes };
}

/** Pictures in [0, 1], [count, height, width, channels], of codes [count, latent]. */
export async function decodeCodes(
  model: Autoencoder,
  calibration: Calibration,
  codes: Float32Array,
): Promise<Float32Array<ArrayBuffer>> {
  const { engine, config } = model;
  const count = codes.length / config.latent;
  const size = config.height * config.width * config.channels;
  const pixels = new Float32Array(count * size);
  for (let at = 0; at < count; at += BATCH) {
    const n = Math.min(BATCH, count - at);
    const picture = engine.scope(() => {
      const z = engine.tensor(codes.subarray(at * config.latent, (at + n) * config.latent), [n, config.latent]);
      return decode(model, z, calibration);
    });
    pixels.set(await engine.read(picture), at * size);
    picture.dispose();
  }
  return pixels;
}
