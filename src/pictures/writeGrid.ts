import { writeFileAtomic } from "../files/atomicWrite.ts";
import { type GridImages, imageGrid } from "./imageGrid.ts";

/** Writes pictures as one PNG, in a square-ish grid; small ones are enlarged to about 56 pixels. */
export function writeGrid(path: string, images: GridImages): void {
  const columns = Math.ceil(Math.sqrt(images.count));
  const scale = Math.max(1, Math.round(56 / images.width));
  writeFileAtomic(path, imageGrid(images, { columns, gap: 2, scale }));
}
