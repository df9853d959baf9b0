import { createHash } from "node:crypto";
import { pause } from "../adapter/pause.ts";
import { sha256 } from "../files/sha256.ts";
import type { Signal } from "../kernels/signal.ts";
import { memoryRecords, numberAt, type Records } from "./records.ts";

/** Number and size of the images of a set. */
export interface ImagesShape {
  readonly count: number;
  /** Rows of one image. */
  readonly height: number;
  /** Columns of one image. */
  readonly width: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: number;
}

/**
 * A set of images of one size, which are read when they are asked for. It is an `ImageSource` of
 * trainings and metrics.
 */
export interface Images extends ImagesShape {
  /** The class of each image, [count], from 0 on, where the set has classes. */
  readonly labels?: Labels;
  /** Whether images beside each other may be alike, as in a folder; see `limitImages`. */
  readonly sorted?: boolean;
  /** The images as they are stored. */
  readonly stored: Records;
  /** The images with the given numbers, [indices, height, width, channels], from 0 to 255. */
  bytes(indices: ArrayLike<number>): Uint8Array<ArrayBuffer>;
  /** x[b] = the image with number `indices[b]`, its pixels in [0, 1]: a batch for a network. */
  batch(indices: ArrayLike<number>): Float32Array<ArrayBuffer>;
}

export type Labels = Uint8Array | Int32Array;

/** How the pixels of stored images become numbers. */
export interface Decoding {
  readonly bytes: (stored: Uint8Array<ArrayBuffer>, indices: ArrayLike<number>) => Uint8Array<ArrayBuffer>;
  readonly floats: (stored: Uint8Array<ArrayBuffer>, indices: ArrayLike<number>) => Float32Array<ArrayBuffer>;
}

/** round(255 p) as bytes, for pixels p in [0, 1]. */
export const toBytes = (pixels: Float32Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(pixels, (p) => Math.round(255 * p));

const SHARES = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** x = p / 255 for bytes p. */
function toFloats(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const x = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) x[i] = SHARES[bytes[i] as number] as number;
  return x;
}

/** Pixels of 8 bits, stored in an order that `interleave` turns into [height, width, channels]. */
export const decodeBytes = (
  interleave: (stored: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (stored) => stored,
): Decoding => ({
  bytes: interleave,
  floats: (stored) => toFloats(interleave(stored)),
});

/** A set whose images are these records. */
export function storedImages(
  shape: Omit<ImagesShape, "count">,
  stored: Records,
  { decoding = decodeBytes(), labels }: { readonly decoding?: Decoding; readonly labels?: Labels | undefined } = {},
): Images {
  const { height, width, channels } = shape;
  return {
    count: stored.count,
    height,
    width,
    channels,
    ...(labels === undefined ? {} : { labels }),
    stored,
    bytes: (indices) => decoding.bytes(stored.read(indices), indices),
    batch: (indices) => decoding.floats(stored.read(indices), indices),
  };
}

/** Images in memory, by their pixels [count, height, width, channels] from 0 to 255. */
export function memoryImages({
  pixels,
  labels,
  ...shape
}: Omit<ImagesShape, "count"> & { readonly pixels: Uint8Array; readonly labels?: Labels }): Images {
  return storedImages(shape, memoryRecords(pixels, shape.height * shape.width * shape.channels), { labels });
}

/** The images with the given numbers, and their labels; no pixel is copied. */
export function selectImages(images: Images, numbers: ArrayLike<number>): Images {
  const { labels, stored } = images;
  const count = numbers.length;
  const chosen = (indices: ArrayLike<number>): Uint32Array =>
    Uint32Array.from(indices, (_, place) => numbers[numberAt(indices, place, count)] as number);
  return {
    ...images,
    count,
    ...(labels === undefined ? {} : { labels: Int32Array.from(numbers, (n) => labels[n] as number) }),
    stored: { count, size: stored.size, read: (indices) => stored.read(chosen(indices)) },
    bytes: (indices) => images.bytes(chosen(indices)),
    batch: (indices) => images.batch(chosen(indices)),
  };
}

/**
 * `count` of the images, which stand for all: the first ones, or where the set is sorted every so
 * many, evenly spread over it.
 *
 * @throws RangeError if `count` is not a whole number from 1 to `images.count`.
 */
export function limitImages(images: Images, count: number): Images {
  if (!Number.isInteger(count) || count < 1 || count > images.count) {
    throw new RangeError(`limitImages: expected \`count\` from 1 to ${images.count}, got ${count}`);
  }
  const step = images.sorted === true ? images.count / count : 1;
  return selectImages(
    images,
    range(count).map((i) => Math.floor(i * step)),
  );
}

/** The numbers `first` to `first + count`. */
export const range = (count: number, first = 0): Uint32Array =>
  Uint32Array.from({ length: count }, (_, i) => first + i);

/** Images between two pauses of a pass over a whole set. */
const AT_ONCE = 500;

/** The numbers of all images, 500 at a time; before each other work runs, or a signal ends it. */
export async function* passOver({ count }: ImagesShape, signal?: Signal): AsyncGenerator<Uint32Array, void> {
  for (let first = 0; first < count; first += AT_ONCE) {
    await pause(signal);
    yield range(Math.min(AT_ONCE, count - first), first);
  }
}

/** Whether all pixels of all pictures are the same; it stops at the first that differs. */
export async function isOneColour(images: Images, signal?: Signal): Promise<boolean> {
  const { channels } = images;
  const first = images.bytes([0]).subarray(0, channels);
  for await (const numbers of passOver(images, signal)) {
    const bytes = images.bytes(numbers);
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== first[i % channels]) return false;
  }
  return true;
}

/** SHA-256 of the size of the images and of all that is stored of them, in their order. */
export async function digestOf(images: Images, signal?: Signal): Promise<string> {
  const hash = createHash("sha256");
  for await (const numbers of passOver(images, signal)) hash.update(images.stored.read(numbers));
  const { height, width, channels } = images;
  return sha256(`${height} ${width} ${channels} ${hash.digest("hex")}`);
}
