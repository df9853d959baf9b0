import type { Images } from "../data/images.ts";
import { loadMnist } from "../data/mnist.ts";
import { loadPngFolder } from "../data/pngFolder.ts";

/** Images to train on, and others of the same kind that the training never sees. */
export interface Dataset {
  readonly train: Images;
  readonly heldOut: Images;
}

/**
 * `mnist`: its train and test splits. Anything else is a folder of PNG files: every tenth image is held out (the last one of
 * fewer than ten). DataError when files are missing or wrong.
 */
export function loadDataset(name: string, mnistFolder: string): Dataset {
  if (name === "mnist") {
    return { train: loadMnist(mnistFolder, "train"), heldOut: loadMnist(mnistFolder, "test") };
  }
  const all = loadPngFolder(name);
  const held = (i: number): boolean => (all.count < 10 ? i === all.count - 1 && all.count > 1 : i % 10 === 9);
  const indices = Array.from({ length: all.count }, (_, i) => i);
  const pick = (keep: (i: number) => boolean): Images => select(all, indices.filter(keep));
  return { train: pick((i) => !held(i)), heldOut: all.count === 1 ? all : pick(held) };
}

function select(images: Images, indices: readonly number[]): Images {
  const size = images.height * images.width * images.channels;
  const pixels = new Uint8Array(indices.length * size);
  indices.forEach((n, i) => {
    pixels.set(images.pixels.subarray(n * size, (n + 1) * size), i * size);
  });
  return { ...images, count: indices.length, pixels };
}
