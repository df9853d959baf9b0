import { closeSync, constants, fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { isThere, openOwn, requireOwnFile } from "../files/ownFile.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import { DataError } from "../formats/error.ts";
import { decodeStrictUtf8, decodeUtf8, encodeUtf8 } from "../formats/utf8.ts";

const MOST_JSON = 1 << 20; // greatest size of a JSON file of a run, in bytes

/** Thrown when the folder for a run cannot be used: an error of the user's, not of the program. */
export class RunDirectoryError extends Error {
  override readonly name: string = "RunDirectoryError";
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
    if (!isThere(candidate)) return candidate;
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

  /**
   * @throws DataError if `path` is no file of the run's own, such as a link; Error naming it if it
   *   cannot be opened.
   */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openOwn(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
      const { size } = fstatSync(this.#file);
      const last = new Uint8Array(1);
      if (size > 0 && readSync(this.#file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeAll(this.#file, "\n");
    } catch (error) {
      this.close();
      if (error instanceof DataError) throw error;
      throw new Error(`log: cannot open ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * @throws Error naming the file if it is closed or cannot be written; what was written of the
   *   line is then removed.
   */
  write(record: Readonly<Record<string, unknown>>): void {
    const { bytes } = this;
    try {
      this.#try((file) => writeAll(file, `${JSON.stringify(record, finite)}\n`));
    } catch (error) {
      this.rewind(bytes);
      throw error;
    }
  }

  /** Length of the file in bytes. */
  get bytes(): number {
    return this.#try((file) => fstatSync(file).size);
  }

  /** Removes the lines after the first `bytes` bytes. */
  rewind(bytes: number): void {
    if (bytes < this.bytes) this.#try((file) => ftruncateSync(file, bytes));
  }

  #try<T>(work: (file: number) => T): T {
    if (this.#file === undefined) throw new Error(`log: ${this.#path} is closed`);
    try {
      return work(this.#file);
    } catch (error) {
      throw new Error(`log: cannot write ${this.#path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Closes the file; it may be called again. Lines that the system can no longer write are lost.
   */
  close(): void {
    const file = this.#file;
    this.#file = undefined;
    try {
      if (file !== undefined) closeSync(file);
    } catch {
      // The log is of no use to the run, so that its end does not depend on it.
    }
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

/**
 * Reads a file that `writeJson` wrote, as a record whose members are yet to be tested; empty where
 * there is no file. DataError naming `path` for one that is larger than 1 MiB or is no record.
 */
export function readJson(path: string): Readonly<Record<string, unknown>> {
  requireOwnFile(path);
  if (!isThere(path)) return {};
  const bytes = readOwnBytes(path, MOST_JSON);
  try {
    const value: unknown = JSON.parse(decodeStrictUtf8(bytes));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // The error below says the same.
  }
  throw new DataError(`${path}: expected a record in JSON, got something else; restore the file`);
}

/**
 * The records of a file that `JsonLines` wrote; empty where there is no file. Lines that are no
 * records, such as an incomplete last one, are left out. DataError for what is no file of its own.
 */
export function readJsonLines(path: string): readonly Readonly<Record<string, unknown>>[] {
  if (!isThere(path)) return [];
  return decodeUtf8(readOwnBytes(path))
    .split("\n")
    .flatMap((line) => {
      try {
        const value: unknown = JSON.parse(line);
        return typeof value === "object" && value !== null ? [value as Record<string, unknown>] : [];
      } catch {
        return [];
      }
    });
}

/** Turns NaN and infinities into strings, since JSON would turn them into null. */
function finite(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function writeAll(file: number, text: string): void {
  const bytes = encodeUtf8(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
