import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { sample } from "../../ot/extension/extend.ts";
import type { Extended, Rule } from "../../ot/extension/rule.ts";
import type { TransportMap } from "../../ot/map/map.ts";
import { IMAGES_AT_A_TIME, readRows } from "../networks/rows.ts";
import { type Autoencoder, type Calibration, decode } from "./autoencoder.ts";
import { codeRows } from "./calibrate.ts";

/**
 * source → latent → picture: a transport map onto codes, a rule that extends it to new codes, and
 * the decoder.
 */
export interface Generator {
  readonly model: Autoencoder;
  readonly calibration: Calibration;
  readonly map: TransportMap;
  readonly rule: Rule;
}

/** Pictures that were drawn, and their codes. */
export interface Generated {
  /** [count, height, width, channels] in [0, 1]. */
  readonly pixels: Float32Array<ArrayBuffer>;
  /** The codes, and for each the cell and the partner that it was made from. */
  readonly codes: Extended;
}

/** Which samples of a seed are drawn: number `first` to `first + count`. */
export interface SampleDraw extends Cancellable {
  readonly count: number;
  readonly seed: number;
  /** Number of the first sample. Default 0. */
  readonly first?: number;
}

/** The names of all fields of a `SampleDraw`. */
export const SAMPLE_DRAW = ["count", "seed", "first", "signal"] as const;

/** Which samples of a generator are drawn. */
export interface CodeDraw extends SampleDraw {
  /**
   * Draws each code once before any twice, in rounds: with N codes of equal mass, the samples from
   * number r N on to (r + 1) N have one of each cell. The first of a round cost most, about
   * N (ln N + 0.6) source points for all of it. Default false: all are independent.
   */
  readonly balanced?: boolean;
}

/** The names of all fields of a `CodeDraw`. */
export const CODE_DRAW = ["count", "seed", "first", "balanced", "signal"] as const;

/**
 * Pictures number `first` to `first + count` of a seed; the same numbers give the same pictures,
 * however they are split.
 */
export async function generate({ model, calibration, map, rule }: Generator, draw: CodeDraw): Promise<Generated> {
  checkOptions("generate", draw, CODE_DRAW);
  const codes = await sample(map, { ...draw, rule });
  const { signal } = draw;
  return { pixels: await decodeCodes(model, calibration, codes.latents, { signal }), codes };
}

/** Pictures in [0, 1], [count, height, width, channels], of codes [count, latent]. */
export async function decodeCodes(
  model: Autoencoder,
  calibration: Calibration,
  codes: Float32Array,
  options: Cancellable = {},
): Promise<Float32Array<ArrayBuffer>> {
  checkOptions("decodeCodes", options, ["signal"]);
  const { signal } = options;
  const all = { count: codes.length / model.config.latent, size: IMAGES_AT_A_TIME, signal };
  return readRows(model.engine, all, (range) => decode(model, codeRows(model, codes, range), calibration));
}
