import type { Images } from "../datasets/images.ts";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { imageGrid } from "./imageGrid.ts";

/** round(255 p) as bytes, for pixels p in [0, 1]. */
export const toBytes = (pixels: Float32Array): Uint8Array => Uint8Array.from(pixels, (p) => Math.round(255 * p));

/** Writes pictures as one PNG, in a square-ish grid; small ones are enlarged to about 56 pixels. */
export function writeGrid(path: string, images: Omit<Images, "labels">): void {
  const columns = Math.ceil(Math.sqrt(images.count));
  const scale = Math.max(1, Math.round(56 / images.width));
  writeFileAtomic(path, imageGrid(images, { columns, gap: 2, scale }));
}
