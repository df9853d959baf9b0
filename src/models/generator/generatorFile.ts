import { checkFormat, FORMAT_ADVICE } from "../../formats/checkFormat.ts";
import { CHECKSUM, checksumSteps, verifyChecksum } from "../../formats/checksum.ts";
import { DataError } from "../../formats/error.ts";
import { parseJsonRecord, whole } from "../../formats/jsonRecord.ts";
import { decodeSafetensors, encodeSafetensors } from "../../formats/safetensors.ts";
import { encodeUtf8 } from "../../formats/utf8.ts";
import { checkOptions } from "../../kernels/options.ts";
import { atOnce, type Steps } from "../../math/steps.ts";
import type { Rule } from "../../ot/extension/rule.ts";
import { densityOf } from "../../ot/source.ts";
import { autoencoderConfigField } from "../networks/configField.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { CLASS_TENSORS, type ClassValues, classesIn, classTensors } from "./classesFile.ts";
import { type ModelValues, modelIn, modelTensors } from "./modelFile.ts";
import { encodeRule, ruleIn } from "./ruleFile.ts";
import { sourceIn, type TransportValues, transportIn, transportTensors } from "./transportFile.ts";

const FORMAT = "brenier.generator.1";
/** Greatest dimension of codes: that of points. */
const LATENT = whole(1, 131_072);
/** Greatest length of the version's text. */
const VERSION = 64;

/** All that drawing needs: what generator.safetensors holds. */
export interface GeneratorValues extends ModelValues {
  readonly config: AutoencoderConfig;
  /** The transport onto codes; a TransportMap is one. */
  readonly transport: TransportValues;
  readonly rule: Rule;
  /** Maps of single labels; those of `solveClasses` are ones. Default: none. */
  readonly classes?: readonly ClassValues[];
  /** Version of brenier that trained it, as a note. */
  readonly version?: string;
}

/** The names of all fields of `GeneratorValues`. */
export const GENERATOR_VALUES = [
  "config",
  "parameters",
  "calibration",
  "transport",
  "rule",
  "classes",
  "version",
] as const;

/**
 * The bytes of a generator.safetensors. Its tensors are those of model.safetensors and of
 * transport.safetensors and, where there are class maps, those of `classTensors`; its metadata has
 * the sizes, the network, the source, the rule, and a checksum of all. Equal values give equal
 * bytes.
 *
 * @throws RangeError for a source of samples, for a transport of another dimension than the codes
 *   have, and for classes that are not of the transport's targets.
 */
export function encodeGenerator(values: GeneratorValues): Uint8Array<ArrayBuffer> {
  checkOptions("encodeGenerator", values, GENERATOR_VALUES);
  const { config, transport, classes = [], version } = values;
  const { height, width, channels, latent, network } = config;
  const { targets, source } = transport.problem;
  if (targets.dimension !== latent) {
    throw new RangeError(`encodeGenerator: expected targets of dimension ${latent}, got ${targets.dimension}`);
  }
  const rule = encodeRule(values.rule, targets.count);
  const tensors = {
    ...modelTensors(values),
    ...transportTensors(transport),
    ...rule.tensors,
    ...classTensors(classes, transport.problem),
  };
  const metadata = {
    format: FORMAT,
    model: JSON.stringify({ height, width, channels, latent, network }),
    source: densityOf("encodeGenerator", source),
    rule: rule.text,
    ...(version !== undefined && { version: version.slice(0, VERSION) }),
  };
  const file = { tensors: new Map(Object.entries(tensors)), metadata: new Map(Object.entries(metadata)) };
  const sum = atOnce(checksumSteps(file));
  return encodeSafetensors(tensors, { ...metadata, [CHECKSUM]: sum }) as Uint8Array<ArrayBuffer>;
}

/**
 * Reads what `encodeGenerator` wrote, without a device. It allocates a small multiple of the bytes,
 * whatever they say.
 *
 * @param name what the errors call the file.
 * @throws DataError, in one line, for another format, bytes that were cut or changed, a tensor that
 *   is missing, too many, of another shape or not finite, and values out of range.
 */
export function decodeGenerator(bytes: Uint8Array | ArrayBuffer, name = "generator"): GeneratorValues {
  return atOnce(generatorSteps(bytes, name));
}

/** `decodeGenerator` in pieces. */
export function* generatorSteps(bytes: Uint8Array | ArrayBuffer, name = "generator"): Steps<GeneratorValues> {
  const file = decodeSafetensors(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), name);
  const { metadata, tensors } = file;
  checkFormat(name, FORMAT, metadata.get("format"), FORMAT_ADVICE);
  const { model } = parseJsonRecord(encodeUtf8(`{"model":${metadata.get("model") ?? "null"}}`), name, {
    model: autoencoderConfigField(LATENT),
  });
  yield* verifyChecksum(file, name);
  const values = yield* modelIn(file, model, name);
  const transport = yield* transportIn(file, model.latent, name);
  const { targets } = transport.problem;
  const rule = ruleIn(file, name, { count: targets.count, latent: model.latent });
  const classes = yield* classesIn(file, name, { transport, source: sourceIn(file, name) });
  const version = metadata.get("version");
  if (version !== undefined && version.length > VERSION) {
    throw new DataError(`${name}: expected a version of at most ${VERSION} characters, got ${version.length}`);
  }
  const known = {
    ...values,
    config: model,
    transport,
    rule,
    ...(classes.length > 0 && { classes }),
    ...(version !== undefined && { version }),
  };
  const wanted = new Set([
    ...Object.keys(modelTensors(values)),
    "targets",
    "heights",
    "masses",
    ...(rule.name === "chart" || rule.name === "paper" ? ["centres", "centreCounts"] : []),
    ...(classes.length > 0 ? CLASS_TENSORS : []),
  ]);
  const surplus = [...tensors.keys()].find((tensor) => !wanted.has(tensor));
  if (surplus !== undefined)
    throw new DataError(`${name}: expected the tensors of a generator alone, got \`${surplus}\` too`);
  return known;
}
