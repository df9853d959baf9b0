import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TEXTS } from "../audit/record/record.ts";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { isThere } from "../files/ownFile.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import { FormatError } from "../formats/checkFormat.ts";
import { DataError } from "../formats/error.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";

/**
 * When checkpoints are written, and how many are kept: `Infinity` keeps all, also those of a
 * finished run.
 */
export interface CheckpointPolicy {
  readonly every: { readonly steps: number } | { readonly minutes: number };
  readonly keep: number;
}

/** The default policy. */
export const DEFAULT_CHECKPOINTS: CheckpointPolicy = { every: { minutes: 1 }, keep: 2 };

const NAME = /^checkpoint-(\d{8,})\.safetensors$/;
/** Names of the files that `writeFileAtomic` leaves when its process is killed. */
const TEMPORARY = /^\..+\.\d+(\.[0-9a-f]{8})?\.tmp$/;

/**
 * Writes a checkpoint beside the others, then removes all but the last `keep`. Returns its path.
 */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint, keep: number): string {
  const path = join(folder, `checkpoint-${String(checkpoint.step).padStart(8, "0")}.safetensors`);
  writeFileAtomic(path, encodeCheckpoint(checkpoint));
  for (const old of checkpointsIn(folder).slice(keep)) rmSync(old, { force: true });
  return path;
}

/** Whether a file of this name is a checkpoint. */
export const isCheckpoint = (name: string): boolean => NAME.test(name);

/** Paths of the checkpoints in a folder, the newest first. */
export function checkpointsIn(folder: string): string[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const step = NAME.exec(name)?.[1];
      return step === undefined ? [] : [{ name, step: Number(step) }];
    })
    .sort((a, b) => b.step - a.step)
    .map(({ name }) => join(folder, name));
}

/**
 * The newest checkpoint that is whole; undefined where there is none at all. A damaged one is
 * reported and removed, and the one before it is tried.
 *
 * @throws DataError when there are checkpoints, but none is whole; and where nothing is removed:
 *   DataError when one cannot be read, FormatError when the newest whole one is of another version.
 */
export function readCheckpoint(
  folder: string,
  tell: (line: string) => void,
): { readonly path: string; readonly checkpoint: Checkpoint } | undefined {
  const paths = checkpointsIn(folder);
  const damaged: string[] = [];
  for (const path of paths) {
    const bytes = readOwnBytes(path); // one that cannot be read may be whole: it stays
    try {
      const checkpoint = decodeCheckpoint(bytes, path);
      for (const bad of damaged) rmSync(bad, { force: true });
      return { path, checkpoint };
    } catch (error) {
      if (!(error instanceof DataError) || error instanceof FormatError) throw error;
      tell(`damaged checkpoint: ${error.message}; going back to the one before`);
      damaged.push(path);
    }
  }
  if (paths.length === 0) return undefined;
  throw new DataError(
    `${folder}: expected a whole checkpoint, got ${paths.length} damaged; remove them to begin the run again`,
  );
}

/** Removes all checkpoints of a finished run. */
export function removeCheckpoints(folder: string): void {
  for (const path of checkpointsIn(folder)) rmSync(path, { force: true });
}

/** Paths of the temporary files that killed processes left in the folder of a run. */
export function temporariesIn(folder: string): string[] {
  return [folder, join(folder, TEXTS)].filter(isThere).flatMap((at) =>
    readdirSync(at, { withFileTypes: true })
      .filter((entry) => entry.isFile() && TEMPORARY.test(entry.name))
      .map(({ name }) => join(at, name)),
  );
}

/** Removes those files. Only the holder of the folder's lock may call it. */
export function removeTemporaries(folder: string): void {
  for (const path of temporariesIn(folder)) rmSync(path, { force: true });
}
