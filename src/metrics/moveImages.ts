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
  { height, width, channels }: { readonly height: number; readonly width: number; readonly channels: number },
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
