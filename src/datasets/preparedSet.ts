import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DecoderVersions, PictureRecipe } from "../codecs/decodePicture.ts";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { readBytes } from "../files/readBytes.ts";
import { sha256OfFile } from "../files/sha256.ts";
import { DataError } from "../formats/error.ts";
import { type Field, type Fields, oneOf, optional, parseJson, record, string, whole } from "../formats/jsonRecord.ts";
import { encodeNpy, readNpy } from "../formats/npy.ts";
import { encodeUtf8 } from "../formats/utf8.ts";
import type { Signal } from "../kernels/signal.ts";
import type { Images } from "./images.ts";
import { openNpyImages } from "./npyImages.ts";

/** The files of a prepared set: the pixels, the classes where there are any, and what they are. */
export const IMAGES_FILE = "images.npy";
export const LABELS_FILE = "labels.npy";
const SET_FILE = "set.json";

const FORMAT = "brenier.pictures.1";

/** A file of the set. */
export interface SetFile {
  readonly bytes: number;
  readonly sha256: string;
  /** When it was written, in milliseconds since 1970. */
  readonly modified: number;
}

/** set.json: what a prepared set holds, what it was made of and how. */
export interface PreparedSet {
  readonly format: typeof FORMAT;
  /** The folder of the pictures. */
  readonly source: string;
  readonly recipe: PictureRecipe;
  readonly versions: DecoderVersions & { readonly brenier: string };
  readonly images: SetFile & { readonly shape: readonly number[] };
  /** The names of the classes, in the order of their labels. */
  readonly labels?: (SetFile & { readonly classes: readonly string[] }) | undefined;
  /** The numbers of the pictures that no training sees, drawn by `seed`. */
  readonly split: { readonly seed: number; readonly heldOut: readonly number[] };
  /** Path and reason of each picture that was left out. */
  readonly skipped: readonly (readonly [path: string, reason: string])[];
  /** Path, bytes and SHA-256 of the file of each picture, in their order. */
  readonly sources: readonly (readonly [path: string, bytes: number, sha256: string])[];
}

/** Whether `folder` holds a prepared set that is finished. */
export const isPrepared = (folder: string): boolean => existsSync(join(folder, SET_FILE));

/** What set.json says of the file `name` in `folder`, from its bytes. */
export async function setFileOf(folder: string, name: string, signal?: Signal): Promise<SetFile> {
  const path = join(folder, name);
  const { size, mtimeMs } = statSync(path);
  return { bytes: size, sha256: await sha256OfFile(path, signal), modified: mtimeMs };
}

/** Writes the labels of a set as int32. */
export const writeLabels = (folder: string, labels: Int32Array): void =>
  writeFileAtomic(join(folder, LABELS_FILE), encodeNpy({ shape: [labels.length], dtype: "<i4", data: labels }));

/** Writes set.json, which makes the set a finished one: a line for each key and each source. */
export function writePreparedSet(folder: string, set: Omit<PreparedSet, "format">): void {
  const lines = Object.entries({ format: FORMAT, ...set, sources: undefined }).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`],
  );
  const sources = set.sources.map((source) => `  ${JSON.stringify(source)}`).join(",\n");
  writeFileAtomic(join(folder, SET_FILE), encodeUtf8(`{\n${lines.join("")} "sources": [\n${sources}\n ]\n}\n`));
}

/** Reads set.json. DataError naming the key and what was expected. */
export function readPreparedSet(folder: string): PreparedSet {
  const path = join(folder, SET_FILE);
  const fail = (expected: string, key?: string): never => {
    throw new DataError(`${path}: expected ${key === undefined ? "" : `\`${key}\` as `}${expected}; prepare it again`);
  };
  const set = record(FIELDS)(parseJson(readBytes(path), path), fail);
  const { recipe, images, split, sources } = set;
  const count = sources.length;
  const shape = [count, recipe.height, recipe.width, recipe.grey ? 1 : 3];
  if (images.shape.join() !== shape.join())
    fail(`[${shape.join(", ")}], by the recipe and the sources`, "images.shape");
  const held = new Set(split.heldOut);
  const fits = held.size === split.heldOut.length && held.size < count && [...held].every((n) => n < count);
  if (!fits) fail(`different numbers below ${count}, and not all of them`, "split.heldOut");
  return set;
}

const listOf =
  <T>(field: Field<T>): Field<readonly T[]> =>
  (value, fail) =>
    Array.isArray(value) ? value.map((item) => field(item, fail)) : fail("a list");

const truth: Field<boolean> = (value, fail) => (typeof value === "boolean" ? value : fail("true or false"));
const time: Field<number> = (value, fail) => (typeof value === "number" ? value : fail("a number"));
const anyText: Field<string> = (value, fail) => (typeof value === "string" ? value : fail("text"));
const SIZE = whole(0);
const file = { bytes: whole(1), sha256: string, modified: time };

const FIELDS: Fields<PreparedSet> = {
  format: oneOf(FORMAT),
  source: string,
  recipe: record<PictureRecipe>({
    height: whole(1),
    width: whole(1),
    crop: optional(whole(1)),
    fit: truth,
    grey: truth,
    mostPixels: whole(1),
  }),
  versions: record({ sharp: anyText, libvips: anyText, brenier: string }),
  images: record({ ...file, shape: listOf(whole(1)) }),
  labels: optional(record({ ...file, classes: listOf(anyText) })),
  split: record({ seed: whole(0), heldOut: listOf(whole(0)) }),
  skipped: listOf((value, fail) => {
    const [path, reason] = Array.isArray(value) ? value : [];
    return [anyText(path, fail), anyText(reason, fail)] as const;
  }),
  sources: listOf((value, fail) => {
    const [path, bytes, digest] = Array.isArray(value) ? value : [];
    return [anyText(path, fail), SIZE(bytes, fail), anyText(digest, fail)] as const;
  }),
};

/**
 * The pictures of a prepared set, read from its file when they are asked for, and the numbers of
 * those that are held out. A file that has another size or time than set.json says is held to its
 * SHA-256: a copy passes.
 *
 * @throws DataError naming the file that is missing or changed; the reason of an aborted signal.
 */
export async function openPrepared(
  folder: string,
  { signal, note }: { readonly signal?: Signal | undefined; readonly note?: ((text: string) => void) | undefined } = {},
): Promise<{ readonly all: Images; readonly heldOut: readonly number[] }> {
  const set = readPreparedSet(folder);
  const { images, labels } = set;
  const check = async (name: string, expected: SetFile): Promise<void> => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.size === expected.bytes && stat.mtimeMs === expected.modified) return;
    if (stat?.size === expected.bytes) note?.(`${path}: another time than in ${SET_FILE}; checking its sha256`);
    await holdTo(path, stat?.size, expected, signal);
  };
  await check(IMAGES_FILE, images);
  if (labels !== undefined) await check(LABELS_FILE, labels);
  return { all: readFiles(folder, set), heldOut: set.split.heldOut };
}

/** The pictures and labels in the files of a set, which have the bytes that set.json says. */
function readFiles(folder: string, { images, labels }: PreparedSet): Images {
  const pictures = openNpyImages(join(folder, IMAGES_FILE));
  const { count, height, width, channels } = pictures;
  if ([count, height, width, channels].join() !== images.shape.join()) {
    throw new DataError(`${folder}: expected pictures of [${images.shape.join(", ")}], got another ${IMAGES_FILE}`);
  }
  if (labels === undefined) return pictures;
  return { ...pictures, labels: readLabels(join(folder, LABELS_FILE), count, labels.classes) };
}

/**
 * Holds the files of a prepared set to their SHA-256 in set.json, and to what it says of them.
 *
 * @returns the set.
 * @throws DataError naming the first file that is missing or has other bytes; the reason of an
 *   aborted signal.
 */
export async function verifyPrepared(folder: string, signal?: Signal): Promise<PreparedSet> {
  const set = readPreparedSet(folder);
  for (const [name, expected] of [
    [IMAGES_FILE, set.images],
    [LABELS_FILE, set.labels],
  ] as const) {
    if (expected === undefined) continue;
    const path = join(folder, name);
    await holdTo(path, statSync(path, { throwIfNoEntry: false })?.size, expected, signal);
  }
  readFiles(folder, set);
  return set;
}

async function holdTo(path: string, size: number | undefined, expected: SetFile, signal?: Signal): Promise<void> {
  const fail = (wanted: string, got: string): never => {
    throw new DataError(
      `${path}: expected ${wanted} as in ${SET_FILE}, got ${got}; it changed after it was prepared, prepare it again`,
    );
  };
  if (size !== expected.bytes) fail(`${expected.bytes} bytes`, size === undefined ? "nothing" : String(size));
  const got = await sha256OfFile(path, signal);
  if (got !== expected.sha256) fail(`the sha256 ${expected.sha256}`, got);
}

function readLabels(path: string, count: number, classes: readonly string[]): Int32Array {
  const { shape, data } = readNpy(readBytes(path), path);
  const fits = data instanceof Int32Array && shape.length === 1 && shape[0] === count;
  if (fits && data.every((label) => label >= 0 && label < classes.length)) return data;
  throw new DataError(`${path}: expected ${count} labels from 0 to ${classes.length - 1} as int32, got others`);
}
