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
 * Writes `bytes` to `path` as an `AtomicFile`.
 *
 * @param fs for tests only.
 * @throws Error naming `path` and the cause; see `AtomicFile`.
 */
export function writeFileAtomic(path: string, bytes: Uint8Array, fs: AtomicFileSystem = nodeFs): void {
  const file = new AtomicFile(path, fs);
  file.write(bytes);
  file.finish();
}

/**
 * A file of which a reader, a crash or a power cut sees the old contents or all of the new ones,
 * never a part: a temporary file in the same folder, then fsync, rename, fsync of the folder. A
 * process killed in between leaves at most a file named `.NAME.<pid>.<random>.tmp`, which the first
 * write into the folder by another process removes when it is an hour old.
 *
 * `write` and `finish` throw an Error naming the path and the cause. The temporary file is then
 * gone and the path is as it was, unless only the last fsync failed: then the new file is in place
 * but may not survive a power cut.
 */
export class AtomicFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #fs: AtomicFileSystem;
  #file: number | undefined;

  /** @param fs for tests only. */
  constructor(path: string, fs: AtomicFileSystem = nodeFs) {
    this.#path = path;
    this.#fs = fs;
    const random = randomBytes(4).toString("hex");
    this.#temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${random}.tmp`);
    removeAbandoned(dirname(path));
    this.#try(() => {
      this.#file = fs.openSync(this.#temporary, "wx");
    });
  }

  /** Appends bytes. */
  write(bytes: Uint8Array): void {
    this.#try(() => {
      for (let at = 0; at < bytes.length; ) at += this.#fs.writeSync(this.#file as number, bytes, at);
    });
  }

  /** Puts the file in its place. */
  finish(): void {
    const fs = this.#fs;
    this.#try(() => {
      fs.fsyncSync(this.#file as number);
      this.#close();
      askGuards(this.#path);
      fs.renameSync(this.#temporary, this.#path);
      // Windows cannot open a folder as a file; its rename is journalled by the file system.
      if (process.platform === "win32") return;
      this.#file = fs.openSync(dirname(this.#path), "r");
      fs.fsyncSync(this.#file);
      this.#close();
    });
  }

  /** Removes what was written, as far as possible. It may be called again. */
  abandon(): void {
    try {
      this.#close();
    } catch {
      // It is removed in any case.
    }
    try {
      this.#fs.rmSync(this.#temporary, { force: true });
    } catch {
      // The failure that led here is the one to report.
    }
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.abandon();
      throw new Error(`write: cannot write ${this.#path}: ${(error as Error).message}`, { cause: error });
    }
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined; // the number is free whatever `close` returns
    if (file !== undefined) this.#fs.closeSync(file);
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
