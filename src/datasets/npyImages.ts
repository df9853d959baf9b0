import { statSync } from "node:fs";
import { readStart } from "../files/readBytes.ts";
import { DataError, quoted } from "../formats/error.ts";
import { readNpyHeader } from "../formats/npyHeader.ts";
import { npyType, swapBytes } from "../formats/npyValues.ts";
import type { Signal } from "../kernels/signal.ts";
import { type Decoding, decodeBytes, type Images, passOver, storedImages, toBytes } from "./images.ts";
import { CacheBudget, RecordFiles } from "./recordFiles.ts";

/** More than the longest header that NumPy writes. */
const HEADER_BYTES = 16_384;

const WANTED = "uint8 pictures, or floats in [0, 1], of shape [N, height, width] or [N, height, width, 1 or 3]";

/**
 * The pictures of a .npy file [N, height, width] or [N, height, width, channels] in C order: uint8,
 * or float16, float32 or float64 in [0, 1]. They are read from the file when they are asked for.
 *
 * @throws DataError naming the file for another type, rank, number of channels or order, and for a
 *   file that is no .npy file or has another length than its header says.
 */
export function openNpyImages(path: string, budget: CacheBudget = new CacheBudget()): Images {
  const header = readNpyHeader(readStart(path, HEADER_BYTES), path);
  const { descr, fortran, shape, start } = header;
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  const kind = /^\|u1$|^[<>]f[248]$/.test(descr) ? descr : undefined;
  const sizes = shape.length === 3 || (shape.length === 4 && (channels === 1 || channels === 3));
  if (kind === undefined || !sizes || count * height * width === 0) {
    throw new DataError(`npy: ${path}: expected ${WANTED}, got ${quoted(descr)} of [${shape.join(", ")}]`);
  }
  if (fortran) {
    throw new DataError(
      `npy: ${path}: expected C order, got Fortran's; save it again: numpy.save(FILE, numpy.ascontiguousarray(a))`,
    );
  }
  const { width: bytesEach } = npyType(descr, path);
  const size = height * width * channels * bytesEach;
  const { size: got } = statSync(path);
  if (got !== start + count * size) {
    const said = `${start + count * size} bytes for [${shape.join(", ")}] of ${descr}`;
    throw new DataError(`npy: ${path}: expected ${said}, got ${got}; the file is not whole, write it again`);
  }
  const decoding = kind === "|u1" ? decodeBytes() : decodeFloats(kind, path, height * width * channels);
  return storedImages({ height, width, channels }, new RecordFiles([{ path, start, count }], size, budget), {
    decoding,
  });
}

/**
 * Reads all pictures once, so that a wrong value is told of before any work.
 *
 * @throws DataError naming the first picture that has a value outside of [0, 1]; the reason of an
 *   aborted signal.
 */
export async function checkNpyValues(images: Images, signal?: Signal): Promise<void> {
  // Any byte is a pixel.
  if (images.stored.size === images.height * images.width * images.channels) return;
  for await (const numbers of passOver(images, signal)) images.batch(numbers);
}

function decodeFloats(descr: string, path: string, size: number): Decoding {
  const { width, values } = npyType(descr, path);
  const floats: Decoding["floats"] = (stored, indices) => {
    if (descr.startsWith(">")) swapBytes(stored, width);
    const x = Float32Array.from(values(stored.buffer, path));
    const wrong = x.findIndex((p) => !(p >= 0 && p <= 1));
    if (wrong < 0) return x;
    const value = x[wrong] as number;
    const what = value > 1 && value < Number.POSITIVE_INFINITY ? "divide by the greatest value" : "mend it";
    throw new DataError(
      `npy: ${path}: expected floats in [0, 1], got ${value} in picture ${indices[Math.floor(wrong / size)]}; ` +
        `${what}, or save uint8`,
    );
  };
  return { floats, bytes: (stored, indices) => toBytes(floats(stored, indices)) };
}
