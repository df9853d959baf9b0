import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";
import { numberAt, type Records } from "./records.ts";

/** Records that stand one after the other in a file, from byte `start` on. */
export interface RecordFile {
  readonly path: string;
  readonly start: number;
  readonly count: number;
}

/** Greatest size in bytes of what a data set keeps of its files in memory. */
const CACHE_BYTES = powerOfTwo(27);

/** Records are kept in pages of about this size, so that memory grows with use. */
const PAGE_BYTES = powerOfTwo(20);

/** How many bytes may still be kept in memory; shared by all files of a data set. */
export class CacheBudget {
  #left: number;

  constructor(bytes: number = CACHE_BYTES) {
    this.#left = bytes;
  }

  /** Takes `bytes`, if there are as many left. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}

/**
 * The records of several files of a kind, read when they are asked for. What was read once stays in
 * memory as long as the budget lasts, and nothing is ever replaced: a training asks for all records
 * in a new order each epoch, so that a cache that replaces the oldest would rarely have what comes
 * next, while this one has its share of every batch.
 *
 * DataError for a file that is missing or shorter than its records; `read` throws one for a file
 * that has another size or time than it had at first.
 */
export class RecordFiles implements Records {
  readonly count: number;
  readonly size: number;
  readonly #files: readonly (RecordFile & { readonly first: number; readonly stat: Stats })[];
  readonly #budget: CacheBudget;
  readonly #perPage: number;
  readonly #pages: Uint8Array[] = [];
  /** Place of each record in the pages, counted from 1; 0 for one that is not kept. */
  readonly #places: Uint32Array;
  #kept = 0;

  constructor(files: readonly RecordFile[], size: number, budget: CacheBudget) {
    let count = 0;
    this.#files = files.map((file) => {
      const stat = statOf(file.path);
      const least = file.start + file.count * size;
      if (stat.size < least) {
        throw new DataError(`data: ${file.path}: expected ${least} bytes, got ${stat.size}; the file is cut short`);
      }
      const first = count;
      count += file.count;
      return { ...file, first, stat };
    });
    this.count = count;
    this.size = size;
    this.#budget = budget;
    this.#perPage = Math.max(1, Math.floor(PAGE_BYTES / size));
    this.#places = new Uint32Array(count);
  }

  read(indices: ArrayLike<number>): Uint8Array<ArrayBuffer> {
    const { size } = this;
    const read = new Uint8Array(indices.length * size);
    const opened = new Map<string, number>();
    try {
      for (let b = 0; b < indices.length; ) {
        const n = numberAt(indices, b, this.count);
        const kept = this.#keptAt(n);
        if (kept !== undefined) {
          read.set(kept, b * size);
          b++;
          continue;
        }
        // Numbers that follow one another are read at once.
        let run = 1;
        while (indices[b + run] === n + run && n + run < this.count && this.#places[n + run] === 0) run++;
        this.#readRun(n, read.subarray(b * size, (b + run) * size), opened);
        b += run;
      }
    } finally {
      for (const file of opened.values()) closeSync(file);
    }
    return read;
  }

  #keptAt(n: number): Uint8Array | undefined {
    const place = (this.#places[n] as number) - 1;
    if (place < 0) return undefined;
    const at = (place % this.#perPage) * this.size;
    return this.#pages[Math.floor(place / this.#perPage)]?.subarray(at, at + this.size);
  }

  /** Reads consecutive records, which may lie in two files or more, from number `first` on. */
  #readRun(first: number, into: Uint8Array, opened: Map<string, number>): void {
    const { size } = this;
    const end = first + into.length / size;
    for (const { path, start, count, stat, ...file } of this.#files) {
      const from = Math.max(first, file.first);
      const to = Math.min(end, file.first + count);
      if (from >= to) continue;
      const known = opened.get(path) ?? openUnchanged(path, stat);
      opened.set(path, known);
      const part = into.subarray((from - first) * size, (to - first) * size);
      readFully(known, path, start + (from - file.first) * size, part);
    }
    for (let n = first; n < end; n++) this.#keep(n, into.subarray((n - first) * size, (n - first + 1) * size));
  }

  #keep(n: number, record: Uint8Array): void {
    const at = this.#kept % this.#perPage;
    if (at === 0) {
      const bytes = Math.min(this.#perPage, this.count - this.#kept) * this.size;
      if (!this.#budget.take(bytes)) return;
      this.#pages.push(new Uint8Array(bytes));
    }
    this.#pages.at(-1)?.set(record, at * this.size);
    this.#kept++;
    this.#places[n] = this.#kept;
  }
}

function statOf(path: string): Stats {
  try {
    const stat = statSync(path);
    if (stat.isFile()) return stat;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DataError(`data: cannot read ${path}: ${code === "ENOENT" ? "it is missing" : message}`, {
      cause: error,
    });
  }
  throw new DataError(`data: expected a file at ${path}, got a folder or device`);
}

/** Opens a file; DataError unless it has the size and time that it had. */
function openUnchanged(path: string, then: Stats): number {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new DataError(`data: cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const now = fstatSync(file);
  if (now.size === then.size && now.mtimeMs === then.mtimeMs) return file;
  closeSync(file);
  throw new DataError(`data: ${path}: expected the file as it was, got one that changed meanwhile; begin again`);
}

function readFully(file: number, path: string, place: number, into: Uint8Array): void {
  for (let got = 0; got < into.length; ) {
    const more = readSync(file, into, got, into.length - got, place + got);
    if (more === 0)
      throw new DataError(`data: ${path}: expected ${into.length - got} bytes more at ${place + got}, got none`);
    got += more;
  }
}
