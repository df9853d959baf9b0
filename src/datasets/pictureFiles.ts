import { readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import { pausing } from "../adapter/pause.ts";
import { PICTURE_ENDING } from "../codecs/decodePicture.ts";
import { DataError, oneLine } from "../formats/error.ts";
import type { Signal } from "../kernels/signal.ts";

/** A file that its ending says to be a picture. */
export interface PictureFile {
  /** From the folder on, with `/` between names on every system. */
  readonly path: string;
  /** Bytes of the file; 0 where it cannot be looked at. */
  readonly size: number;
  /** When it was written, in milliseconds. */
  readonly modified: number;
  /** Why it is no file to read, such as a link out of the folder; undefined for a good one. */
  readonly refused?: string;
}

/** Endings of pictures that are not read, so that nobody misses them without a word. */
const OTHER_PICTURES = /\.(bmp|heic|heif|jxl|jp2|svg|psd|dng|cr2|nef|arw|ppm|pgm|tga|exr)$/i;

/**
 * All pictures in a folder and the folders within, in the order of their paths by code unit. Hidden
 * files and folders are passed over. A link to a file in the folder is read; no link to a folder is
 * followed, and a link that leads out of the folder or nowhere is refused.
 *
 * @param note takes what was passed over, as one line.
 * @throws DataError if the folder is missing, no folder or unreadable, or holds no picture; the
 *   reason of an aborted signal.
 */
export async function pictureFiles(
  folder: string,
  { signal, note }: { readonly signal?: Signal | undefined; readonly note?: ((text: string) => void) | undefined },
): Promise<readonly PictureFile[]> {
  const found: PictureFile[] = [];
  const others = new Map<string, number>();
  const root = realFolder(folder);
  const open = [""];
  for (let within = open.pop(); within !== undefined; within = open.pop()) {
    for await (const entry of pausing(entriesOf(join(folder, within)), signal)) {
      if (entry.name.startsWith(".")) continue;
      const path = within === "" ? entry.name : `${within}/${entry.name}`;
      if (entry.isDirectory()) open.push(path);
      else if (PICTURE_ENDING.test(entry.name)) found.push(lookAt(root, folder, path, entry.isSymbolicLink()));
      const other = OTHER_PICTURES.exec(entry.name)?.[0].toLowerCase();
      if (other !== undefined) others.set(other, (others.get(other) ?? 0) + 1);
    }
  }
  const passed = [...others].map(([ending, count]) => `${count} ${ending}`).join(", ");
  if (found.length === 0) {
    const but = passed === "" ? "none" : `${passed}; convert them to PNG or JPEG`;
    throw new DataError(
      `pictures: expected files .jpg .jpeg .png .webp .avif .tif .tiff or .gif in ${folder} or its folders, got ${but}`,
    );
  }
  if (passed !== "") note?.(oneLine(`pictures: ${folder}: passed over files of other formats: ${passed}`));
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function realFolder(folder: string): string {
  try {
    if (!statSync(folder).isDirectory()) throw new DataError(`pictures: expected a folder at ${folder}, got a file`);
    return realpathSync(folder);
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function unreadable(folder: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const cause = code === "ENOENT" ? "it is missing" : message;
  return new DataError(`pictures: cannot read the folder ${folder}: ${cause}; check the path`, { cause: error });
}

function lookAt(root: string, folder: string, path: string, isLink: boolean): PictureFile {
  const bad = (refused: string): PictureFile => ({ path, size: 0, modified: 0, refused });
  let stat: Stats;
  try {
    const full = join(folder, path);
    if (isLink && !realpathSync(full).startsWith(root.endsWith(sep) ? root : root + sep)) {
      return bad("it is a link out of the folder; put the picture itself there");
    }
    stat = statSync(full);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return bad(isLink && code === "ENOENT" ? "it is a link to nothing" : `it cannot be read: ${message}`);
  }
  if (!stat.isFile()) return bad("it is no file");
  return { path, size: stat.size, modified: stat.mtimeMs };
}
