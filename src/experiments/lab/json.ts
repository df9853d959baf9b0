import { readBytes } from "../../files/readBytes.ts";
import { DataError } from "../../formats/error.ts";
import { encodeUtf8 } from "../../formats/utf8.ts";

/**
 * JSON of a value; RangeError where it holds NaN or an infinity, which JSON would turn into null.
 */
export function encode(value: unknown): Uint8Array {
  const text = JSON.stringify(
    value,
    (key, each: unknown) => {
      if (typeof each === "number" && !Number.isFinite(each))
        throw new RangeError(`results: expected finite numbers, got ${each} as \`${key}\``);
      return each;
    },
    1,
  );
  return encodeUtf8(`${text}\n`);
}

/** Reads a file that `encode` wrote. DataError where it is not JSON. */
export function readJson(path: string): unknown {
  return parseJson(readBytes(path), path);
}

/** The value that bytes of JSON hold. DataError, which names their place, where it is not JSON. */
export function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DataError(`${path}: expected JSON: ${(error as Error).message}; remove it, or choose another --out`, {
      cause: error,
    });
  }
}
