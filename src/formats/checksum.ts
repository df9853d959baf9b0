import { PIECE, type Steps } from "../math/steps.ts";
import { crc32 } from "./crc32.ts";
import { DataError } from "./error.ts";
import type { SafeTensor, SafeTensors } from "./safetensors.ts";
import { encodeUtf8 } from "./utf8.ts";

/** The name in a file's metadata that its checksum has. */
export const CHECKSUM = "crc32";

/**
 * CRC-32 of what a safetensors file holds, as hexadecimal digits: of its metadata but for the
 * checksum itself, then of each tensor's name, shape and bytes, all in the order of their names. So
 * it does not depend on where the file has what.
 */
export function* checksumSteps({ tensors, metadata }: SafeTensors): Steps<string> {
  const texts = [...metadata].filter(([name]) => name !== CHECKSUM).sort();
  let sum = crc32(encodeUtf8(`${texts}`));
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name) as SafeTensor;
    sum = crc32(encodeUtf8(`${name} ${shape}`), sum);
    for (let at = 0; at < data.byteLength; at += PIECE) {
      const size = Math.min(PIECE, data.byteLength - at);
      sum = crc32(new Uint8Array(data.buffer, data.byteOffset + at, size), sum);
      yield;
    }
  }
  return sum.toString(16);
}

/**
 * Compares a file with its checksum, where it has one.
 *
 * @param name what the error calls the file.
 * @throws DataError for a file that was changed.
 */
export function* verifyChecksum(file: SafeTensors, name: string): Steps<void> {
  const written = file.metadata.get(CHECKSUM);
  if (written === undefined) return;
  const sum = yield* checksumSteps(file);
  if (sum !== written) throw new DataError(`${name}: expected the CRC-32 in its metadata, got ${sum}; copy it again`);
}
