import { nearestName } from "../kernels/nearestName.ts";
import { powerOfTwo } from "../math/float64.ts";
import { duplicateKey } from "./duplicateKey.ts";
import { DataError } from "./error.ts";
import { decodeStrictUtf8 } from "./utf8.ts";

/** Throws an error that says what was expected of the value, or of its member `key`. */
export type Fail = (expected: string, key?: string) => never;

/** Reads one value of a JSON file. */
export type Field<T> = (value: unknown, fail: Fail) => T;

/**
 * A field for each key. One for a key that may be missing returns undefined, and the key is then
 * left out of the result; see `optional`.
 */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/** Greatest size of a JSON file in bytes: files written by hand are shorter. */
export const MAX_JSON_BYTES: number = powerOfTwo(16);

/**
 * Parses a JSON file into a fresh record with the keys of `fields` and no others, each read from
 * the file's own properties. Nothing is merged, and the result holds only what the fields return.
 *
 * @param name what the errors call the file, after the operation.
 * @throws DataError naming the file, the key and what was expected: when the file exceeds 64 KiB or
 * is not an object in JSON, when a key is unknown (the message names the nearest known key),
 * repeated or missing, and when a field refuses its value.
 */
export function parseJsonRecord<T>(bytes: Uint8Array, name: string, fields: Fields<T>): T {
  if (bytes.length > MAX_JSON_BYTES) {
    throw new DataError(`${name}: expected at most ${MAX_JSON_BYTES} bytes, got ${bytes.length}`);
  }
  return record(fields)(parseJson(bytes, name), (expected, key) => {
    throw new DataError(`${name}: expected ${key === undefined ? "" : `\`${key}\` as `}${expected}`);
  });
}

/**
 * Parses a JSON file.
 *
 * @throws DataError naming the file, when it is not JSON in UTF-8 or an object has a key twice.
 */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  let text: string;
  let parsed: unknown;
  try {
    text = decodeStrictUtf8(bytes);
    parsed = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${name}: expected JSON in UTF-8: ${(error as Error).message}`, { cause: error });
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new DataError(`${name}: expected each key once, got \`${twice}\` again`);
  return parsed;
}

/** An object with these keys and no others. */
export function record<T>(fields: Fields<T>): Field<T> {
  const entries = Object.entries(fields) as [string, Field<unknown>][];
  const names = entries.map(([name]) => name);
  return (value, fail) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return fail(`an object, got ${say(value)}`);
    const unknown = Object.keys(value).find((key) => !names.includes(key));
    if (unknown !== undefined) {
      return fail(`known keys alone, got \`${unknown}\`; did you mean \`${nearestName(unknown, names)}\`?`);
    }
    const read = entries.map(([name, field]) => {
      const own = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
      return [
        name,
        field(own, (expected, key) => fail(expected, key === undefined ? name : `${name}.${key}`)),
      ] as const;
    });
    return Object.fromEntries(read.filter(([, result]) => result !== undefined)) as T;
  };
}

/** Text of 1 to 4,096 characters without NUL, such as a name or a path. */
export const string: Field<string> = (value, fail) =>
  typeof value === "string" && value !== "" && value.length <= 4096 && !value.includes("\0")
    ? value
    : fail(`text of 1 to 4096 characters without NUL, got ${say(value)}`);

/** A whole number from `least` to `most`. */
export const whole =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Field<number> =>
  (value, fail) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : fail(`a whole number from ${least} to ${most}, got ${say(value)}`);

/** A number above `above`, up to `most`. */
export const number =
  (above: number, most: number): Field<number> =>
  (value, fail) =>
    typeof value === "number" && value > above && value <= most
      ? value
      : fail(`a number above ${above} up to ${most}, got ${say(value)}`);

/** One of `choices`. */
export const oneOf =
  <const T extends string | number>(...choices: readonly T[]): Field<T> =>
  (value, fail) =>
    choices.find((choice) => choice === value) ?? fail(`${choices.join(" or ")}, got ${say(value)}`);

/** A field that may be missing. */
export const optional =
  <T>(field: Field<T>): Field<T | undefined> =>
  (value, fail) =>
    value === undefined ? undefined : field(value, fail);

function say(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
