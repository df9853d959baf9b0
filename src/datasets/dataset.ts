import { join } from "node:path";
import { pause } from "../adapter/pause.ts";
import type { Signal } from "../kernels/signal.ts";
import type { Images } from "./images.ts";
import { loadPngFolder } from "./pngFolder.ts";
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
 * is a folder of PNG files: every tenth image is held out (the last one of fewer than ten); `note`
 * takes what the user has to know about how it was read. DataError when files are missing or wrong;
 * an aborted signal's reason.
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
    const train = set.load(folder, "train");
    await pause(signal);
    const heldOut = set.load(folder, "test");
    await pause(signal);
    return { train, heldOut };
  }
  const all = await loadPngFolder(name, { signal, note });
  const held = (i: number): boolean => (all.count < 10 ? i === all.count - 1 && all.count > 1 : i % 10 === 9);
  const indices = Array.from({ length: all.count }, (_, i) => i);
  const pick = (keep: (i: number) => boolean): Images => selectImages(all, indices.filter(keep));
  return { train: pick((i) => !held(i)), heldOut: all.count === 1 ? all : pick(held) };
}

/** A copy of the images with the given numbers, and of their labels. */
export function selectImages(images: Images, indices: readonly number[]): Images {
  const size = images.height * images.width * images.channels;
  const pixels = new Uint8Array(indices.length * size);
  indices.forEach((n, i) => {
    pixels.set(images.pixels.subarray(n * size, (n + 1) * size), i * size);
  });
  const { labels } = images;
  const selected = { ...images, count: indices.length, pixels };
  return labels === undefined
    ? selected
    : { ...selected, labels: Uint8Array.from(indices, (n) => labels[n] as number) };
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
