/** A set of images of one size, 8 bits per channel, in memory. */
export interface Images {
  readonly count: number;
  /** Rows of one image. */
  readonly height: number;
  /** Columns of one image. */
  readonly width: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: number;
  /** The pixels, [count, height, width, channels], from 0 to 255. */
  readonly pixels: Uint8Array;
  /** The class of each image, [count], where the set has classes. */
  readonly labels?: Uint8Array;
}

/**
 * The first `count` images, sharing the memory of `images`.
 *
 * @throws RangeError if `count` is not a whole number from 1 to `images.count`.
 */
export function firstImages(images: Images, count: number): Images {
  if (!Number.isInteger(count) || count < 1 || count > images.count) {
    throw new RangeError(`firstImages: expected \`count\` from 1 to ${images.count}, got ${count}`);
  }
  const size = images.height * images.width * images.channels;
  const first = { ...images, count, pixels: images.pixels.subarray(0, count * size) };
  return images.labels === undefined ? first : { ...first, labels: images.labels.subarray(0, count) };
}

/**
 * x[b] = pixels[indices[b]] / 255: a batch for a network.
 *
 * @param indices [batch], which images; an index may be repeated.
 * @returns [batch, height, width, channels], each value in [0, 1].
 * @throws RangeError if an index is not a whole number from 0 to `images.count - 1`.
 */
export function imagesToFloat(images: Images, indices: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const size = images.height * images.width * images.channels;
  const x = new Float32Array(indices.length * size);
  for (let b = 0; b < indices.length; b++) {
    const index = indices[b] as number;
    if (!Number.isInteger(index) || index < 0 || index >= images.count) {
      throw new RangeError(
        `imagesToFloat: expected \`indices\` from 0 to ${images.count - 1}, got ${index} at position ${b}`,
      );
    }
    for (let i = 0; i < size; i++) x[b * size + i] = (images.pixels[index * size + i] as number) / 255;
  }
  return x;
}
