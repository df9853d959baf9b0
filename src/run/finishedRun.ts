import { join } from "node:path";
import { readOwnBytes } from "../files/readBytes.ts";
import { sha256 } from "../files/sha256.ts";
import { DataError } from "../formats/error.ts";
import { type RunConfig, readConfig } from "./config.ts";
import { readJson } from "./runDirectory.ts";

/** What pictures are drawn from. */
export interface FinishedRun {
  readonly config: RunConfig;
  /** The bytes of model.safetensors and transport.safetensors. */
  readonly model: Uint8Array;
  readonly transport: Uint8Array;
  /** A line that says which of the two no digest in summary.json covers; undefined for none. */
  readonly note: string | undefined;
}

/**
 * Reads the files of the finished run in `folder`, and holds them to their SHA-256 in summary.json,
 * as far as it has them.
 *
 * @throws DataError naming the file that is missing, no file of the run's own, or another one.
 */
export function readFinishedRun(folder: string): FinishedRun {
  const config = readConfig(join(folder, "config.json"));
  const summary = join(folder, "summary.json");
  const digests = Object(readJson(summary)["sha256"]) as Readonly<Record<string, unknown>>;
  const unchecked: string[] = [];
  const read = (name: string): Uint8Array => {
    const path = join(folder, name);
    const bytes = readOwnBytes(path);
    const [expected, got] = [digests[name], sha256(bytes)];
    if (expected === undefined) unchecked.push(name);
    else if (expected !== got) {
      throw new DataError(`${path}: expected the sha256 of ${summary}, ${expected}, got ${got}; restore the file`);
    }
    return bytes;
  };
  const [model, transport] = [read("model.safetensors"), read("transport.safetensors")];
  const note = unchecked.length === 0 ? undefined : `${unchecked.join(" and ")} not checked: no sha256 in ${summary}`;
  return { config, model, transport, note };
}
