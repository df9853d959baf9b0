import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";
import { openOwn } from "./ownFile.ts";

/** Greatest size of a data file; Node itself reads at most 2 GiB at once. */
const maxBytes = powerOfTwo(31) - 1;

/**
 * The bytes of the file at `path`, of which there may be at most `most`.
 *
 * @throws DataError naming `path`, if it is missing, a folder, unreadable, or larger.
 */
export function readBytes(path: string, most: number = maxBytes): Uint8Array<ArrayBuffer> {
  return readOpened(path, most, () => {
    // To open a pipe would wait for its other end.
    if (!statSync(path).isFile()) throw new DataError(`data: expected a file at ${path}, got a folder or device`);
    return openSync(path, "r");
  });
}

/** `readBytes` of a file that the program keeps for itself; DataError also for a link. */
export function readOwnBytes(path: string, most: number = maxBytes): Uint8Array<ArrayBuffer> {
  return readOpened(path, most, () => openOwn(path, constants.O_RDONLY));
}

function readOpened(path: string, most: number, open: () => number): Uint8Array<ArrayBuffer> {
  let file: number | undefined;
  try {
    file = open();
    const { size } = fstatSync(file);
    if (size > most) throw new DataError(`data: expected at most ${most} bytes in ${path}, got ${size}`);
    const bytes = readFileSync(file);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new DataError(`data: expected a file at ${path}, got nothing; check the path`);
    throw new DataError(`data: cannot read ${path}: ${message}`, { cause: error });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
