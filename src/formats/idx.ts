import { DataError } from "./error.ts";

/** An array of unsigned bytes as an idx file holds it. */
export interface Idx {
  /** [count] for labels, [count, height, width] for images. */
  readonly shape: readonly number[];
  /** The values in C order, sharing the memory of the file. */
  readonly data: Uint8Array;
}

/**
 * Reads an idx1 or idx3 file of unsigned bytes: the magic number 0x0000080r for rank r, r sizes as
 * u32, then the values; all big endian (LeCun, Cortes and Burges, "The MNIST database of
 * handwritten digits", file formats). Allocates nothing.
 *
 * @param name what the errors call the file.
 * @throws DataError if the magic number is a different one, a size is zero, or the file is not
 * exactly as long as its sizes say.
 */
export function readIdx(bytes: Uint8Array, name: string): Idx {
  const shape = idxShape(bytes, bytes.length, name);
  return { shape, data: bytes.subarray(headerBytes(shape.length)) };
}

/**
 * The sizes in the idx file that begins with `start`, of which the first 16 bytes are enough, and
 * has `length` bytes in all. The values are the last ones of these bytes.
 *
 * @throws DataError as `readIdx` does.
 */
export function idxShape(start: Uint8Array, length: number, name: string): readonly number[] {
  const shape = shapeIn(start, name);
  const expected = idxByteLength(start, name);
  if (length === expected) return shape;
  throw new DataError(
    `idx: ${name}: expected ${expected} bytes for [${shape.join(", ")}], got ${length}; the file is ${length < expected ? "cut short" : "too long"}, fetch it again`,
  );
}

/**
 * The length in bytes of the idx file that begins with `start`, of which the first 16 bytes are
 * enough.
 *
 * @throws DataError as `readIdx` does for a bad header.
 */
export function idxByteLength(start: Uint8Array, name: string): number {
  const shape = shapeIn(start, name);
  return headerBytes(shape.length) + shape.reduce((product, size) => product * size, 1);
}

function headerBytes(rank: number): number {
  return 4 + 4 * rank;
}

function shapeIn(bytes: Uint8Array, name: string): number[] {
  if (bytes.length < 4) throw new DataError(`idx: ${name}: expected at least 8 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic !== 0x801 && magic !== 0x803) {
    const got = magic.toString(16).padStart(8, "0");
    throw new DataError(
      `idx: ${name}: expected magic 0x00000801 (labels) or 0x00000803 (images), got 0x${got}; this is no idx file of bytes`,
    );
  }
  const rank = magic & 0xff;
  if (bytes.length < headerBytes(rank)) {
    throw new DataError(`idx: ${name}: expected a header of ${headerBytes(rank)} bytes, got ${bytes.length}`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (shape.includes(0)) throw new DataError(`idx: ${name}: expected sizes above zero, got [${shape.join(", ")}]`);
  return shape;
}
