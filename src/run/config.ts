import { readOwnBytes } from "../files/readBytes.ts";
import {
  type Field,
  type Fields,
  MAX_JSON_BYTES,
  number,
  oneOf,
  optional,
  parseJsonRecord,
  record,
  string,
  whole,
} from "../formats/jsonRecord.ts";
import { type AutoencoderConfig, networkOf } from "../models/networks/networks.ts";
import type { TrainingOptions } from "../models/training/training.ts";
import type { Rule } from "../ot/extension/rule.ts";
import { type Extension, SETTINGS, type Settings } from "./settings.ts";

/** Everything that determines what a run does; written as config.json before the run starts. */
export interface RunConfig extends Omit<Settings, "latent" | "network"> {
  /** Version of brenier. */
  readonly version: string;
  readonly profile: string;
  /** The size of the images, and the settings `latent` and `network`. */
  readonly model: AutoencoderConfig;
  /** How much the audit record of the run is to hold, where there is one. */
  readonly audit?: AuditWish | undefined;
}

/** How much an audit record holds; see AuditOptions. */
export interface AuditWish {
  readonly level: "commands" | "digests";
  readonly every: number;
}

/** The part of a config that determines the training. */
export const trainingOf = ({ epochs, batch, seed, learningRate }: RunConfig): TrainingOptions => ({
  epochs,
  batch,
  seed,
  learningRate,
});

/** The rule of an extension; theta bounds the angle of `facet`. */
export const ruleOf = (extension: Extension, theta: number): Rule =>
  extension === "facet" ? { name: "facet", angle: theta } : { name: "local" };

/** The field of a setting, with the same bounds as its flag. */
function setting<K extends keyof Settings>(name: K): Field<Settings[K]> {
  const { values } = SETTINGS[name];
  const fieldOf = (): Field<string | number> => {
    switch (values.kind) {
      case "text":
        return string;
      case "whole":
        return whole(values.least, values.most);
      case "number":
        return number(values.above, values.most);
      case "choice":
        return oneOf(...values.choices);
    }
  };
  return fieldOf() as Field<Settings[K]>;
}

const modelFields: Field<AutoencoderConfig> = record({
  height: whole(4, 65_536),
  width: whole(4, 65_536),
  channels: oneOf(1, 3),
  latent: setting("latent"),
  network: optional(setting("network")),
});

/** A model whose network supports the size of its pictures. */
const modelField: Field<AutoencoderConfig> = (value, fail) => {
  const model = modelFields(value, fail);
  const { height, width, latent, network } = model;
  const { least, mostCodes } = networkOf(model);
  const most = mostCodes?.(model) ?? latent;
  if (latent > most) return fail(`a \`latent\` of at most ${most} for the network ${network}, got ${latent}`);
  if (height >= least && width >= least) return model;
  return fail(`pictures of at least ${least} × ${least} pixels for the network ${network}, got ${height} × ${width}`);
};

/** One line for each key of RunConfig. */
const fields: Fields<RunConfig> = {
  version: string,
  profile: string,
  // A name, or a path given by the user, from which images are read and where nothing is written.
  data: setting("data"),
  limit: setting("limit"),
  epochs: setting("epochs"),
  batch: setting("batch"),
  learningRate: setting("learningRate"),
  model: modelField,
  source: setting("source"),
  chi2: setting("chi2"),
  theta: setting("theta"),
  extension: setting("extension"),
  samples: setting("samples"),
  seed: setting("seed"),
  audit: optional(record<AuditWish>({ level: oneOf("commands", "digests"), every: whole(1) })),
};

/**
 * The config.json of a run. DataError, naming the key and what was expected, unless every key is
 * known and every value in its range.
 */
export function readConfig(path: string): RunConfig {
  return parseJsonRecord(readOwnBytes(path, MAX_JSON_BYTES), `config: ${path}`, fields);
}
