import { randomBytes } from "node:crypto";
import * as nodeFs from "node:fs";
import { basename, dirname, join } from "node:path";

/** The calls that `writeFileAtomic` makes, so that a test can fail each of them in turn. */
export interface AtomicFileSystem {
  openSync(path: string, flags: string): number;
  /** Writes `bytes` from index `at` on; returns how many it wrote. */
  writeSync(file: number, bytes: Uint8Array, at: number): number;
  fsyncSync(file: number): void;
  closeSync(file: number): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options: { readonly force: boolean }): void;
}

const guards = new Set<(path: string) => void>();

/**
 * Has `guard` called with the path of each file that `writeFileAtomic` writes, right before it
 * appears, until the returned function is called. Where it throws, the file is not written.
 */
export function guardWrites(guard: (path: string) => void): () => void {
  guards.add(guard);
  return () => void guards.delete(guard);
}

/** Calls the guards, for a file that is written in another way. */
export function askGuards(path: string): void {
  for (const guard of guards) guard(path);
}

/**
 * Writes `bytes` to `path` so that a reader, a crash or a power cut sees the old file or the new
 * one, never a torn one: a temporary file in the same folder, fsync, rename, fsync of the folder. A
 * process killed in between leaves at most a file named `.NAME.<pid>.<random>.tmp`, which the first
 * write into the folder by another process removes when it is an hour old.
 *
 * @param fs for tests only.
 * @throws Error naming `path` and the cause; the temporary file is then gone and `path` is as it
 *   was, unless only the last fsync failed: then the new file is in place but may not survive a
 *   power cut.
 */
export function writeFileAtomic(path: string, bytes: Uint8Array, fs: AtomicFileSystem = nodeFs): void {
  const folder = dirname(path);
  removeAbandoned(folder);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    withFile(fs, temporary, "wx", (file) => {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at);
      fs.fsyncSync(file);
    });
    askGuards(path);
    fs.renameSync(temporary, path);
    // Windows cannot open a folder as a file; its rename is journalled by the file system.
    if (process.platform !== "win32") withFile(fs, folder, "r", (file) => fs.fsyncSync(file));
  } catch (error) {
    try {
      fs.rmSync(temporary, { force: true });
    } catch {
      // The first failure is the one to report.
    }
    throw new Error(`write: cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

const TEMPORARY = /^\..+\.\d+\.[0-9a-f]{8}\.tmp$/;
const HOUR_MS = 3_600_000; // no file is written to so slowly that it shows no change for that long
const lookedThrough = new Set<string>();

/**
 * Removes the temporary files in `folder` that have not changed for an hour. It looks once per
 * process, since folders can be large, and does without where it is not allowed to.
 */
function removeAbandoned(folder: string): void {
  if (lookedThrough.has(folder)) return;
  lookedThrough.add(folder);
  try {
    for (const name of nodeFs.readdirSync(folder).filter((entry) => TEMPORARY.test(entry))) {
      const file = join(folder, name);
      if (nodeFs.lstatSync(file).mtimeMs < Date.now() - HOUR_MS) nodeFs.rmSync(file, { force: true });
    }
  } catch {
    // What cannot be looked at or removed is in nobody's way.
  }
}

function withFile(fs: AtomicFileSystem, path: string, flags: string, use: (file: number) => void): void {
  const file = fs.openSync(path, flags);
  try {
    use(file);
  } finally {
    fs.closeSync(file);
  }
}
