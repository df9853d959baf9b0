// The three maps that convolutions are made of, as dispatches: between a large side, a small side
// and the weights.
import type { Gpu } from "../../../kernels/gpu.ts";
import { directConv, directConvTranspose, directConvWeightGrad } from "./direct.ts";
import type { Convolution, WeightGrad } from "./geometry.ts";
import { im2colConv, im2colConvTranspose, im2colConvWeightGrad } from "./im2col.ts";
import { quadsConv, quadsConvTranspose, quadsConvWeightGrad } from "./quads.ts";

/** From the large side x to the small side y: conv2d, and the input gradient of conv2dTranspose. */
export function conv(gpu: Gpu, op: string, call: Convolution): void {
  if (gpu.family === "quads") quadsConv(gpu, op, call);
  else if (!directConv(gpu, op, call)) im2colConv(gpu, op, call);
}

/** From the small side x to the large side y: conv2dTranspose, and the input gradient of conv2d. */
export function convTranspose(gpu: Gpu, op: string, call: Convolution): void {
  if (gpu.family === "quads") quadsConvTranspose(gpu, op, call);
  else if (!directConvTranspose(gpu, op, call)) im2colConvTranspose(gpu, op, call);
}

/** From both sides to the gradient of the weights, for both ops. */
export function convWeightGrad(gpu: Gpu, op: string, call: WeightGrad): void {
  if (gpu.family === "quads") quadsConvWeightGrad(gpu, op, call);
  else if (!directConvWeightGrad(gpu, op, call)) im2colConvWeightGrad(gpu, op, call);
}
