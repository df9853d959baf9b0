import { readFileSync, statSync } from "node:fs";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";

/** Greatest size of a data file; Node itself reads at most 2 GiB at once. */
const maxBytes = powerOfTwo(31) - 1;

/**
 * The bytes of the file at `path`, of which there may be at most `most`.
 *
 * @throws DataError naming `path`, if it is missing, a folder, unreadable, or larger.
 */
export function readBytes(path: string, most: number = maxBytes): Uint8Array<ArrayBuffer> {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new DataError(`data: expected a file at ${path}, got a folder or device`);
    if (stat.size > most) throw new DataError(`data: expected at most ${most} bytes in ${path}, got ${stat.size}`);
    const file = readFileSync(path);
    return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new DataError(`data: expected a file at ${path}, got nothing; check the path`);
    throw new DataError(`data: cannot read ${path}: ${message}`, { cause: error });
  }
}
