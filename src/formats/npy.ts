import { DataError } from "./error.ts";
import { MAGIC, readNpyHeader } from "./npyHeader.ts";
import { type NpyValues, npyType, swapBytes } from "./npyValues.ts";
import { encodeUtf8 } from "./utf8.ts";

/** An array to be written as a .npy file: `dtype` must be that of `data`. */
export type NpyInput = { readonly shape: readonly number[] } & (
  | { readonly dtype: "<f4"; readonly data: Float32Array }
  | { readonly dtype: "<f8"; readonly data: Float64Array }
  | { readonly dtype: "|u1"; readonly data: Uint8Array }
  | { readonly dtype: "<i4"; readonly data: Int32Array }
);

/** An array as a .npy file holds it. */
export interface NpyArray {
  readonly shape: readonly number[];
  /**
   * The values in C order. They keep their type, except that f2 becomes float32, and i8 and u8
   * become whole numbers in float64; of b1, false is 0 and true is 1.
   */
  readonly data: NpyValues;
}

/**
 * The bytes of a .npy file of version 1.0 (NumPy Enhancement Proposal 1) in C order: the same as
 * NumPy 2's `np.save`.
 *
 * @throws RangeError if `shape` and the length of `data` differ.
 */
export function encodeNpy({ shape, dtype, data }: NpyInput): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length || !shape.every(isSize)) {
    throw new RangeError(`npy: expected \`shape\` of ${data.length} values, got [${shape.join(", ")}] for ${count}`);
  }
  const header = npyHeader(shape, dtype);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return bytes;
}

/** Length of `npyHeader` for a shape of up to 60 characters. */
export const NPY_HEADER_BYTES = 128;

/** What stands before the values of a .npy file of version 1.0 in C order. */
export function npyHeader(shape: readonly number[], dtype: NpyInput["dtype"]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Ten bytes of preamble, the header, spaces and a line end come to a multiple of 64.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set([...MAGIC, 1, 0, (length - 10) & 0xff, (length - 10) >> 8]);
  bytes.set(encodeUtf8(header), 10);
  bytes[length - 1] = 0x0a;
  return bytes;
}

/**
 * Reads a .npy file of version 1 to 3 with values f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8 or b1, little
 * or big endian, in C or Fortran order. Allocates as much as the values take, and as much again in
 * Fortran order and for f2.
 *
 * @param name what the errors call the file.
 * @throws DataError if the file is truncated, too long, of another type, has a header that NumPy
 *   would not write or more than 64 axes, or holds an i8 or u8 beyond ±(2⁵³ − 1).
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const { descr, fortran, shape, start } = readNpyHeader(bytes, name);
  const { width, values } = npyType(descr, name);
  const expected = shape.reduce((product, size) => product * size, width);
  if (expected !== bytes.length - start) {
    const got = `${bytes.length - start} bytes after the header`;
    throw new DataError(`npy: ${name}: expected ${expected} bytes for [${shape.join(", ")}] of ${descr}, got ${got}`);
  }
  const own = new Uint8Array(bytes.subarray(start));
  if (descr.startsWith(">")) swapBytes(own, width);
  const data = values(own.buffer, name);
  return { shape, data: fortran ? inCOrder(data, shape) : data };
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

/** Values in Fortran order, put into C order. */
function inCOrder(values: NpyValues, shape: readonly number[]): NpyValues {
  // With one axis longer than 1, both orders are the same.
  if (shape.filter((size) => size !== 1).length < 2) return values;
  const ordered = values.slice();
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  for (let to = 0, from = 0; to < ordered.length; to++) {
    ordered[to] = values[from] as number;
    // The next index in C order: the last axis runs fastest.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] as number;
      (index[axis] as number) += 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      from -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return ordered;
}
