// What convolutions are made of: the three maps between a large side, a small side and the weights, as dispatches.
import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { directDown, directUp, directWeights } from "./convolveDirect.ts";
import { unfoldedDown, unfoldedUp, unfoldedWeights } from "./convolveUnfolded.ts";
import type { Convolve, Geometry } from "./geometry.ts";

/** y [batch, sh, sw, d] from x [batch, lh, lw, c]: conv2d, and the input gradient of conv2dTranspose. */
export const down: Convolve<void> = (...call) => {
  if (!directDown(...call)) unfoldedDown(...call);
};

/** y [batch, lh, lw, c] from x [batch, sh, sw, d]: conv2dTranspose, and the input gradient of conv2d. */
export const up: Convolve<void> = (...call) => {
  if (!directUp(...call)) unfoldedUp(...call);
};

/** dw [kh, kw, c, d] from the large side x and the small side dy; one of them is a gradient: dy in a conv2d, x in a conv2dTranspose. */
export function weights(gpu: Gpu, op: string, g: Geometry, x: BufferRef, dy: BufferRef, dw: BufferRef): void {
  if (!directWeights(gpu, op, g, x, dy, dw)) unfoldedWeights(gpu, op, g, x, dy, dw);
}
