// Pictures of any format and size become a set that trainings read: by `data prepare`, or by
// `train` itself.
import { basename, join, resolve } from "node:path";
import { MOST_PIXELS, type PictureRecipe } from "../codecs/decodePicture.ts";
import { isNpy } from "../datasets/dataset.ts";
import { type PictureFile, pictureFiles } from "../datasets/pictureFiles.ts";
import { equalPngSize } from "../datasets/pngFolder.ts";
import { isPreparing } from "../datasets/preparation.ts";
import { type Prepared, prepareFolder } from "../datasets/prepare.ts";
import { isPrepared } from "../datasets/preparedSet.ts";
import { datasetSourceOf } from "../datasets/sources.ts";
import { isThere } from "../files/ownFile.ts";
import { sha256 } from "../files/sha256.ts";
import type { Signal } from "../kernels/signal.ts";
import { powerOfTwo } from "../math/float64.ts";
import { lockRun } from "../run/lock.ts";
import type { Progress } from "../run/progress.ts";
import { Interrupted } from "./command.ts";
import { inNewFolder } from "./out.ts";

/** Greatest size in red, green and blue bytes of a folder of PNG files that is held in memory. */
const HELD_BYTES = powerOfTwo(29);

/** Side of the pictures that `train` prepares by itself. */
export const DEFAULT_SIZE = 64;

/** What is wanted of a preparation, see `PrepareOptions`. */
export interface Wanted {
  readonly recipe: Pick<PictureRecipe, "height" | "width"> & Partial<PictureRecipe>;
  readonly labels?: boolean | undefined;
  readonly skipDamaged?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly files?: readonly PictureFile[];
}

export interface Telling {
  readonly say: Progress;
  readonly signal: Signal | undefined;
}

/**
 * Prepares `folder` into `out`, a new or empty folder or one in which the same work was begun, and
 * shows how far it is. No two processes work in one folder.
 */
export async function prepareInto(
  folder: string,
  out: string,
  { recipe, labels = false, skipDamaged = false, seed = 1, files }: Wanted,
  { say, signal }: Telling,
): Promise<Prepared> {
  const work = async (): Promise<Prepared> => {
    const release = await lockRun(out, { tell: say.end, signal });
    try {
      return await prepareFolder(folder, out, {
        recipe: { fit: false, grey: false, mostPixels: MOST_PIXELS, ...recipe },
        labels,
        skipDamaged,
        seed,
        signal,
        ...(files === undefined ? {} : { files }),
        note: say.end,
        onProgress: (done, total) => say.update(done, total, `pictures of ${basename(resolve(folder))}`),
      });
    } finally {
      await release();
    }
  };
  try {
    return await (isPreparing(out) ? work() : inNewFolder(out, work));
  } catch (error) {
    if (error instanceof Interrupted && isPreparing(out)) say.end(`the same command goes on with ${out}`);
    throw error;
  }
}

/**
 * What `--data` names where it can be trained on as it is; else the set that was prepared of that
 * folder in `root`/prepared, now or before. The name of a prepared set ends in a digest of the
 * pictures' paths, sizes and times, so that a folder that changed is prepared again.
 *
 * @param most for tests only.
 */
export async function trainable(
  name: string,
  root: string,
  telling: Telling,
  most: number = HELD_BYTES,
): Promise<string> {
  const { say, signal } = telling;
  if (datasetSourceOf(name) !== undefined || !isThere(name) || isNpy(name)) return name;
  if (isPrepared(name) || isPreparing(name)) return name;
  const notes: string[] = [];
  const files = await pictureFiles(name, { signal, note: (text) => notes.push(text) });
  const png = equalPngSize(name, files);
  if (png !== undefined && files.length * png.height * png.width * 3 <= most) return name;
  const { height, width } = png ?? { height: DEFAULT_SIZE, width: DEFAULT_SIZE };
  const of = sha256(JSON.stringify([resolve(name), height, width, files])).slice(0, 8);
  const out = join(root, "prepared", `${basename(resolve(name))}-${height}x${width}-${of}`);
  if (isPrepared(out)) {
    say.end(`${name} was prepared before: ${out}`);
    return out;
  }
  const why = png === undefined ? "no folder of PNG files of one size" : "too large to be held in memory";
  say.end(`${name} is ${why}: preparing ${files.length} pictures of ${height} × ${width} in ${out}`);
  for (const note of notes) say.end(note);
  await prepareInto(name, out, { recipe: { height, width }, files }, telling);
  say.end(`prepared: train --data ${out} does the same`);
  return out;
}
