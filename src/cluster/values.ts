// Values as bytes, so that they can travel: numbers, texts, truth values, undefined, typed arrays,
// and arrays and records of them. Every bit comes back, of NaN and -0 as well. Little-endian.
import { DataError } from "../formats/error.ts";
import { decodeStrictUtf8, encodeUtf8 } from "../formats/utf8.ts";
import { joined } from "./parts.ts";

/** What can travel. */
export type Value =
  | undefined
  | boolean
  | number
  | string
  | Uint8Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | readonly Value[]
  | { readonly [name: string]: Value };

/** The first byte of each value. */
const TAG = {
  nothing: 0,
  no: 1,
  yes: 2,
  number: 3,
  text: 4,
  array: 5,
  record: 6,
  bytes: 7,
  words: 8,
  floats: 9,
  doubles: 10,
  /** Float64Array of whole numbers that fit in so many bits. */
  counts8: 11,
  counts16: 12,
  counts32: 13,
  /** Float64Array of which few numbers are not 0: length, indices, and these numbers. */
  sparse: 14,
} as const;

type Typed = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;
const ARRAYS = {
  [TAG.bytes]: Uint8Array,
  [TAG.words]: Uint32Array,
  [TAG.floats]: Float32Array,
  [TAG.doubles]: Float64Array,
  [TAG.counts8]: Uint8Array,
  [TAG.counts16]: Uint16Array,
  [TAG.counts32]: Uint32Array,
} as const;

/** Greatest depth of arrays and records in each other. */
const MOST_DEEP = 16;

/**
 * The bytes of a value. A Float64Array takes as few as hold it: whole numbers one, two or four
 * bytes each, and where most are 0 only the others travel. RangeError for what cannot travel.
 */
export function encodeValue(value: Value): Uint8Array<ArrayBuffer> {
  return joined(encodeParts(value)) as Uint8Array<ArrayBuffer>; // no array is a part alone
}

/** The same bytes in parts, of which typed arrays' are their own memory. */
export function encodeParts(value: Value): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  write(parts, value, 0);
  return parts;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Typed): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A tag and a length. */
function head(tag: number, length: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = tag;
  new DataView(bytes.buffer).setUint32(1, length, true);
  return bytes;
}

function write(parts: Uint8Array[], value: Value, depth: number): void {
  if (depth > MOST_DEEP) throw new RangeError(`cluster: expected values at most ${MOST_DEEP} deep`);
  const typed = (tag: number, array: Typed): void => void parts.push(head(tag, array.length), bytesOf(array));
  if (value === undefined) parts.push(Uint8Array.of(TAG.nothing));
  else if (typeof value === "boolean") parts.push(Uint8Array.of(value ? TAG.yes : TAG.no));
  else if (typeof value === "number") parts.push(Uint8Array.of(TAG.number), bytesOf(Float64Array.of(value)));
  else if (typeof value === "string") typed(TAG.text, encodeUtf8(value));
  else if (value instanceof Uint8Array) typed(TAG.bytes, value);
  else if (value instanceof Uint32Array) typed(TAG.words, value);
  else if (value instanceof Float32Array) typed(TAG.floats, value);
  else if (value instanceof Float64Array) writeDoubles(parts, value);
  else if (Array.isArray(value)) {
    parts.push(head(TAG.array, value.length));
    for (const each of value) write(parts, each, depth + 1);
  } else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    const entries = Object.entries(value as { readonly [name: string]: Value });
    parts.push(head(TAG.record, entries.length));
    for (const [name, each] of entries) {
      typed(TAG.text, encodeUtf8(name));
      write(parts, each, depth + 1);
    }
  } else throw new RangeError(`cluster: expected a value that can travel, got ${typeof value}`);
}

/** Whether it is 0, and not -0. */
const isZero = (v: number): boolean => v === 0 && 1 / v > 0;

function writeDoubles(parts: Uint8Array[], all: Float64Array): void {
  let others = 0;
  for (let i = 0; i < all.length; i++) if (!isZero(all[i] as number)) others++;
  const narrow = (values: Float64Array): void => {
    const tag = narrowest(values);
    parts.push(head(tag, values.length), bytesOf(tag === TAG.doubles ? values : ARRAYS[tag].from(values)));
  };
  // An index takes four bytes, and a number at least one.
  if (5 * others >= all.length) {
    narrow(all);
    return;
  }
  const [index, values] = [new Uint32Array(others), new Float64Array(others)];
  let next = 0;
  for (let i = 0; i < all.length; i++) {
    if (isZero(all[i] as number)) continue;
    index[next] = i;
    values[next++] = all[i] as number;
  }
  parts.push(head(TAG.sparse, all.length), head(TAG.words, others).subarray(1), bytesOf(index));
  narrow(values);
}

/** The narrowest numbers that hold all of the given ones bit for bit. */
function narrowest(values: Float64Array): 10 | 11 | 12 | 13 {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (!(v >= 0 && v <= 0xffffffff && Math.floor(v) === v) || (v === 0 && !isZero(v))) return TAG.doubles;
    if (v > most) most = v;
  }
  return most < 256 ? TAG.counts8 : most < 65536 ? TAG.counts16 : TAG.counts32;
}

/**
 * The value in bytes. Memory is taken for what is there, never for what a length claims; zeros of
 * sparse arrays, which are not there, may be `mostZeros` in all. DataError for anything that
 * `encodeValue` would not have written.
 */
export function decodeValue(bytes: Uint8Array, mostZeros: number): Value {
  return new Reader(bytes, mostZeros).whole((reader) => reader.value(0));
}

/** A Float64Array as it travels: all numbers, or those that are not 0 with their indices. */
export interface Numbers {
  readonly length: number;
  readonly index: Uint32Array | undefined;
  readonly values: Uint8Array | Uint16Array | Uint32Array | Float64Array<ArrayBuffer>;
}

/** Reads a Float64Array without its zeros, so that only what travelled takes memory. */
export const decodeNumbers = (bytes: Uint8Array): Numbers => new Reader(bytes, 0).whole((reader) => reader.numbers());

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #zeros: number;
  #at = 0;

  constructor(bytes: Uint8Array, mostZeros: number) {
    // Not a Buffer of Node, whose `slice` copies nothing.
    this.#bytes = bytesOf(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#zeros = mostZeros;
  }

  value(depth: number): Value {
    if (depth > MOST_DEEP) throw this.#wrong(`values at most ${MOST_DEEP} deep`);
    const tag = this.#take(1);
    switch (this.#bytes[tag]) {
      case TAG.nothing:
        return undefined;
      case TAG.no:
        return false;
      case TAG.yes:
        return true;
      case TAG.number:
        return this.#view.getFloat64(this.#take(8), true);
      case TAG.text:
        return this.#text();
      case TAG.array:
        return this.#times(() => this.value(depth + 1));
      case TAG.record:
        return this.#record(depth);
      case TAG.bytes:
        return this.#typed(TAG.bytes);
      case TAG.words:
        return this.#typed(TAG.words);
      case TAG.floats:
        return this.#typed(TAG.floats);
      default:
        this.#at = tag;
        return this.#doubles();
    }
  }

  /** What `read` reads, which has to be all. */
  whole<T>(read: (reader: this) => T): T {
    const value = read(this);
    if (this.#at !== this.#bytes.length) throw this.#wrong("no bytes behind the value");
    return value;
  }

  /** The place of the next bytes, which are read. */
  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw this.#wrong(`${count} bytes`);
    this.#at += count;
    return at;
  }

  #length(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Each element takes a byte at least, so that a false length fails before it costs anything. */
  #times<T>(read: () => T): T[] {
    const count = this.#length();
    if (count > this.#bytes.length - this.#at) throw this.#wrong(`${count} elements`);
    const all: T[] = [];
    while (all.length < count) all.push(read());
    return all;
  }

  #text(): string {
    const length = this.#length();
    const at = this.#take(length);
    try {
      return decodeStrictUtf8(this.#bytes.subarray(at, at + length), true);
    } catch {
      throw this.#wrong("UTF-8");
    }
  }

  #record(depth: number): { readonly [name: string]: Value } {
    const entries = this.#times((): readonly [string, Value] => {
      if (this.#bytes[this.#take(1)] !== TAG.text) throw this.#wrong("a name");
      return [this.#text(), this.value(depth + 1)];
    });
    const record = Object.fromEntries(entries);
    if (Object.keys(record).length !== entries.length) throw this.#wrong("names that differ");
    return record;
  }

  #typed<T extends keyof typeof ARRAYS>(tag: T, length: number = this.#length()): InstanceType<(typeof ARRAYS)[T]> {
    const size = length * ARRAYS[tag].BYTES_PER_ELEMENT;
    const at = this.#take(size);
    // A copy, since numbers have to be aligned and the message's memory is not ours.
    return new ARRAYS[tag](this.#bytes.slice(at, at + size).buffer as ArrayBuffer) as InstanceType<(typeof ARRAYS)[T]>;
  }

  numbers(): Numbers {
    if (this.#bytes[this.#at] !== TAG.sparse) {
      const values = this.#narrow();
      return { length: values.length, index: undefined, values };
    }
    this.#take(1);
    const length = this.#length();
    const index = this.#typed(TAG.words, this.#length());
    const values = this.#narrow();
    if (values.length !== index.length) throw this.#wrong("as many numbers as indices");
    for (let n = 0; n < index.length; n++) {
      const least = n === 0 ? 0 : (index[n - 1] as number) + 1;
      if (!((index[n] as number) >= least && (index[n] as number) < length)) throw this.#wrong("ascending indices");
    }
    return { length, index, values };
  }

  #narrow(): Numbers["values"] {
    const tag = this.#bytes[this.#take(1)];
    if (tag === TAG.doubles || tag === TAG.counts8 || tag === TAG.counts16 || tag === TAG.counts32) {
      return this.#typed(tag);
    }
    throw this.#wrong(`a value, not tag ${tag}`);
  }

  #doubles(): Float64Array<ArrayBuffer> {
    const { length, index, values } = this.numbers();
    if (index === undefined) return values instanceof Float64Array ? values : new Float64Array(values);
    this.#zeros -= length;
    if (this.#zeros < 0) throw this.#wrong("fewer zeros");
    const all = new Float64Array(length);
    for (let n = 0; n < index.length; n++) all[index[n] as number] = values[n] as number;
    return all;
  }

  #wrong(expected: string): DataError {
    return new DataError(`cluster: expected ${expected} at byte ${this.#at} of a message`);
  }
}
