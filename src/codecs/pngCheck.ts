import { inflateSync } from "node:zlib";
import { crc32 } from "../formats/crc32.ts";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";

/** The header of a PNG file. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
}

/**
 * 4096 × 4096 pixels. At 16 bits and four channels these are 128 MiB unpacked, which a hostile file
 * of 130 kB can claim.
 */
const maxPixels = powerOfTwo(24);
const maxSide = powerOfTwo(16);
const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The length and the type that the first chunk has: 13, "IHDR". */
const ihdr = [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
/** Length of the signature and the whole IHDR chunk, which `pngHeader` needs. */
export const pngHeaderBytes: number = 33;

/** Colour type to channels and allowed bit depths (PNG specification, table 11.1). */
const colours: ReadonlyMap<number, { readonly channels: number; readonly depths: readonly number[] }> = new Map([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [3, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
]);

/**
 * The size of the PNG image that begins with `start`, of which the first 33 bytes are enough.
 *
 * @param name what the errors call the file.
 * @throws DataError if the beginning is not that of a valid PNG file, or claims more than 4096 x
 *   4096 pixels.
 */
export function pngHeader(start: Uint8Array, name: string): PngHeader {
  if (signature.some((byte, i) => start[i] !== byte)) {
    throw new DataError(`png: ${name}: expected the PNG signature, got another or a damaged one; this is no PNG file`);
  }
  // Type and length are checked before the whole chunk, as `start` may hold no more than an IHDR
  // chunk.
  if (start.length >= 16 && !ihdr.every((byte, i) => start[8 + i] === byte)) {
    throw new DataError(`png: ${name}: expected an IHDR chunk of 13 bytes first, got another chunk or length`);
  }
  const { data } = chunkAt(start, 8, name);
  const view = new DataView(data.buffer, data.byteOffset, 13);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [depth, colour, compression, filter, interlace] = [8, 9, 10, 11, 12].map((at) => view.getUint8(at));
  if (width === 0 || height === 0 || width > maxSide || height > maxSide || width * height > maxPixels) {
    throw new DataError(`png: ${name}: expected 1 to ${maxPixels} pixels, got ${width} x ${height}; scale it down`);
  }
  if (!colours.get(colour as number)?.depths.includes(depth as number)) {
    throw new DataError(`png: ${name}: expected a valid colour type and bit depth, got ${colour} and ${depth}`);
  }
  if (compression !== 0 || filter !== 0 || (interlace as number) > 1) {
    const got = [compression, filter, interlace].join(", ");
    throw new DataError(`png: ${name}: expected compression 0, filter 0 and interlace 0 or 1, got ${got}`);
  }
  return { width, height };
}

/** A PNG file that was checked. */
export interface CheckedPng extends PngHeader {
  /** The file without its surplus. */
  readonly bytes: Uint8Array;
  /**
   * How many bytes stand after the end of the image, which other readers pass over, too: after the
   * IEND chunk, and within the image data after its zlib stream.
   */
  readonly surplus: number;
}

/**
 * Checks all of a PNG file but its filters and ancillary chunks, before a decoder allocates what a
 * header claims: every chunk's type, length and CRC, one IHDR first, a palette where it belongs,
 * image data in a row that unpacks to exactly the bytes the header asks for, an IEND.
 *
 * @throws DataError naming what is wrong.
 */
export function checkPng(bytes: Uint8Array, name: string): CheckedPng {
  const header = pngHeader(bytes, name);
  const parts: Uint8Array[] = [];
  let at = pngHeaderBytes;
  let dataStart = 0;
  let dataEnd = 0;
  let palette = false;
  for (let last = "IHDR"; last !== "IEND"; ) {
    const { type, data } = chunkAt(bytes, at, name);
    const expect = (good: boolean, what: string, got: string): void => {
      if (!good) throw new DataError(`png: ${name}: expected ${what}, got ${got} at byte ${at}`);
    };
    expect(/^[A-Za-z]{4}$/.test(type), "four letters as a chunk's type", "others");
    expect(type !== "IHDR", "one IHDR chunk", "a second");
    const known = /^[a-z]/.test(type) || ["PLTE", "IDAT", "IEND"].includes(type);
    expect(known, "no critical chunk but PLTE, IDAT and IEND", "one");
    if (type === "PLTE") {
      expect(!palette && parts.length === 0, "one PLTE chunk before the image data", "another");
      const whole = data.length % 3 === 0 && data.length >= 3 && data.length <= 768;
      expect(whole, "1 to 256 colours of three bytes in the PLTE chunk", `${data.length} bytes`);
      palette = true;
    }
    if (type === "IDAT") {
      expect(parts.length === 0 || last === "IDAT", "IDAT chunks in a row", "one apart from the others");
      expect(palette || bytes[25] !== 3, "a PLTE chunk before the image data", "none");
      if (parts.length === 0) dataStart = at;
      parts.push(data);
      dataEnd = at + 12 + data.length;
    }
    expect(type !== "IEND" || data.length === 0, "an empty IEND chunk", `${data.length} bytes`);
    last = type;
    at += 12 + data.length;
  }
  if (parts.length === 0) throw new DataError(`png: ${name}: expected image data (IDAT), got none`);
  const expected = unpackedBytes(bytes, header);
  const stream = Buffer.concat(parts);
  const { length, consumed } = inflated(stream, name, expected);
  if (length !== expected) throw new DataError(`png: ${name}: expected ${expected} bytes of image data, got ${length}`);
  const surplus = bytes.length - at + stream.length - consumed;
  const data = consumed === stream.length ? bytes.subarray(dataStart, dataEnd) : idat(stream.subarray(0, consumed));
  const whole = [bytes.subarray(0, dataStart), data, bytes.subarray(dataEnd, at)];
  return { ...header, bytes: surplus === 0 ? bytes : Buffer.concat(whole), surplus };
}

/** A chunk of image data. */
function idat(data: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write("IDAT", 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

function chunkAt(bytes: Uint8Array, at: number, name: string): { readonly type: string; readonly data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = at + 12 <= bytes.length ? view.getUint32(at) : 0;
  if (at + 12 + length > bytes.length) {
    throw new DataError(
      `png: ${name}: expected a whole chunk at byte ${at}, got ${bytes.length - at} bytes; the file is cut short`,
    );
  }
  const body = bytes.subarray(at + 4, at + 8 + length);
  if (crc32(body) !== view.getUint32(at + 8 + length)) {
    throw new DataError(`png: ${name}: the CRC of the chunk at byte ${at} differs, the file is damaged`);
  }
  return { type: String.fromCharCode(...body.subarray(0, 4)), data: body.subarray(4) };
}

/**
 * Number of bytes of the unpacked image data. Each row begins with one byte for its filter; an
 * interlaced image consists of seven smaller images (PNG specification, 8.2).
 */
function unpackedBytes(bytes: Uint8Array, { width, height }: PngHeader): number {
  const bits = (bytes[24] as number) * (colours.get(bytes[25] as number)?.channels ?? 0);
  const size = (columns: number, rows: number) => (columns === 0 ? 0 : rows * (1 + Math.ceil((columns * bits) / 8)));
  if (bytes[28] === 0) return size(width, height);
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  return passes.reduce(
    (sum, [x, y, dx, dy]) => sum + size(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
    0,
  );
}

/** How long what `bytes` unpack to is, and how many of them its stream takes. */
function inflated(
  bytes: Uint8Array,
  name: string,
  expected: number,
): { readonly length: number; readonly consumed: number } {
  try {
    // With `info` Node also returns the engine, as documented; @types/node does not declare it.
    const { buffer, engine } = inflateSync(bytes, { info: true, maxOutputLength: expected }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return { length: buffer.length, consumed: engine.bytesWritten };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const got = code === "ERR_BUFFER_TOO_LARGE" ? "more" : `damaged data (${message})`;
    throw new DataError(`png: ${name}: expected ${expected} bytes of image data, got ${got}`, { cause: error });
  }
}
