import { existsSync } from "node:fs";
import { join } from "node:path";
import { gunzip, peekGzip } from "../codecs/gzip.ts";
import { readBytes } from "../files/readBytes.ts";
import { DataError } from "../formats/error.ts";
import { idxByteLength } from "../formats/idx.ts";
import { powerOfTwo } from "../math/float64.ts";

/** A data file by name, and the SHA-256 of its unpacked bytes in hexadecimal. */
export interface DataFile {
  readonly name: string;
  readonly sha256: string;
}

/** Which part of a set: the training images or the test images. */
export type Split = "train" | "test";

/** Greatest size of a file; a set may be larger than the canonical one. */
const maxBytes = powerOfTwo(30);

/**
 * The unpacked bytes of the file `name` of `set` in `folder`, which may lie there as `name.gz` (the
 * plain file wins).
 *
 * @throws DataError if neither is there, or the packed one is damaged.
 */
export function readDataFile(set: string, folder: string, name: string): Uint8Array {
  const path = plainDataFile(folder, name);
  if (path !== undefined) return readBytes(path);
  return unpackedDataFile(set, folder, name);
}

/** The path of the file `name` in `folder`, where it is there unpacked, to be read in parts. */
export function plainDataFile(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}

function unpackedDataFile(set: string, folder: string, name: string): Uint8Array {
  const path = join(folder, name);
  const packed = `${path}.gz`;
  if (!existsSync(packed)) {
    throw new DataError(
      `${set}: expected ${name} or ${name}.gz in ${folder}, got neither; ${fetchAdvice(set, folder)}`,
    );
  }
  const bytes = readBytes(packed);
  if (!name.includes("idx")) return gunzip(bytes, packed, { maxBytes });
  const exactBytes = idxByteLength(peekGzip(bytes, packed, 8 + (name.includes("idx3") ? 8 : 0)), packed);
  return gunzip(bytes, packed, { maxBytes, exactBytes });
}

/** Advice for an error about files of `set` that are missing from `folder` or wrong. */
export function fetchAdvice(set: string, folder: string): string {
  return `run \`node dist/data.js fetch ${set} --dir ${folder}\``;
}
