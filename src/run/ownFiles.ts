import { readdirSync } from "node:fs";
import { join } from "node:path";
import { RECORD, TEXTS } from "../audit/record/record.ts";
import { requireOwnFile, requireOwnFolder } from "../files/ownFile.ts";
import { isCheckpoint } from "./checkpoints.ts";
import { FILE as LOCK } from "./lock.ts";

/** Names of all that a run keeps in its folder, beside checkpoints and the folder TEXTS. */
const FILES: readonly string[] = [
  "config.json",
  "log.jsonl",
  "reals.png",
  "reconstructions.png",
  "samples.png",
  "model.safetensors",
  "transport.safetensors",
  "generator.safetensors",
  "timing.json",
  "summary.json",
  RECORD,
  LOCK,
];

/**
 * DataError, before anything is read or written, unless all that the run in `folder` keeps there
 * lies there itself: files and the folder of kernel texts, no links, pipes or devices. `folder` may
 * be a link.
 */
export function requireOwnFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (FILES.includes(name) || isCheckpoint(name)) requireOwnFile(path);
    if (name !== TEXTS) continue;
    requireOwnFolder(path);
    for (const text of readdirSync(path)) if (text.endsWith(".wgsl")) requireOwnFile(join(path, text));
  }
}
