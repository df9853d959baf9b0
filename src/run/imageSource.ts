import { type Images, imagesToFloat } from "../data/images.ts";
import type { ImageSource } from "../models/training.ts";

/** Images in memory as the core asks for them. */
export const imageSource = (images: Images): ImageSource => ({
  count: images.count,
  batch: (indices) => imagesToFloat(images, indices),
});
