// Pictures from files that were dropped: an IDX file such as MNIST's, or pictures of any size.
import { idxByteLength } from "../../../src/formats/idx.ts";
import { html } from "../../shell/elements.ts";

/** Pictures of one size, bytes [count, height, width, channels]. */
export interface Images {
  /** What they are, for the reader. */
  readonly about: string;
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

export interface ReadOptions {
  /** Greatest number of pictures, from the first on. */
  readonly limit: number;
  /** Width and height that pictures of their own size are brought to. */
  readonly side: number;
  readonly signal: AbortSignal;
}

/** With fewer pictures there is nothing to learn from. */
export const FEWEST = 20;
/** Longest side of a picture that is decoded. */
const LARGEST = 128;
const IDX_HEADER = 16;

/** Reads dropped files. Error, in one sentence, for what is neither. */
export async function readImages(files: readonly File[], options: ReadOptions): Promise<Images> {
  const [file] = files;
  if (file === undefined) throw new Error("files: expected some, got none");
  const pictures = files.filter(isPicture);
  if (pictures.length === 0) {
    const images = files.find(({ name }) => /images/.test(name)) ?? file;
    return readIdxImages(images, options);
  }
  if (pictures.length < FEWEST) {
    throw new Error(`files: expected at least ${FEWEST} pictures, got ${pictures.length}; choose more of them`);
  }
  return readPictures(pictures, options);
}

const isPicture = ({ name, type }: File): boolean => type.startsWith("image/") || /\.(?:png|jpe?g|webp)$/i.test(name);

async function readIdxImages(file: File, { limit, signal }: ReadOptions): Promise<Images> {
  const { name } = file;
  const zipped = await startsLike(file, [0x1f, 0x8b]);
  const stream: ReadableStream<Uint8Array> = zipped
    ? file.stream().pipeThrough(new DecompressionStream("gzip"))
    : file.stream();
  const reader = stream.getReader();
  let bytes = new Uint8Array(0);
  /** Reads on until there are so many bytes. */
  const reach = async (length: number): Promise<void> => {
    const parts = [bytes];
    let total = bytes.length;
    while (total < length) {
      signal.throwIfAborted();
      const { done, value } = await reader.read().catch(() => {
        throw new Error(`${name}: expected a gzip file that can be unpacked; fetch it again`);
      });
      if (done) break;
      parts.push(value as Uint8Array<ArrayBuffer>);
      total += value.length;
    }
    bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  };
  try {
    await reach(IDX_HEADER);
    const length = idxByteLength(bytes, name); // an error for another file
    const view = new DataView(bytes.buffer);
    const [all, height, width] = [4, 8, 12].map((at) => (bytes.length >= at + 4 ? view.getUint32(at) : 0)) as [
      number,
      number,
      number,
    ];
    if (view.getUint32(0) !== 0x803) throw new Error(`${name}: expected pictures, got labels; drop the file of images`);
    if (Math.max(height, width) > LARGEST) {
      throw new Error(`${name}: expected pictures of at most ${LARGEST} pixels a side, got ${height} × ${width}`);
    }
    if (all < FEWEST) throw new Error(`${name}: expected at least ${FEWEST} pictures, got ${all}`);
    if (!zipped && file.size !== length) {
      throw new Error(`${name}: expected ${length} bytes for ${all} pictures, got ${file.size}; fetch it again`);
    }
    const count = Math.min(limit, all);
    const size = height * width;
    await reach(IDX_HEADER + count * size);
    const pixels = bytes.slice(IDX_HEADER, IDX_HEADER + count * size);
    if (pixels.length < count * size) throw new Error(`${name}: expected ${length} bytes, got fewer; fetch it again`);
    const about = `${name}: ${count === all ? "all" : `the first ${count} of`} ${all.toLocaleString("en")} pictures`;
    return { about, pixels, count, height, width, channels: 1 };
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

async function startsLike(file: File, start: readonly number[]): Promise<boolean> {
  const bytes = new Uint8Array(await file.slice(0, start.length).arrayBuffer());
  return start.every((byte, i) => bytes[i] === byte);
}

/** Decodes pictures by the browser: their middle squares, brought to one size. */
async function readPictures(files: readonly File[], { limit, side, signal }: ReadOptions): Promise<Images> {
  const chosen = files.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
  const canvas = html("canvas", { width: side, height: side });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("canvas: expected a place to draw, got none");
  context.imageSmoothingQuality = "high";
  const colours = new Uint8Array(chosen.length * side * side * 3);
  let grey = true;
  for (const [n, file] of chosen.entries()) {
    signal.throwIfAborted();
    const bitmap = await createImageBitmap(file).catch(() => {
      throw new Error(`${file.name}: expected a picture that this browser can read; leave it out`);
    });
    const square = Math.min(bitmap.width, bitmap.height);
    context.fillStyle = "black";
    context.fillRect(0, 0, side, side);
    const [left, top] = [(bitmap.width - square) / 2, (bitmap.height - square) / 2];
    context.drawImage(bitmap, left, top, square, square, 0, 0, side, side);
    bitmap.close();
    const { data } = context.getImageData(0, 0, side, side);
    for (let i = 0; i < side * side; i++) {
      const [r, g, b] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]] as [number, number, number];
      colours.set([r, g, b], 3 * (n * side * side + i));
      if (r !== g || g !== b) grey = false;
    }
  }
  const about =
    `${chosen.length === files.length ? "All" : `The first ${chosen.length} of`} ${files.length.toLocaleString("en")} ` +
    `pictures, their middle squares at ${side} × ${side}`;
  const same = { about, count: chosen.length, height: side, width: side };
  return grey
    ? {
        ...same,
        channels: 1,
        pixels: Uint8Array.from({ length: colours.length / 3 }, (_, i) => colours[3 * i] as number),
      }
    : { ...same, channels: 3, pixels: colours };
}
