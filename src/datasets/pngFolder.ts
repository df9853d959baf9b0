import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../adapter/pause.ts";
import { decodePng } from "../codecs/decodePng.ts";
import { type PngHeader, pngHeader, pngHeaderBytes } from "../codecs/pngCheck.ts";
import { readBytes, readStart } from "../files/readBytes.ts";
import { DataError } from "../formats/error.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { powerOfTwo } from "../math/float64.ts";
import { type Images, memoryImages } from "./images.ts";
import type { PictureFile } from "./pictureFiles.ts";

export interface PngFolderOptions extends Cancellable {
  /** Greatest number of files, the first in name order. Default: all. */
  readonly limit?: number;
  /** Takes what the user has to know about how the folder was read, line by line. */
  readonly note?: ((text: string) => void) | undefined;
}

/** Greatest size of a whole folder's pixels as red, green and blue bytes; `limit` loads fewer. */
const maxBytes = powerOfTwo(31) - 1;

const PNG = /[\s\S]\.png$/i;

/** Endings of pictures that are not read. */
const OTHER_PICTURES = /\.(jpe?g|gif|webp|bmp|tiff?|avif|heic)$/i;

/** Folders within a folder that an error names at most. */
const MOST_FOLDERS = 3;

/**
 * Loads the files `*.png` of a folder in name order (by code unit: `10.png` comes before `9.png`);
 * hidden files and folders within are passed over. Transparency is dropped by compositing on white,
 * 16 bits become 8, gamma and colour profiles are ignored.
 *
 * @returns one channel if every pixel has red = green = blue, else three; no labels.
 * @throws DataError if `folder` is missing, no folder, or holds no such file; if a file is damaged
 *   or of another size than the first; or if all together exceed 2 GiB.
 * @throws RangeError if `limit` is not a whole number above zero; the reason of an aborted signal.
 */
export async function loadPngFolder(folder: string, options: PngFolderOptions = {}): Promise<Images> {
  const { limit = Number.MAX_SAFE_INTEGER, signal, note } = options;
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(`loadPngFolder: expected \`limit\` of at least 1, got ${limit}`);
  }
  const { paths: all, others } = pngPaths(folder);
  const paths = all.slice(0, limit);
  const [first] = paths;
  if (first === undefined)
    throw new DataError(`png: expected files *.png in ${folder}, got none${adviceOn(others, folder)}`);
  if (others.what !== "") note?.(`png: ${folder}: read the files *.png alone, and passed over ${others.what}`);
  const { width, height } = pngHeader(readStart(first, pngHeaderBytes), first);
  const size = width * height;
  const count = paths.length;
  if (count * size * 3 > maxBytes) {
    throw new DataError(
      `png: ${folder}: expected at most ${maxBytes} bytes, ${count} images of ${width} x ${height} need ${count * size * 3}; ${prepareAdvice(folder)}`,
    );
  }
  for (const path of paths) {
    await pause(signal);
    expectSize(pngHeader(readStart(path, pngHeaderBytes), path), path, { width, height }, first);
  }
  const rgb = new Uint8Array(count * size * 3);
  let grey = true;
  const surplus: string[] = [];
  for (const [i, path] of paths.entries()) {
    await pause(signal);
    const image = decodePng(readBytes(path), path);
    if (image.surplus > 0) surplus.push(`${path} (${image.surplus})`);
    expectSize(image, path, { width, height }, first);
    grey = compositeOnWhite(image.rgba, rgb.subarray(i * size * 3, (i + 1) * size * 3)) && grey;
  }
  if (surplus.length > 0) {
    note?.(
      `png: passed over bytes after the end of the image in ${surplus.length} of ${count} files, first ${surplus[0]}`,
    );
  }
  if (!grey) return memoryImages({ height, width, channels: 3, pixels: rgb });
  const pixels = new Uint8Array(count * size);
  for (let i = 0; i < pixels.length; i++) pixels[i] = rgb[3 * i] as number;
  return memoryImages({ height, width, channels: 1, pixels });
}

/**
 * The size of the pictures, where all of them are PNG files of one size in the folder itself;
 * undefined for any others. Of damaged files only `loadPngFolder` speaks.
 */
export function equalPngSize(folder: string, files: readonly Pick<PictureFile, "path">[]): PngHeader | undefined {
  let first: PngHeader | undefined;
  for (const { path } of files) {
    if (path.includes("/") || !PNG.test(path)) return undefined;
    try {
      const header = pngHeader(readStart(join(folder, path), pngHeaderBytes), path);
      first ??= header;
      if (header.height !== first.height || header.width !== first.width) return undefined;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
    }
  }
  return first;
}

/** What else than PNG files lies in a folder and may hold pictures. */
interface Others {
  /** Folders and pictures in words; empty for none. */
  readonly what: string;
}

function pngPaths(folder: string): { readonly paths: string[]; readonly others: Others } {
  try {
    if (!statSync(folder).isDirectory()) throw new DataError(`png: expected a folder at ${folder}, got a file`);
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
    const names = entries.map(({ name }) => name).sort((a, b) => (a < b ? -1 : 1));
    const paths = names
      .filter((name) => PNG.test(name))
      .map((name) => join(folder, name))
      .filter((path) => !statSync(path, { throwIfNoEntry: false })?.isDirectory());
    const within = new Set(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name));
    const folders = names.filter((name) => within.has(name));
    const pictures = names.filter((name) => OTHER_PICTURES.test(name) && !within.has(name));
    return { paths, others: { what: inWords(folders, pictures) } };
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const cause = code === "ENOENT" ? "it is missing" : message;
    throw new DataError(`png: cannot read the folder ${folder}: ${cause}; check the path`, { cause: error });
  }
}

function inWords(folders: readonly string[], pictures: readonly string[]): string {
  const endings = [...new Set(pictures.map((name) => OTHER_PICTURES.exec(name)?.[0].toLowerCase()))].join(" ");
  const some = folders.slice(0, MOST_FOLDERS).join(", ") + (folders.length > MOST_FOLDERS ? ", …" : "");
  return [
    ...(folders.length > 0 ? [`${plural(folders.length, "folder")} (${some})`] : []),
    ...(pictures.length > 0 ? [`${plural(pictures.length, "picture")} of another format (${endings})`] : []),
  ].join(" and ");
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** What the error about a folder without PNG files says of what is there instead. */
const adviceOn = ({ what }: Others, folder: string): string =>
  what === "" ? "" : ` but ${what}; ${prepareAdvice(folder)}`;

const prepareAdvice = (folder: string): string =>
  `prepare them: node dist/data.js prepare ${folder} --size 64 --out SET`;

function expectSize(got: PngHeader, path: string, expected: PngHeader, first: string): void {
  if (got.width === expected.width && got.height === expected.height) return;
  throw new DataError(
    `png: ${path}: expected ${expected.width} x ${expected.height} pixels as in ${first}, got ${got.width} x ${got.height}; all sizes must be equal`,
  );
}

/**
 * rgb = (alpha · colour + (255 − alpha) · 255) / 255, rounded; tells whether red = green = blue
 * everywhere.
 */
function compositeOnWhite(rgba: Uint8Array, rgb: Uint8Array): boolean {
  let grey = true;
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const alpha = rgba[from + 3] as number;
    for (let c = 0; c < 3; c++) {
      rgb[to + c] = Math.round((alpha * (rgba[from + c] as number)) / 255 + 255 - alpha);
    }
    grey &&= rgb[to] === rgb[to + 1] && rgb[to] === rgb[to + 2];
  }
  return grey;
}
