import { type Images, imagesToFloat } from "../data/images.ts";
import type { ImageSource } from "../models/trainAutoencoder.ts";

/** Images in memory as the core asks for them. */
export const imageSource = (images: Images): ImageSource => ({
  count: images.count,
  batch: (indices) => imagesToFloat(images, indices),
});

/** Pixels p in [0, 1] as bytes round(255 p). */
export const toBytes = (pixels: Float32Array): Uint8Array => Uint8Array.from(pixels, (p) => Math.round(255 * p));
