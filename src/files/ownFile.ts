import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from "node:fs";
import { DataError } from "../formats/error.ts";

/**
 * Flags that keep `open` from following a link and from waiting for the other end of a pipe, where
 * the system knows them.
 */
const DIRECT = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file that the program keeps in a folder of its own, such as the log of a run. No link is
 * followed, so that nothing outside of that folder is read or changed: only a plain file is opened,
 * and for writing only one that has no second name, since a hard link leads outside, too.
 *
 * @param flags those of the system's `open`, such as O_RDWR | O_CREAT.
 * @returns the file's descriptor.
 * @throws DataError naming `path` for anything else; the system's error when it cannot be opened.
 */
export function openOwn(path: string, flags: number): number {
  requireOwnFile(path);
  const file = openSync(path, flags | DIRECT);
  try {
    const stat = fstatSync(file);
    requirePlain(path, stat);
    if (stat.nlink > 1 && (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0) {
      throw new DataError(`file: expected one name of ${path}, got ${stat.nlink}, by hard links; put a copy there`);
    }
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Whether there is anything at `path`, be it a link that leads nowhere. The system's error when
 * that cannot be told: what cannot be looked at is not taken for missing, as `existsSync` does.
 */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** DataError unless there is a plain file at `path`, reached by no link, or nothing. */
export function requireOwnFile(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined) requirePlain(path, stat);
}

/** DataError unless there is a folder at `path`, reached by no link, or nothing. */
export function requireOwnFolder(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return;
  throw new DataError(`folder: expected a folder at ${path}, got ${kindOf(stat)}; put the folder itself there`);
}

function requirePlain(path: string, stat: Stats): void {
  if (stat.isFile()) return;
  throw new DataError(`file: expected a file at ${path}, got ${kindOf(stat)}; put the file itself there`);
}

function kindOf(stat: Stats): string {
  if (stat.isSymbolicLink()) return "a symbolic link";
  if (stat.isFile()) return "a file";
  if (stat.isDirectory()) return "a folder";
  return stat.isFIFO() ? "a pipe" : "a device or socket";
}
