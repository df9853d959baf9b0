import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";

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
  return reading(path, (size) => {
    if (size > most) throw new DataError(`data: expected at most ${most} bytes in ${path}, got ${size}`);
    const file = readFileSync(path);
    return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  });
}

/**
 * Hands the bytes of the file at `path` to `take`, piece by piece and in their order. A piece is
 * overwritten by the next one.
 *
 * @throws DataError naming `path`, if it is missing, a folder or unreadable; what `take` throws.
 */
export function readPieces(path: string, take: (piece: Uint8Array) => void): void {
  reading(path, () => {
    const file = openSync(path, "r");
    try {
      const piece = new Uint8Array(pieceBytes);
      for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) take(piece.subarray(0, size));
    } finally {
      closeSync(file);
    }
  });
}

/** Runs `read` with the file's size. Errors of the file system become a DataError. */
function reading<T>(path: string, read: (size: number) => T): T {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new DataError(`data: expected a file at ${path}, got a folder or device`);
    return read(stat.size);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof DataError || code === undefined) throw error;
    if (code === "ENOENT") throw new DataError(`data: expected a file at ${path}, got nothing; check the path`);
    throw new DataError(`data: cannot read ${path}: ${message}`, { cause: error });
  }
}
