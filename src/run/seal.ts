// What a run says of its record, so that a record that was cut or changed is told from its own.

import { join } from "node:path";
import type { Seal } from "../audit/read/checkRecord.ts";
import type { Header } from "../audit/record/record.ts";
import type { Finished } from "../audit/record/recorder.ts";
import { isThere } from "../files/ownFile.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import { DataError } from "../formats/error.ts";
import { type Fail, type Field, oneOf, parseJson, record, string, whole } from "../formats/jsonRecord.ts";
import { powerOfTwo } from "../math/float64.ts";
import { decodeCheckpoint } from "./checkpoint.ts";
import { checkpointsIn } from "./checkpoints.ts";
import type { AuditWish } from "./config.ts";

/** `audit` of summary.json, which is equal for equal runs. */
type Told = Omit<Finished, "file"> & AuditWish;
/** `audit` of timing.json: the same again, and the file, which is another for each run. */
type ToldOfFile = Told & Finished["file"];

/** `audit` for summary.json and for timing.json. */
export interface Sealed {
  readonly summary: Told;
  readonly timing: ToldOfFile;
}

/** What summary.json and timing.json of a run say of its finished record. */
export function sealed({ digest, commands, file }: Finished, { level, every }: AuditWish): Sealed {
  const summary = { digest, commands, level, every };
  return { summary, timing: { ...summary, ...file } };
}

const told = {
  digest: string,
  commands: whole(0),
  level: oneOf("commands", "digests"),
  every: whole(1),
} as const;

/**
 * The seal of the record in a folder: of all of it for a finished run, of the part up to the last
 * checkpoint for another, and undefined before the first checkpoint.
 *
 * @throws DataError when summary.json and timing.json lack it, or contradict each other or the
 *   header of the record.
 */
export function sealOf(folder: string, { level, every }: Pick<Header, "level" | "every">): Seal | undefined {
  const [summaryPath, timingPath] = [join(folder, "summary.json"), join(folder, "timing.json")];
  if (!isThere(summaryPath)) return lastCheckpoint(folder);
  const summary = auditIn<Told>(summaryPath, record<Told>(told));
  const timing = auditIn<ToldOfFile>(timingPath, record<ToldOfFile>({ ...told, bytes: whole(0), sha256: string }));
  const agree = (path: string, mine: object, other: string, others: object): void => {
    for (const [key, value] of Object.entries(mine)) {
      const wanted = (others as Readonly<Record<string, unknown>>)[key];
      if (value === wanted) continue;
      throw new DataError(`${path}: expected \`audit.${key}\` to be ${wanted} as ${other} says, got ${value}`);
    }
  };
  agree(summaryPath, summary, timingPath, timing);
  agree(timingPath, { level: timing.level, every: timing.every }, "the header of the record", { level, every });
  const { digest, commands, bytes, sha256 } = timing;
  return { by: timingPath, digest, commands, bytes, sha256 };
}

/** Greatest size of summary.json and timing.json in bytes; they are far smaller. */
const MOST = powerOfTwo(20);

function auditIn<T>(path: string, field: Field<T>): T {
  const value = parseJson(readOwnBytes(path, MOST), path) as { readonly audit?: unknown } | null;
  const fail: Fail = (expected, key) => {
    throw new DataError(
      `${path}: expected \`audit${key === undefined ? "" : `.${key}`}\` as ${expected}; ` +
        "older versions did not write it, or the file was changed: record the run again",
    );
  };
  return field(value?.audit, fail);
}

function lastCheckpoint(folder: string): Seal | undefined {
  for (const path of checkpointsIn(folder)) {
    try {
      const { audit } = decodeCheckpoint(readOwnBytes(path), path);
      if (audit === undefined) return undefined;
      return { by: path, digest: audit.chain, commands: audit.seq, bytes: audit.bytes };
    } catch (error) {
      // This checkpoint is damaged, and an earlier one serves as well.
      if (!(error instanceof DataError)) throw error;
    }
  }
  return undefined;
}
