// A prepared set while it is being made: the pixels so far, and a journal of the pictures they are
// of, from which the work goes on after a kill.
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DataError } from "../formats/error.ts";
import { NPY_HEADER_BYTES, npyHeader } from "../formats/npy.ts";
import type { PictureFile } from "./pictureFiles.ts";
import { IMAGES_FILE } from "./preparedSet.ts";

const PART = `${IMAGES_FILE}.part`;
const JOURNAL = "preparing.jsonl";

/** Pictures between two writes to the disk: so many are done again after a kill. */
const AT_ONCE = 256;

/** A picture that is done: its pixels are in the file, unless it was skipped. */
export interface Done extends Pick<PictureFile, "path" | "size" | "modified"> {
  /** Of the source's bytes; empty for a picture that was skipped. */
  readonly sha256: string;
  /** Why it was skipped, if it was. */
  readonly skipped?: string | undefined;
}

/** Whether `folder` holds a set that is not finished. */
export const isPreparing = (folder: string): boolean => existsSync(join(folder, JOURNAL));

/**
 * The pictures that are done, in their order, and the pixels of those that were not skipped. Pixels
 * are on the disk before the journal speaks of them, so that a kill or a power cut at any moment
 * leaves whole pictures alone. Errors of the file system, as on a full disk, name the file; what
 * the journal has stays good.
 */
export class Preparation {
  readonly done: Done[] = [];
  readonly #folder: string;
  readonly #size: number;
  #pixels: Uint8Array[] = [];
  #fresh: Done[] = [];
  /** Pictures in the file of pixels. */
  #kept = 0;

  /**
   * Begins, or goes on with what is in `folder`.
   *
   * @param header what all results depend on; the work goes on only with an equal one.
   * @param size bytes of one picture.
   * @throws DataError when the folder holds work with another header, or for files that changed.
   */
  constructor(folder: string, header: object, size: number, files: readonly PictureFile[]) {
    this.#folder = folder;
    this.#size = size;
    const first = JSON.stringify(header);
    if (!isPreparing(folder)) {
      this.#write(JOURNAL, () => appendFileSync(join(folder, JOURNAL), `${first}\n`));
      this.#write(PART, () => closeSync(openSync(join(folder, PART), "w")));
      return;
    }
    const path = join(folder, JOURNAL);
    const text = readFileSync(path, "utf8");
    const [line, ...lines] = text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .slice(0, -1);
    if (line === undefined) this.#write(JOURNAL, () => appendFileSync(path, `${first}\n`));
    else if (line !== first) {
      throw new DataError(
        `prepare: ${folder}: expected the same pictures and flags as it was begun with, got others; ` +
          "finish it with those, or remove the folder",
      );
    }
    this.#resume(lines, files);
    // A torn last line is cut off.
    this.#write(JOURNAL, () => truncateSync(path, Buffer.byteLength([first, ...lines, ""].join("\n"))));
  }

  /** Notes that the next picture is done, and keeps its pixels; none for one that was skipped. */
  add(done: Done, pixels: Uint8Array | undefined): void {
    this.#fresh.push(done);
    if (pixels !== undefined) this.#pixels.push(pixels);
    if (this.#fresh.length >= AT_ONCE) this.flush();
  }

  /** Puts all that is done on the disk. */
  flush(): void {
    if (this.#fresh.length === 0) return;
    const bytes = Buffer.concat(this.#pixels);
    this.#write(PART, () => {
      const file = openSync(join(this.#folder, PART), "r+");
      try {
        writeAll(file, bytes, this.#place(this.#kept));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
    const lines = this.#fresh.map((done) => `${JSON.stringify(done)}\n`).join("");
    this.#write(JOURNAL, () => appendFileSync(join(this.#folder, JOURNAL), lines));
    this.#kept += this.#pixels.length;
    this.done.push(...this.#fresh);
    [this.#pixels, this.#fresh] = [[], []];
  }

  /** Makes a whole .npy file of the pixels, of `shape` after the number of pictures. */
  finishPixels(shape: readonly number[]): readonly number[] {
    this.flush();
    const whole = [this.#kept, ...shape];
    this.#write(IMAGES_FILE, () => {
      const file = openSync(join(this.#folder, PART), "r+");
      try {
        ftruncateSync(file, this.#place(this.#kept));
        writeAll(file, npyHeader(whole, "|u1"), 0);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(join(this.#folder, PART), join(this.#folder, IMAGES_FILE));
    });
    return whole;
  }

  /** Removes the journal, once nothing else is to do. */
  end(): void {
    rmSync(join(this.#folder, JOURNAL), { force: true });
  }

  /** Removes all that was written, or only what is empty of pictures. */
  discard(what: "all" | "empty"): void {
    if (what === "empty" && this.done.length > 0) return;
    for (const name of [PART, IMAGES_FILE, JOURNAL]) rmSync(join(this.#folder, name), { force: true });
  }

  #resume(lines: readonly string[], files: readonly PictureFile[]): void {
    const [part, whole] = [join(this.#folder, PART), join(this.#folder, IMAGES_FILE)];
    if (existsSync(whole)) renameSync(whole, part); // it was stopped between its last steps
    if (!existsSync(part)) closeSync(openSync(part, "w"));
    for (const [n, line] of lines.entries()) {
      const done = JSON.parse(line) as Done;
      const now = files[n];
      if (now?.path !== done.path || now.size !== done.size || now.modified !== done.modified) {
        throw new DataError(
          `prepare: ${this.#folder}: expected the pictures that it was begun with, got another ${done.path}; ` +
            "put it back, or remove the folder and begin again",
        );
      }
      this.done.push(done);
      if (done.skipped === undefined) this.#kept++;
    }
    if (statSync(part).size < this.#place(this.#kept) && this.#kept > 0) {
      throw new DataError(
        `prepare: ${part}: expected ${this.#place(this.#kept)} bytes, got fewer; remove the folder and begin again`,
      );
    }
  }

  #place(pictures: number): number {
    return NPY_HEADER_BYTES + pictures * this.#size;
  }

  #write(name: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      const path = join(this.#folder, name);
      throw new Error(
        `prepare: cannot write ${path}: ${(error as Error).message}; make room, and give the same command again`,
        {
          cause: error,
        },
      );
    }
  }
}

function writeAll(file: number, bytes: Uint8Array, place: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, place + at);
}
