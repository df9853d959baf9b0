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
import { autoencoderConfigField } from "../models/networks/configField.ts";
import type { AutoencoderConfig } from "../models/networks/networks.ts";
import { mirroredImages } from "../models/training/moveImages.ts";
import type { ImageSource, RowSource, TrainingOptions } from "../models/training/training.ts";
import { SETTINGS, type Settings } from "./settings.ts";

/** Everything that determines what a run does; written as config.json before the run starts. */
export interface RunConfig extends Omit<Settings, "latent" | "network" | "flips" | "share"> {
  /** Version of brenier. */
  readonly version: string;
  readonly profile: string;
  /** The size of the images, and the settings `latent` and `network`. */
  readonly model: AutoencoderConfig;
  /** The setting `flips`, where the user chose it. */
  readonly flips?: Settings["flips"] | undefined;
  /** The setting `share`; 1 in runs of versions that had none. */
  readonly share?: number | undefined;
  /** Whether half of the images, at random, are mirrored left to right each time one is used. */
  readonly mirror?: boolean | undefined;
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

/** The rows that a training sees of images: those, or each of them mirrored half of the time. */
export const rowsOf = ({ mirror, model }: RunConfig, images: ImageSource): RowSource =>
  mirror === true ? mirroredImages(images, model) : images;

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
  model: autoencoderConfigField(setting("latent")),
  source: setting("source"),
  chi2: setting("chi2"),
  flips: optional(setting("flips")),
  theta: setting("theta"),
  share: optional(setting("share")),
  extension: setting("extension"),
  samples: setting("samples"),
  seed: setting("seed"),
  mirror: optional((value, fail) => value === true || fail(`true, got ${value}`)),
  audit: optional(record<AuditWish>({ level: oneOf("commands", "digests"), every: whole(1) })),
};

/**
 * The config.json of a run. DataError, naming the key and what was expected, unless every key is
 * known and every value in its range.
 */
export function readConfig(path: string): RunConfig {
  return parseJsonRecord(readOwnBytes(path, MAX_JSON_BYTES), `config: ${path}`, fields);
}
