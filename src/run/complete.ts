import { rmSync } from "node:fs";
import { join } from "node:path";
import { isThere } from "../files/ownFile.ts";
import { checkpointsIn, temporariesIn } from "./checkpoints.ts";
import { FILE as LOCK, lockRun } from "./lock.ts";
import { readJson } from "./runDirectory.ts";

/**
 * Whether the run in `folder` is complete, as its last file, summary.json, tells. What a process
 * that was killed after writing it left behind is removed: its lock, half-written files, and the
 * checkpoints, unless timing.json says that the run keeps all or does not say.
 *
 * @throws RunDirectoryError when a process is just finishing the run.
 */
export async function isComplete(folder: string): Promise<boolean> {
  if (!isThere(join(folder, "summary.json"))) return false;
  const checkpoints = checkpointsIn(folder);
  const superfluous = checkpoints.length > 0 && typeof readJson(join(folder, "timing.json"))["keep"] === "number";
  const left = [...temporariesIn(folder), ...(superfluous ? checkpoints : [])];
  if (left.length === 0 && !isThere(join(folder, LOCK))) return true;
  const release = await lockRun(folder);
  try {
    for (const path of left) rmSync(path, { force: true });
  } finally {
    await release();
  }
  return true;
}
