import { kindOf } from "../../kernels/options.ts";
import type { PictureSize } from "../networks/network.ts";
import type { ImageSource } from "./training.ts";

/** Pictures in one array, [count, height, width, channels]: in [0, 1], or bytes from 0 to 255. */
export type Pixels = Float32Array | Uint8Array;

/**
 * The pictures in an array, for trainings. TypeError for another kind of array; RangeError for one
 * that does not hold whole pictures, and for numbers that are not finite.
 */
export function pixelSource(op: string, pixels: Pixels, { height, width, channels }: PictureSize): ImageSource {
  const bytes = pixels instanceof Uint8Array;
  if (!bytes && !(pixels instanceof Float32Array)) {
    throw new TypeError(`${op}: expected \`pixels\` as a Float32Array or a Uint8Array, got ${kindOf(pixels)}`);
  }
  const size = height * width * channels;
  const count = pixels.length / size;
  if (!(Number.isSafeInteger(count) && count >= 1)) {
    throw new RangeError(`${op}: expected \`pixels\` of whole pictures of ${size} numbers, got ${pixels.length}`);
  }
  const wrong = bytes ? -1 : pixels.findIndex((p) => !Number.isFinite(p));
  if (wrong >= 0) throw new RangeError(`${op}: expected finite \`pixels\`, got ${pixels[wrong]} at ${wrong}`);
  return {
    count,
    batch(indices) {
      const batch = new Float32Array(indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        const from = (indices[i] as number) * size;
        if (bytes) for (let k = 0; k < size; k++) batch[i * size + k] = (pixels[from + k] as number) / 255;
        else batch.set(pixels.subarray(from, from + size), i * size);
      }
      return batch;
    },
  };
}
