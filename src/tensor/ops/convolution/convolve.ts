// What convolutions are made of: the three maps between a large side, a small side and the weights,
// as dispatches.
import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { directConv, directConvTranspose, directConvWeightGrad } from "./direct.ts";
import type { Convolve, Geometry } from "./geometry.ts";
import { im2colConv, im2colConvTranspose, im2colConvWeightGrad } from "./im2col.ts";

/**
 * y [batch, sh, sw, d] from x [batch, lh, lw, c]: conv2d, and the input gradient of
 * conv2dTranspose.
 */
export const conv: Convolve<void> = (...call) => {
  if (!directConv(...call)) im2colConv(...call);
};

/**
 * y [batch, lh, lw, c] from x [batch, sh, sw, d]: conv2dTranspose, and the input gradient of
 * conv2d.
 */
export const convTranspose: Convolve<void> = (...call) => {
  if (!directConvTranspose(...call)) im2colConvTranspose(...call);
};

/**
 * dw [kh, kw, c, d] from the large side x and the small side dy; one of them is a gradient: dy in a
 * conv2d, x in a conv2dTranspose.
 */
export function convWeightGrad(gpu: Gpu, op: string, g: Geometry, x: BufferRef, dy: BufferRef, dw: BufferRef): void {
  if (!directConvWeightGrad(gpu, op, g, x, dy, dw)) im2colConvWeightGrad(gpu, op, g, x, dy, dw);
}
