import type { PictureSize } from "../networks/network.ts";
import type { ImageSource, RowSource } from "./training.ts";

/** How far one image is moved, in pixels, and whether it is mirrored left to right before that. */
export interface Move {
  readonly down: number;
  readonly right: number;
  readonly mirrored: boolean;
}

/**
 * Moves each image [height, width, channels] of `pixels` by a `draw()` of its own; uncovered pixels
 * become zero.
 */
export function moveImages(
  pixels: Float32Array,
  { height, width, channels }: PictureSize,
  draw: () => Move,
): Float32Array {
  const size = height * width * channels;
  const result = new Float32Array(pixels.length);
  for (let start = 0; start < pixels.length; start += size) {
    const { down, right, mirrored } = draw();
    for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
      for (let x = Math.max(0, right); x < Math.min(width, width + right); x++) {
        const column = mirrored ? width - 1 - (x - right) : x - right;
        const from = start + ((y - down) * width + column) * channels;
        const to = start + (y * width + x) * channels;
        for (let c = 0; c < channels; c++) result[to + c] = pixels[from + c] as number;
      }
    }
  }
  return result;
}

/** Images of which each is mirrored left to right half of the time, at random, when it is used. */
export const mirroredImages = (images: ImageSource, size: PictureSize): RowSource => ({
  count: images.count,
  batch: (indices, random) =>
    moveImages(images.batch(indices), size, () => ({ down: 0, right: 0, mirrored: random.integer(2) === 1 })),
});
