import type { ImageSource } from "../models/training/training.ts";
import { type Images, imagesToFloat } from "./images.ts";

/** Images in memory as the core asks for them. */
export const imageSource = (images: Images): ImageSource => ({
  count: images.count,
  batch: (indices) => imagesToFloat(images, indices),
});
