import { statSync } from "node:fs";
import { join } from "node:path";
import { readBytes, readOwnBytes } from "../files/readBytes.ts";
import { sha256 } from "../files/sha256.ts";
import { DataError } from "../formats/error.ts";
import { decodeGenerator, type GeneratorValues } from "../models/generator/generatorFile.ts";
import { decodeModel } from "../models/generator/modelFile.ts";
import { decodeTransport } from "../models/generator/transportFile.ts";
import { readConfig } from "./config.ts";
import { ruleOf } from "./rule.ts";
import { readJson } from "./runDirectory.ts";

/** What pictures are drawn from. */
export interface FinishedRun {
  readonly values: GeneratorValues;
  /** A line that says which of the files no digest in summary.json covers; undefined for none. */
  readonly note: string | undefined;
}

/**
 * Reads what pictures are drawn from: a generator.safetensors at `path`, or the files of the
 * finished run in that folder, which are held to their SHA-256 in summary.json, as far as it has
 * them.
 *
 * @throws DataError naming the file that is missing, no file of the run's own, or another one.
 */
export function readFinishedRun(path: string): FinishedRun {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
    return { values: decodeGenerator(readBytes(path), path), note: undefined };
  }
  const { model: config, version, extension, theta } = readConfig(join(path, "config.json"));
  const summary = join(path, "summary.json");
  const { sha256: sums, angle = theta } = readJson(summary);
  if (!(typeof angle === "number" && angle >= 0 && angle <= Math.PI)) {
    throw new DataError(`${summary}: expected \`angle\` from 0 to π, got ${JSON.stringify(angle)}; restore the file`);
  }
  const digests = Object(sums) as Readonly<Record<string, unknown>>;
  const unchecked: string[] = [];
  const read = <T>(name: string, decode: (bytes: Uint8Array, path: string) => T): (() => T) => {
    const file = join(path, name);
    const bytes = readOwnBytes(file);
    const [expected, got] = [digests[name], sha256(bytes)];
    if (expected === undefined) unchecked.push(name);
    else if (expected !== got) {
      throw new DataError(`${file}: expected the sha256 of ${summary}, ${expected}, got ${got}; restore the file`);
    }
    return () => decode(bytes, file);
  };
  const model = read("model.safetensors", (bytes, file) => decodeModel(bytes, config, file));
  const transport = read("transport.safetensors", (bytes, file) => decodeTransport(bytes, config.latent, file));
  const values = { ...model(), config, transport: transport(), rule: ruleOf(extension, angle, config), version };
  const note = unchecked.length === 0 ? undefined : `${unchecked.join(" and ")} not checked: no sha256 in ${summary}`;
  return { values, note };
}
