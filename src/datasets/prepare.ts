import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { versions } from "../adapter/versions.ts";
import {
  type PictureDecoder,
  type PictureRecipe,
  pictureDecoder,
  picturesAtOnce,
  type Remark,
} from "../codecs/decodePicture.ts";
import { DataError, oneLine } from "../formats/error.ts";
import { type Cancellable, throwIfAborted } from "../kernels/signal.ts";
import { powerOfTwo } from "../math/float64.ts";
import { hostRandom } from "../math/philox.ts";
import { STREAMS } from "../math/streams.ts";
import { isOneColour } from "./images.ts";
import { inOrder } from "./inOrder.ts";
import { openNpyImages } from "./npyImages.ts";
import { type PictureFile, pictureFiles } from "./pictureFiles.ts";
import { type Done, Preparation } from "./preparation.ts";
import { IMAGES_FILE, LABELS_FILE, setFileOf, writeLabels, writePreparedSet } from "./preparedSet.ts";

export interface PrepareOptions extends Cancellable {
  readonly recipe: PictureRecipe;
  /** Whether the name of the first folder on the way to a picture is its class. */
  readonly labels: boolean;
  /** Whether a damaged picture is left out; else it ends the work. */
  readonly skipDamaged: boolean;
  /** Seed of the choice of held-out pictures. */
  readonly seed: number;
  /** The pictures of the folder, where they have been looked for before. */
  readonly files?: readonly PictureFile[];
  /** Takes what the user has to know, line by line. */
  readonly note?: ((text: string) => void) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What was prepared: the shape of images.npy, the classes, and how many pictures were left out. */
export interface Prepared {
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  readonly heldOut: number;
  readonly skipped: number;
}

/** One picture in so many is held out. */
const HELD_OUT_SHARE = 10;

/** Greatest size of a file that is decoded. */
const MOST_BYTES = powerOfTwo(29);

/**
 * Makes a set of pictures of one size, in the existing folder `out`, of all pictures in `folder`
 * and the folders within: images.npy [N, height, width, channels] of uint8, labels.npy [N] of int32
 * where asked for, and set.json (see `PreparedSet`), in the order of the pictures' paths. Memory
 * does not grow with their number but for a line each. Work that was stopped goes on when it is
 * asked for again with the same options; only set.json makes a set a finished one.
 *
 * @throws DataError for no pictures, a damaged one, one colour in all of them, a picture without a
 *   class where classes are asked for, and another begun set in `out`; Error when the disk is full;
 *   the reason of an aborted signal. What was done before stays for the next call; where no picture
 *   was done, nothing stays.
 */
export async function prepareFolder(folder: string, out: string, options: PrepareOptions): Promise<Prepared> {
  const { recipe, skipDamaged, seed, signal, note, onProgress } = options;
  const files = options.files ?? (await pictureFiles(folder, { signal, note }));
  if (options.labels) requireClasses(folder, files);
  const decoder = await pictureDecoder(recipe);
  const by = { ...decoder.versions, brenier: versions().brenier };
  const header = { source: resolve(folder), recipe, labels: options.labels, seed, by };
  const { height, width } = recipe;
  const shape = [height, width, recipe.grey ? 1 : 3];
  const size = shape.reduce((product, length) => product * length, 1);
  const preparation = new Preparation(out, header, size, files);
  const remarks = new Remarks(recipe);
  try {
    const rest = files.slice(preparation.done.length);
    let done = preparation.done.length;
    const work = (file: PictureFile) => pictureOf(folder, file, decoder.decode);
    for await (const { picture, ...entry } of inOrder(rest, 2 * picturesAtOnce(), work)) {
      throwIfAborted(signal);
      if (entry.skipped !== undefined && !skipDamaged) {
        throw new DataError(
          `prepare: ${join(folder, entry.path)}: ${entry.skipped}; remove it, or leave out such pictures with data prepare --skip-damaged`,
        );
      }
      if (entry.skipped !== undefined) note?.(oneLine(`left out ${join(folder, entry.path)}: ${entry.skipped}`));
      preparation.add(entry, picture?.pixels);
      for (const remark of picture?.remarks ?? []) remarks.add(remark, entry.path);
      onProgress?.(++done, files.length);
    }
    preparation.flush();
  } catch (error) {
    try {
      preparation.flush();
    } catch {
      // The failure that led here is the one to report.
    }
    preparation.discard("empty");
    throw error;
  }
  remarks.tell(note);
  const kept = preparation.done.filter(({ skipped }) => skipped === undefined);
  const skipped = preparation.done.filter((entry) => entry.skipped !== undefined);
  if (kept.length === 0) {
    preparation.discard("all");
    throw new DataError(`prepare: ${folder}: expected a whole picture, got ${skipped.length} damaged ones; add others`);
  }
  const whole = preparation.finishPixels(shape);
  if (await isOneColour(openNpyImages(join(out, IMAGES_FILE)), signal)) {
    preparation.discard("all");
    throw new DataError(`prepare: ${folder}: expected pictures that differ, got one colour everywhere; add others`);
  }
  const images = { ...(await setFileOf(out, IMAGES_FILE, signal)), shape: whole };
  const classes = options.labels ? [...new Set(kept.map(classOf))].sort((a, b) => (a < b ? -1 : 1)) : [];
  if (options.labels) {
    const numbers = new Map(classes.map((name, label) => [name, label]));
    writeLabels(
      out,
      Int32Array.from(kept, (entry) => numbers.get(classOf(entry)) as number),
    );
  }
  const heldOut = heldOutOf(kept.length, seed);
  writePreparedSet(out, {
    source: header.source,
    recipe,
    versions: by,
    images,
    ...(options.labels ? { labels: { ...(await setFileOf(out, LABELS_FILE, signal)), classes } } : {}),
    split: { seed, heldOut },
    skipped: skipped.map(({ path, skipped: reason = "" }) => [path, reason] as const),
    sources: kept.map(({ path, size: bytes, sha256 }) => [path, bytes, sha256] as const),
  });
  preparation.end();
  return { shape: whole, classes, heldOut: heldOut.length, skipped: skipped.length };
}

interface Made extends Done {
  readonly picture?: Awaited<ReturnType<PictureDecoder>>;
}

/** Reads and decodes one file. What is wrong with it is its reason to be skipped. */
async function pictureOf(folder: string, file: PictureFile, decode: PictureDecoder): Promise<Made> {
  const { path, size, modified } = file;
  const entry = { path, size, modified, sha256: "" };
  if (file.refused !== undefined) return { ...entry, skipped: file.refused };
  try {
    if (size > MOST_BYTES) return { ...entry, skipped: `expected at most ${MOST_BYTES} bytes, got ${size}` };
    const bytes = await readFile(join(folder, path));
    if (bytes.length !== size) return { ...entry, skipped: "it changed while it was read" };
    const picture = await decode(bytes);
    return { ...entry, sha256: createHash("sha256").update(bytes).digest("hex"), picture };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (error instanceof DataError) return { ...entry, skipped: message };
    if (code !== undefined) return { ...entry, skipped: `it cannot be read: ${message}` };
    throw error;
  }
}

const classOf = ({ path }: Pick<PictureFile, "path">): string => path.slice(0, path.indexOf("/"));

function requireClasses(folder: string, files: readonly PictureFile[]): void {
  const loose = files.find(({ path }) => !path.includes("/"));
  if (loose === undefined) return;
  throw new DataError(
    `prepare: ${folder}: expected every picture in a folder that names its class, got ${loose.path}; ` +
      "put it into one, or leave out --labels",
  );
}

/** A tenth of the numbers below `count`, or one of fewer than ten, in rising order. */
function heldOutOf(count: number, seed: number): readonly number[] {
  if (count === 1) return [];
  const held = Math.max(1, Math.floor(count / HELD_OUT_SHARE));
  const order = hostRandom(seed, STREAMS.host.heldOut).permutation(count);
  return Array.from(order.subarray(0, held)).sort((a, b) => a - b);
}

/** Counts what the user should know of pictures, and says it in one line of a kind. */
class Remarks {
  readonly #found = new Map<Remark, { readonly first: string; count: number }>();
  readonly #recipe: PictureRecipe;

  constructor(recipe: PictureRecipe) {
    this.#recipe = recipe;
  }

  add(remark: Remark, path: string): void {
    const known = this.#found.get(remark);
    if (known === undefined) this.#found.set(remark, { first: path, count: 1 });
    else known.count++;
  }

  tell(note: PrepareOptions["note"]): void {
    const { height, width, crop } = this.#recipe;
    const said = {
      animated: "of several frames: the first of each was used",
      enlarged: `${crop === undefined ? "smaller" : "cut smaller"} than ${height} × ${width}: they were enlarged`,
    };
    for (const [remark, { first, count }] of this.#found) {
      note?.(oneLine(`${count} ${count === 1 ? "picture" : "pictures"} ${said[remark]}, first ${first}`));
    }
  }
}
