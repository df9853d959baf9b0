import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { encodeUtf8 } from "../formats/utf8.ts";

/** Thrown when the folder for a run cannot be used: an error of the user's, not of the program. */
export class RunDirectoryError extends Error {
  override readonly name: string = "RunDirectoryError";
}

/**
 * Makes the folder `path`, with those above it, for the files of one run. The folder may exist
 * already if it is empty.
 *
 * @throws RunDirectoryError if something is in it, or it cannot be made or written.
 */
export function createRunDirectory(path: string): void {
  try {
    makeFolder(path);
    accessSync(path, constants.W_OK);
    if (readdirSync(path).length === 0) return;
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new RunDirectoryError(`run: cannot use the folder ${path}: ${reason}; choose another`, { cause: error });
  }
  throw new RunDirectoryError(`run: expected a new or empty folder, got ${path} with files in it; choose another`);
}

/**
 * A path that does not exist yet, named after the time in UTC, such as `runs/2026-11-21T22-05-31`,
 * or the same with `-2`, `-3`, … appended.
 *
 * @param now when the run starts.
 * @param root the folder that holds all runs.
 */
export function defaultRunPath(now: Date, root = "runs"): string {
  const path = join(root, now.toISOString().slice(0, 19).replaceAll(":", "-"));
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? path : `${path}-${n}`;
    if (!existsSync(candidate)) return candidate;
  }
}

/**
 * Appends records to a file, one line of JSON each (NaN and infinities as the strings "NaN",
 * "Infinity", "-Infinity"). When `write` returns, the operating system has the line, so a killed
 * process loses none. An incomplete last line of an earlier run is ended first, so that it stays
 * the only bad one.
 */
export class JsonLines {
  readonly #path: string;
  #file: number | undefined;

  /** @throws Error naming `path` if it cannot be opened. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openSync(path, "a+");
      const { size } = fstatSync(this.#file);
      const last = new Uint8Array(1);
      if (size > 0 && readSync(this.#file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeAll(this.#file, "\n");
    } catch (error) {
      this.close();
      throw new Error(`log: cannot open ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** @throws Error naming the file if it is closed or cannot be written. */
  write(record: Readonly<Record<string, unknown>>): void {
    if (this.#file === undefined) throw new Error(`log: ${this.#path} is closed`);
    try {
      writeAll(this.#file, `${JSON.stringify(record, finite)}\n`);
    } catch (error) {
      throw new Error(`log: cannot write ${this.#path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Length of the file in bytes. */
  get bytes(): number {
    if (this.#file === undefined) throw new Error(`log: ${this.#path} is closed`);
    return fstatSync(this.#file).size;
  }

  /** Removes the lines after the first `bytes` bytes. */
  rewind(bytes: number): void {
    if (bytes >= this.bytes) return;
    ftruncateSync(this.#file as number, bytes);
  }

  /** Closes the file; it may be called again. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/**
 * Writes `value` as JSON with two spaces of indentation per level, whole or not at all; NaN and
 * infinities become strings.
 *
 * @throws Error naming `path` if it cannot be written.
 */
export function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, encodeUtf8(`${JSON.stringify(value, finite, 2)}\n`));
}

/** Turns NaN and infinities into strings, since JSON would turn them into null. */
function finite(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function writeAll(file: number, text: string): void {
  const bytes = encodeUtf8(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
