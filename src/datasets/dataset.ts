import { statSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../adapter/pause.ts";
import { DataError } from "../formats/error.ts";
import type { Signal } from "../kernels/signal.ts";
import { type Images, isOneColour, range, selectImages } from "./images.ts";
import { checkNpyValues, openNpyImages } from "./npyImages.ts";
import { loadPngFolder } from "./pngFolder.ts";
import { isPreparing } from "./preparation.ts";
import { isPrepared, openPrepared } from "./preparedSet.ts";
import { CacheBudget } from "./recordFiles.ts";
import { datasetSourceOf } from "./sources.ts";

/**
 * Training images, and test images of the same kind that the training never sees. Both have labels
 * where the set has classes.
 */
export interface Dataset {
  readonly train: Images;
  readonly heldOut: Images;
}

/**
 * The train and test splits of a set that can be fetched, which lies in `root`/NAME. Any other name
 * is a folder that `prepareFolder` wrote, which has a split of its own; a file FILE.npy (see
 * `openNpyImages`); or a folder of PNG files of one size: of these every tenth image is held out
 * (the last one of fewer than ten). Pictures are read from the files when they are asked for, and
 * up to 128 MiB of them kept in memory; packed files and PNG files are held whole. `note`
 * takes what the user has to know about how a folder was read. DataError when files are missing or
 * wrong; an aborted signal's reason.
 */
export async function loadDataset(
  name: string,
  root: string,
  signal?: Signal,
  note?: (text: string) => void,
): Promise<Dataset> {
  const set = datasetSourceOf(name);
  if (set !== undefined) {
    const folder = join(root, name);
    const budget = new CacheBudget();
    const train = set.load(folder, "train", budget);
    await pause(signal);
    const heldOut = set.load(folder, "test", budget);
    await pause(signal);
    return { train, heldOut };
  }
  if (isPrepared(name)) {
    const { all, heldOut } = await openPrepared(name, { signal, note });
    return split({ ...all, sorted: true }, heldOut);
  }
  if (isPreparing(name)) {
    throw new DataError(
      `${name}: expected a finished set, got one that is being prepared; go on with the same data prepare`,
    );
  }
  const all = await loadPictures(name, { signal, note });
  if (await isOneColour(all, signal)) {
    throw new DataError(`${name}: expected pictures that differ, got one colour everywhere; add others`);
  }
  const isHeld = (n: number): boolean => (all.count < 10 ? n === all.count - 1 : n % 10 === 9);
  return split({ ...all, sorted: true }, range(all.count).filter(isHeld));
}

/** All pictures of a file FILE.npy or a folder of PNG files; see `loadDataset`. */
export async function loadPictures(
  name: string,
  { signal, note }: { readonly signal?: Signal | undefined; readonly note?: ((text: string) => void) | undefined },
): Promise<Images> {
  if (!isNpy(name)) return loadPngFolder(name, { signal, note });
  const all = openNpyImages(name);
  await checkNpyValues(all, signal);
  return all;
}

/** Whether `name` is that of a .npy file, and not of a folder. */
export const isNpy = (name: string): boolean =>
  /\.npy$/i.test(name) && statSync(name, { throwIfNoEntry: false })?.isDirectory() !== true;

/** The pictures in two parts; a single one is in both. */
function split(all: Images, heldOut: ArrayLike<number>): Dataset {
  if (all.count === 1) return { train: all, heldOut: all };
  const held = new Set(Array.from(heldOut));
  const rest = range(all.count).filter((n) => !held.has(n));
  return { train: selectImages(all, rest), heldOut: selectImages(all, heldOut) };
}

/**
 * Indices of up to `count` images to show. Where there are labels and enough images of each, they
 * are the first images of every label, equally many, label after label; otherwise the first images.
 */
export function firstOfEachClass(
  { labels, count: all }: Images,
  count: number,
): { readonly chosen: readonly number[]; readonly byClass: boolean } {
  const first = Array.from({ length: Math.min(count, all) }, (_, i) => i);
  if (labels === undefined) return { chosen: first, byClass: false };
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  const each = Math.floor(count / classes.length);
  const members = classes.map((label) => {
    const found: number[] = [];
    for (let i = 0; i < all && found.length < each; i++) if (labels[i] === label) found.push(i);
    return found;
  });
  // A row of the square picture is one class only where all rows are full.
  const square = each * each === count && classes.length === each && members.every(({ length }) => length === each);
  return square ? { chosen: members.flat(), byClass: true } : { chosen: first, byClass: false };
}
