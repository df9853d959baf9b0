import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";
import { openOwn } from "./ownFile.ts";

/** Greatest size of a data file; Node itself reads at most 2 GiB at once. */
const maxBytes = powerOfTwo(31) - 1;

/** Size of the pieces of a file that is not kept. */
const pieceBytes = powerOfTwo(20);

/**
 * The bytes of the file at `path`, of which there may be at most `most`.
 *
 * @throws DataError naming `path`, if it is missing, a folder, unreadable, or larger.
 */
export function readBytes(path: string, most: number = maxBytes): Uint8Array<ArrayBuffer> {
  return reading(path, openFile, (file) => allOf(file, path, most));
}

/** The first bytes of the file at `path`, at most `most`; DataError as for `readBytes`. */
export function readStart(path: string, most: number): Uint8Array<ArrayBuffer> {
  return reading(path, openFile, (file) => {
    const start = new Uint8Array(most);
    let length = 0;
    for (let got = -1; got !== 0 && length < most; length += got)
      got = readSync(file, start, length, most - length, length);
    return start.subarray(0, length);
  });
}

/** `readBytes` of a file that the program keeps for itself; DataError also for a link. */
export function readOwnBytes(path: string, most: number = maxBytes): Uint8Array<ArrayBuffer> {
  return reading(path, openOwnFile, (file) => allOf(file, path, most));
}

/**
 * Hands the bytes of the file at `path` to `take`, piece by piece and in their order. A piece is
 * overwritten by the next one.
 *
 * @throws DataError naming `path`, if it is missing, a folder or unreadable; what `take` throws.
 */
export function readPieces(path: string, take: (piece: Uint8Array) => void): void {
  reading(path, openFile, (file) => {
    const piece = new Uint8Array(pieceBytes);
    for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) take(piece.subarray(0, size));
  });
}

function openFile(path: string): number {
  // To open a pipe would wait for its other end.
  if (!statSync(path).isFile()) throw new DataError(`data: expected a file at ${path}, got a folder or device`);
  return openSync(path, "r");
}

const openOwnFile = (path: string): number => openOwn(path, constants.O_RDONLY);

function allOf(file: number, path: string, most: number): Uint8Array<ArrayBuffer> {
  const { size } = fstatSync(file);
  if (size > most) throw new DataError(`data: expected at most ${most} bytes in ${path}, got ${size}`);
  const bytes = readFileSync(file);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Runs `read` with the opened file. Errors of the file system become a DataError. */
function reading<T>(path: string, open: (path: string) => number, read: (file: number) => T): T {
  try {
    const file = open(path);
    try {
      return read(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof DataError || code === undefined) throw error;
    if (code === "ENOENT") throw new DataError(`data: expected a file at ${path}, got nothing; check the path`);
    throw new DataError(`data: cannot read ${path}: ${message}`, { cause: error });
  }
}
