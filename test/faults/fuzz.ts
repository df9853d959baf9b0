// Structured damage to valid files, and what every reader owes whatever it is given.
import fc from "fast-check";
import { equal, is, match, ok } from "uvu/assert";

export interface Fuzzed<T> {
  readonly read: (bytes: Uint8Array, name: string) => T | Promise<T>;
  /** Throws unless `value` is what the format says that `bytes` mean. */
  readonly means: (value: T, bytes: Uint8Array) => void;
  readonly files: fc.Arbitrary<Uint8Array>;
  readonly seed: number;
  /**
   * Most bytes in array buffers that reading may leave: so many times the file's size, and so many
   * more.
   */
  readonly times: number;
  readonly more?: number;
  readonly runs?: number;
}

const file = "fuzz.file";

/**
 * Level: each of `runs` (200) files is read as what it means, or refused by a DataError of one line
 * that names the file; no other error, no more memory than stated, and nothing new on
 * Object.prototype. One that hangs runs into the limit of `npm test`.
 */
export async function fuzz<T>(fuzzed: Fuzzed<T>): Promise<void> {
  const { read, means, files, seed, times, more = 0, runs = 200 } = fuzzed;
  let [fine, refused] = [0, 0];
  const property = fc.asyncProperty(files, async (bytes) => {
    const copy = bytes.slice();
    const before = process.memoryUsage().arrayBuffers;
    try {
      const value = await read(bytes, file);
      within(before, times * bytes.length + more);
      means(value, bytes);
      fine++;
    } catch (error) {
      oneLine(error, file);
      within(before, times * bytes.length + more);
      refused++;
    }
    is(Buffer.compare(bytes, copy), 0, "the file's bytes were written");
    plainPrototype();
  });
  await fc.assert(property, { seed, numRuns: runs, includeErrorInReport: true });
  ok(fine > 0 && refused > 0, `expected files of both kinds, got ${fine} read and ${refused} refused`);
}

/** `error` is a DataError of one line without control characters that names `name`. */
export function oneLine(error: unknown, name: string): void {
  const { name: kind, message, stack } = error as Error;
  is(kind, "DataError", stack);
  ok(message.includes(name), `expected an error that names ${name}, got: ${message}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  match(message, /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,2000}$/u);
}

/**
 * Asserts that what is in array buffers grew by no more than `most` bytes; 64 KiB are the machine's
 * own.
 */
export function within(before: number, most: number): void {
  const grown = process.memoryUsage().arrayBuffers - before;
  ok(grown <= most + 2 ** 16, `expected at most ${most} bytes, got ${grown}`);
}

const names = Object.getOwnPropertyNames(Object.prototype).join();

/** Asserts that nothing was put on Object.prototype. */
export function plainPrototype(): void {
  equal(Object.getOwnPropertyNames(Object.prototype).join(), names);
  is(({} as Record<string, unknown>)["polluted"], undefined);
}

/**
 * One to four edits of a file: bytes set or flipped, lengths overwritten, words put in, parts cut,
 * doubled or added.
 */
export function damaged(valid: fc.Arbitrary<Uint8Array>, words: readonly string[] = []): fc.Arbitrary<Uint8Array> {
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const number = fc.constantFrom(0, 1, 2, 13, 0x7fffffff, 0x80000000, 0xffffffff, 0x01000000);
  const edit = fc.oneof(
    fc.record({ kind: fc.constant("flip"), at: place, value: fc.nat(7) }),
    fc.record({ kind: fc.constant("byte"), at: place, value: fc.nat(255) }),
    fc.record({ kind: fc.constantFrom("big", "little"), at: place, value: number }),
    fc.record({ kind: fc.constantFrom("cut", "remove", "double", "word", "add"), at: place, value: fc.nat(40) }),
  );
  return fc.tuple(valid, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([bytes, edits]) => {
    let result: Uint8Array = bytes.slice();
    for (const { kind, at, value } of edits) {
      result = apply(result, { kind, at: Math.floor(at * result.length), value }, words);
    }
    return result;
  });
}

interface Edit {
  readonly kind: string;
  readonly at: number;
  readonly value: number;
}

function apply(b: Uint8Array, { kind, at, value }: Edit, words: readonly string[]): Uint8Array {
  const splice = (skip: number, put: Uint8Array): Uint8Array =>
    Uint8Array.from([...b.subarray(0, at), ...put, ...b.subarray(at + skip)]);
  switch (kind) {
    case "flip":
      return splice(1, Uint8Array.of((b[at] ?? 0) ^ (1 << value)));
    case "byte":
      return splice(1, Uint8Array.of(value));
    case "big":
      return splice(4, Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
    case "little":
      return splice(4, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
    case "cut":
      return b.slice(0, at);
    case "remove":
      return splice(value, new Uint8Array(0));
    case "double":
      return splice(0, b.subarray(at, at + value));
    case "add":
      return Uint8Array.from([...b, ...new Uint8Array(value).fill(at)]);
    default:
      return splice(0, new TextEncoder().encode(words[value % Math.max(1, words.length)] ?? ""));
  }
}
