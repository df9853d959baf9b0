import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "./error.ts";
import { gunzip, peekGzip } from "./gzip.ts";
import { idxByteLength, readIdx } from "./idx.ts";
import type { Images } from "./images.ts";
import { readBytes } from "./readBytes.ts";

/** Which part of MNIST: 60,000 images to learn from, or 10,000 held back. */
export type MnistSplit = "train" | "test";

/** A data file by name, and the SHA-256 of its unpacked bytes in hexadecimal. */
export interface DataFile {
  readonly name: string;
  readonly sha256: string;
}

/** The four files of MNIST, unpacked, with their canonical sums. */
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

/** A set in the format of MNIST may be larger than MNIST, not larger than this. */
const maxBytes = 2 ** 30;

/**
 * Loads one split from a folder that holds the idx files of MNIST, or of a set that keeps its names and format, each
 * plain or as `NAME.gz` (the plain file wins).
 *
 * @returns `pixels` [count, 28, 28, 1] for MNIST itself, and `labels` [count] from 0 to 9.
 * @throws DataError if a file is missing or damaged, a label is above 9, or images and labels differ in number.
 */
export function loadMnist(folder: string, split: MnistSplit): Images {
  const prefix = split === "train" ? "train" : "t10k";
  const images = readSet(folder, `${prefix}-images-idx3-ubyte`, 3);
  const labels = readSet(folder, `${prefix}-labels-idx1-ubyte`, 1);
  const [count, height, width] = images.shape as readonly [number, number, number];
  if (labels.data.length !== count) {
    throw new DataError(`mnist: ${folder}: expected as many labels as images, got ${labels.data.length} and ${count}`);
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new DataError(`mnist: ${folder}: expected labels from 0 to 9, got ${labels.data[wrong]} at index ${wrong}`);
  }
  return { count, height, width, channels: 1, pixels: images.data, labels: labels.data };
}

/**
 * The unpacked bytes of the file `name` in `folder`, which may lie there as `name.gz`.
 *
 * @throws DataError if neither is there, or the packed one is damaged.
 */
export function readMnistFile(folder: string, name: string): Uint8Array {
  const path = join(folder, name);
  if (existsSync(path)) return readBytes(path);
  const packed = `${path}.gz`;
  if (!existsSync(packed)) {
    throw new DataError(`mnist: expected ${name} or ${name}.gz in ${folder}, got neither; ${fetchAdvice(folder)}`);
  }
  const bytes = readBytes(packed);
  const exactBytes = idxByteLength(peekGzip(bytes, packed, 8 + (name.includes("idx3") ? 8 : 0)), packed);
  return gunzip(bytes, packed, { maxBytes, exactBytes });
}

/** What to do about files that are missing from `folder`, or wrong. */
export function fetchAdvice(folder: string): string {
  return `run \`node dist/data.js fetch mnist --dir ${folder}\``;
}

function readSet(folder: string, name: string, rank: number): ReturnType<typeof readIdx> {
  const set = readIdx(readMnistFile(folder, name), join(folder, name));
  if (set.shape.length !== rank) {
    throw new DataError(`mnist: ${join(folder, name)}: expected ${rank} sizes, got [${set.shape.join(", ")}]`);
  }
  return set;
}
