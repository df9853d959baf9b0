import { DataError } from "../data/error.ts";
import { readBytes } from "../data/readBytes.ts";
import type { AutoencoderConfig } from "../models/autoencoder.ts";
import type { Source } from "../ot/cells.ts";
import type { Rule } from "../ot/extend.ts";

/** Everything that decides what a run does; written as config.json before the run starts. */
export interface RunConfig {
  readonly version: string;
  readonly profile: string;
  readonly data: string;
  readonly limit: number;
  readonly epochs: number;
  readonly batch: number;
  readonly model: AutoencoderConfig;
  readonly source: Source;
  readonly chi2: number;
  readonly theta: number;
  readonly extension: Extension;
  readonly samples: number;
  readonly seed: number;
}

export type Extension = "facet" | "local";

/** The rule of an extension; theta bounds the angle of `facet`. */
export const ruleOf = (extension: Extension, theta: number): Rule =>
  extension === "facet" ? { name: "facet", angle: theta } : { name: "local" };

/** What drawing from a finished run needs of its config.json. DataError when it is not one. */
export function readConfig(path: string): Pick<RunConfig, "model" | "extension" | "theta"> {
  const fail = (what: string): never => {
    throw new DataError(`${path}: expected ${what}; is it the config.json of a run?`);
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(readBytes(path)));
  } catch (error) {
    if (error instanceof DataError) throw error;
    return fail("JSON");
  }
  const field = (record: unknown, name: string): unknown =>
    typeof record === "object" && record !== null && Object.hasOwn(record, name)
      ? (record as Record<string, unknown>)[name]
      : fail(`\`${name}\``);
  const model = field(parsed, "model");
  const length = (name: string): number => {
    const value = field(model, name);
    return Number.isSafeInteger(value) && (value as number) > 0
      ? (value as number)
      : fail(`a positive integer \`model.${name}\``);
  };
  const extension = field(parsed, "extension");
  const theta = field(parsed, "theta");
  return {
    model: { height: length("height"), width: length("width"), channels: length("channels"), latent: length("latent") },
    extension: extension === "facet" || extension === "local" ? extension : fail("`extension` facet or local"),
    theta: typeof theta === "number" && theta > 0 && theta <= Math.PI ? theta : fail("`theta` in radians"),
  };
}
