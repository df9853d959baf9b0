import { createHash } from "node:crypto";
import { closeSync, constants, createReadStream, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { openOwn } from "../../files/ownFile.ts";
import { DataError } from "../../formats/error.ts";
import { encodeUtf8 } from "../../formats/utf8.ts";

const FLUSH = 1 << 16;
const CHUNK = 1 << 20;

/** A file that grows by whole lines, written in portions of 64 KiB. */
export class RecordFile {
  readonly #path: string;
  readonly #file: number;
  #size: number;
  #lines: string[] = [];
  #waiting = 0;
  #closed = false;

  /**
   * Opens a new file, or an existing one cut to its first `keep` bytes. Error naming `path` when
   * that is not possible.
   */
  constructor(path: string, keep?: number) {
    this.#path = path;
    try {
      this.#file = keep === undefined ? openSync(path, "wx") : openOwn(path, constants.O_RDWR);
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw new Error(`audit: cannot open ${path}: ${(error as Error).message}`, { cause: error });
    }
    this.#size = 0;
    if (keep !== undefined) this.cut(keep);
  }

  /** Number of bytes that were handed to the operating system. */
  get size(): number {
    return this.#size;
  }

  /** Appends a line. Lines after `close`, such as those of a lost device, are dropped. */
  write(line: string): void {
    if (this.#closed) return;
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#waiting >= FLUSH) this.flush();
  }

  flush(): void {
    const bytes = encodeUtf8(this.#lines.join(""));
    this.#lines = [];
    this.#waiting = 0;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at, bytes.length - at, this.#size + at);
      this.#size += bytes.length;
    } catch (error) {
      throw new Error(`audit: cannot write ${this.#path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Cuts the file to its first `bytes` bytes. DataError when it has fewer. */
  cut(bytes: number): void {
    this.#lines = [];
    this.#waiting = 0;
    const { size } = fstatSync(this.#file);
    if (size < bytes) {
      throw new DataError(
        `${this.#path}: expected at least the ${bytes} bytes of the last checkpoint, got ${size}; ` +
          "the record was cut: begin the run again",
      );
    }
    ftruncateSync(this.#file, bytes);
    this.#size = bytes;
  }

  /** Length and sha256 of the file as it lies on disk. */
  async digest(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      for await (const chunk of createReadStream(this.#path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        bytes += chunk.length;
      }
    } catch (error) {
      throw new Error(`audit: cannot read ${this.#path}: ${(error as Error).message}`, { cause: error });
    }
    return { bytes, sha256: hash.digest("hex") };
  }

  close(): void {
    this.flush();
    this.#closed = true;
    closeSync(this.#file);
  }
}
