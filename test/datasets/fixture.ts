import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { is, match } from "uvu/assert";
import { type Images, range } from "../../src/datasets/images.ts";
import { crc32 } from "../../src/formats/crc32.ts";

/** Runs `body` in a folder of its own and removes it. */
export async function inFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-test-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Asserts that `body` throws the class `kind` (by name) with a message that matches, in one line.
 */
export function refuses(body: () => unknown, kind: string, message: RegExp): void {
  try {
    body();
  } catch (error) {
    is((error as Error).name, kind, (error as Error).stack);
    match((error as Error).message, message);
    is((error as Error).message.includes("\n"), false);
    return;
  }
  throw new Error(`expected ${kind} ${message}, nothing was thrown`);
}

/**
 * Asserts that `promise` is rejected with the class `kind` (by name) and a message that matches, in
 * one line.
 */
export async function rejects(promise: Promise<unknown>, kind: string, message: RegExp): Promise<void> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  refuses(
    () => {
      if (thrown !== undefined) throw thrown.error;
    },
    kind,
    message,
  );
}

/** The pixels of all images, as bytes. */
export const pixelsOf = (images: Images): Uint8Array => images.bytes(range(images.count));

/** True if `body` returns or throws a DataError; any other error is thrown on. For fuzzing. */
export function holds(body: () => unknown): boolean {
  try {
    body();
  } catch (error) {
    if ((error as Error).name !== "DataError") throw error;
  }
  return true;
}

/** An idx file of bytes. */
export function idxBytes(shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x800 + shape.length);
  for (const [axis, size] of shape.entries()) view.setUint32(4 + 4 * axis, size);
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** One chunk of a PNG file, with its length and CRC. */
export function pngChunk(type: string, data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** The 13 bytes of an IHDR chunk. */
export function pngSize(
  width: number,
  height: number,
  depth = 8,
  colour = 0,
  rest: readonly number[] = [0, 0, 0],
): Uint8Array {
  const bytes = new Uint8Array(13);
  new DataView(bytes.buffer).setUint32(0, width);
  new DataView(bytes.buffer).setUint32(4, height);
  bytes.set([depth, colour, ...rest], 8);
  return bytes;
}

/** A PNG file of these chunks. */
export function pngFile(...chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([Uint8Array.from(pngSignature), ...chunks]));
}

/** A PNG file whose rows (filter byte first) are `rows`. */
export function pngOf(header: Uint8Array, rows: ArrayLike<number>): Uint8Array {
  return pngFile(pngChunk("IHDR", header), pngChunk("IDAT", deflateSync(Uint8Array.from(rows))), pngChunk("IEND", []));
}

/** A ustar archive as npm packs it. */
export function tar(entries: readonly (readonly [path: string, bytes: Uint8Array])[], kind = "0"): Uint8Array {
  const blocks = entries.flatMap(([path, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write(`${bytes.length.toString(8).padStart(11, "0")} `, 124);
    header.write(`        ${kind}ustar`, 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/**
 * CIFAR-10's `.bin` record of each label: image n of colour (n, n + 100, n + 200) everywhere, but n
 * + 50 in its first pixel's red.
 */
export function cifarBin(labels: readonly number[]): Uint8Array {
  const bin = new Uint8Array(labels.length * 3073);
  labels.forEach((label, n) => {
    bin[n * 3073] = label;
    for (let c = 0; c < 3; c++) bin.fill(n + 100 * c, n * 3073 + 1 + c * 1024, n * 3073 + 1 + (c + 1) * 1024);
    bin[n * 3073 + 1] = n + 50;
  });
  return bin;
}
