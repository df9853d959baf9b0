import { powerOfTwo } from "../math/float64.ts";
import { DataError, quoted } from "./error.ts";

/** The values of a .npy file. */
export type NpyValues =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>;

/** A type of values: its width in bytes, and the values in a buffer, which may be overwritten. */
export interface NpyType {
  readonly width: number;
  readonly values: (buffer: ArrayBuffer, name: string) => NpyValues;
}

/** The types whose values float64 holds; an i8 or a u8 only in part. */
const TYPES: ReadonlyMap<string, NpyType> = new Map<string, NpyType>([
  ["f2", { width: 2, values: (buffer) => Float32Array.from(new Uint16Array(buffer), half) }],
  ["f4", { width: 4, values: (buffer) => new Float32Array(buffer) }],
  ["f8", { width: 8, values: (buffer) => new Float64Array(buffer) }],
  ["i1", { width: 1, values: (buffer) => new Int8Array(buffer) }],
  ["i2", { width: 2, values: (buffer) => new Int16Array(buffer) }],
  ["i4", { width: 4, values: (buffer) => new Int32Array(buffer) }],
  ["i8", { width: 8, values: (buffer, name) => wholeNumbers(new BigInt64Array(buffer), name) }],
  ["u1", { width: 1, values: (buffer) => new Uint8Array(buffer) }],
  ["u2", { width: 2, values: (buffer) => new Uint16Array(buffer) }],
  ["u4", { width: 4, values: (buffer) => new Uint32Array(buffer) }],
  ["u8", { width: 8, values: (buffer, name) => wholeNumbers(new BigUint64Array(buffer), name) }],
  ["b1", { width: 1, values: (buffer) => new Uint8Array(buffer).map((byte) => (byte === 0 ? 0 : 1)) }],
]);

/** What other types are, by the letter of their kind, and what to do about it. */
const OTHERS: Readonly<Record<string, string>> = {
  O: "an array of Python objects, which only Python can read; save a.astype(float)",
  U: "text; save a.astype(float)",
  S: "text; save a.astype(float)",
  c: "complex numbers; save numpy.stack([a.real, a.imag], -1)",
  M: "dates; save a.astype(float)",
  m: "spans of time; save a.astype(float)",
  V: "raw bytes; save them as numbers",
  f: "floats of another width; save a.astype(float)",
};

/**
 * The type that a header's `descr` names.
 *
 * @param name what the error calls the file.
 * @throws DataError for a type that is not read, naming what it is.
 */
export function npyType(descr: string, name: string): NpyType {
  const [, order, kind = ""] = /^([<>|=])([A-Za-z]\d*)/.exec(descr) ?? [];
  const type = order !== undefined && kind.length === descr.length - 1 ? TYPES.get(kind) : undefined;
  if (type !== undefined) return type;
  const what = OTHERS[kind.charAt(0)];
  throw new DataError(
    `npy: ${name}: expected values ${[...TYPES.keys()].join(" ")}, got ${quoted(descr)}${what === undefined ? "" : `, ${what}`}`,
  );
}

/** Turns every `width` bytes around, in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start < bytes.length; start += width) {
    for (let a = start, b = start + width - 1; a < b; a++, b--) {
      const byte = bytes[a] as number;
      bytes[a] = bytes[b] as number;
      bytes[b] = byte;
    }
  }
}

/** The number of 16 bits of IEEE 754: sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * powerOfTwo(-24) : sign * (1024 + fraction) * powerOfTwo(exponent - 25);
}

/** Integers of 64 bits as float64, converted in place, since both take eight bytes per value. */
function wholeNumbers(
  data: BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>,
  name: string,
): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(data.buffer);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as bigint;
    const number = Number(value);
    if (!Number.isSafeInteger(number)) {
      throw new DataError(`npy: ${name}: expected whole numbers within ±(2^53 - 1), got ${value} at index ${i}`);
    }
    numbers[i] = number;
  }
  return numbers;
}
