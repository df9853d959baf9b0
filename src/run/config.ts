import { readBytes } from "../files/readBytes.ts";
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
import { type AutoencoderConfig, NETWORK_NAMES, networkOf } from "../models/networks/networks.ts";
import type { Rule } from "../ot/extension/rule.ts";
import type { Source } from "../ot/source.ts";

/** Everything that decides what a run does; written as config.json before the run starts. */
export interface RunConfig {
  readonly version: string;
  readonly profile: string;
  readonly data: string;
  readonly limit: number;
  readonly epochs: number;
  readonly batch: number;
  /** Peak of the training's learning rate. */
  readonly learningRate: number;
  readonly model: AutoencoderConfig;
  readonly source: Source;
  readonly chi2: number;
  readonly theta: number;
  readonly extension: Extension;
  readonly samples: number;
  readonly seed: number;
  /** What a record of the run is to hold, where there is one. */
  readonly audit?: AuditWish | undefined;
}

/** How much a record holds; see AuditOptions. */
export interface AuditWish {
  readonly level: "commands" | "digests";
  readonly every: number;
}

export type Extension = "facet" | "local";

/** The rule of an extension; theta bounds the angle of `facet`. */
export const ruleOf = (extension: Extension, theta: number): Rule =>
  extension === "facet" ? { name: "facet", angle: theta } : { name: "local" };

const modelFields: Field<AutoencoderConfig> = record({
  height: whole(4, 65_536),
  width: whole(4, 65_536),
  channels: oneOf(1, 3),
  latent: whole(1, 1024),
  network: optional(oneOf(...NETWORK_NAMES)),
});

/** A model whose network takes pictures of its size. */
const modelField: Field<AutoencoderConfig> = (value, fail) => {
  const model = modelFields(value, fail);
  const { height, width, network } = model;
  const { least } = networkOf(model);
  if (height >= least && width >= least) return model;
  return fail(`pictures of at least ${least} × ${least} pixels for the network ${network}, got ${height} × ${width}`);
};

/** One line for each key of RunConfig, with the bounds of the flag that sets it. */
const fields: Fields<RunConfig> = {
  version: string,
  profile: string,
  // a name, or a path that the user gave: images are read from there, nothing is written
  data: string,
  limit: whole(1),
  epochs: whole(1),
  batch: whole(2),
  learningRate: number(0, 1e30),
  model: modelField,
  source: oneOf("gaussian", "cube"),
  chi2: number(0, 1e6),
  theta: number(0, Math.PI),
  extension: oneOf("facet", "local"),
  samples: whole(1, 10_000),
  seed: whole(0),
  audit: optional(record<AuditWish>({ level: oneOf("commands", "digests"), every: whole(1) })),
};

/**
 * The config.json of a run. DataError, naming the key and what was expected, unless every key is
 * known and every value in its range.
 */
export function readConfig(path: string): RunConfig {
  return parseJsonRecord(readBytes(path, MAX_JSON_BYTES), `config: ${path}`, fields);
}
