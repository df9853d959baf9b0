import { DataError } from "../formats/error.ts";
import { checkPng } from "./pngCheck.ts";
import { pngjs } from "./pngjs.ts";

/** A picture of 8 bits per channel. */
export interface DecodedPng {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4]: red, green, blue, alpha. */
  readonly rgba: Uint8Array;
  /** How many bytes were passed over, see `CheckedPng`. */
  readonly surplus: number;
}

/**
 * Decodes a PNG file once `checkPng` has passed it.
 *
 * @param name what the errors call the file.
 * @throws DataError if the file is damaged.
 */
export function decodePng(bytes: Uint8Array, name: string): DecodedPng {
  const { width, height, surplus, bytes: plain } = checkPng(bytes, name);
  const { PNG } = pngjs();
  try {
    const { data } = PNG.sync.read(Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength));
    return { width, height, rgba: data, surplus };
  } catch (error) {
    throw new DataError(
      `png: ${name}: the image cannot be decoded: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}
