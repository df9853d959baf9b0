import type { Pausing } from "../../kernels/batches.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { exp, log } from "../../math/elementary.ts";
import type { Tensor } from "../../tensor/engine.ts";
import { conv2d } from "../../tensor/ops/convolution/conv2d.ts";
import { add, mul, scale } from "../../tensor/ops/elementwise.ts";
import { clip } from "../../tensor/ops/maximum.ts";
import { broadcast } from "../../tensor/ops/sum.ts";
import type { PictureSize } from "../networks/network.ts";

/** Up, down, left and right of the middle of 3×3 taps. */
const BESIDE = [1, 3, 5, 7];

/**
 * n + s (x − n), cut to [0, 1], for pictures x [batch, height, width, channels], with n the mean of
 * the up to four pixels beside each, channel by channel: an unsharp mask. s = 1 leaves x, s > 1
 * sharpens it.
 */
export function unsharp(x: Tensor, s: number): Tensor {
  const { engine, shape } = x;
  const [, height = 0, width = 0, channels = 0] = shape;
  const taps = new Float32Array(9 * channels * channels);
  for (const tap of BESIDE) for (let c = 0; c < channels; c++) taps[(tap * channels + c) * channels + c] = 1;
  const shares = Float32Array.from({ length: height * width * channels }, (_, i) => {
    return (1 - s) / besideOf({ height, width, channels }, i).length;
  });
  const sums = conv2d(x, engine.tensor(taps, [3, 3, channels, channels]), { padding: 1 });
  const weights = broadcast(engine.tensor(shares, [1, height, width, channels]), shape);
  return clip(add(scale(x, s), mul(sums, weights)), 0, 1);
}

/** Numbers of the pixels of the same channel beside pixel number i of a picture. */
function besideOf({ height, width, channels }: PictureSize, i: number): readonly number[] {
  const [y, x] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width];
  const found: number[] = [];
  if (y > 0) found.push(i - width * channels);
  if (y + 1 < height) found.push(i + width * channels);
  if (x > 0) found.push(i - channels);
  if (x + 1 < width) found.push(i + channels);
  return found;
}

/**
 * The s in [1/4, 8] for which `unsharp` gives pictures [count, height, width, channels] the same
 * mean square of the differences between pixels beside each other as `pixels` have, by bisection:
 * blurred pictures have faint edges. Other work may run between its steps.
 */
export async function unsharpFactor(
  gpu: Pausing,
  { pictures, pixels, ...picture }: PictureSize & { readonly pictures: Float32Array; readonly pixels: Float32Array },
  { signal }: Cancellable = {},
): Promise<number> {
  const size = picture.height * picture.width * picture.channels;
  const beside = Array.from({ length: size }, (_, i) => Uint32Array.from(besideOf(picture, i)));
  const edges = (values: Float32Array): number => {
    let sum = 0;
    for (let at = 0; at < values.length; at += size) {
      for (let i = 0; i < size; i++) {
        for (const j of beside[i] as Uint32Array) {
          const off = (values[at + i] as number) - (values[at + j] as number);
          sum += off * off;
        }
      }
    }
    return sum;
  };
  const means = new Float32Array(pictures.length);
  for (let at = 0; at < pictures.length; at += size) {
    for (let i = 0; i < size; i++) {
      const around = beside[i] as Uint32Array;
      let sum = 0;
      for (const j of around) sum += pictures[at + j] as number;
      means[at + i] = sum / around.length;
    }
  }
  const sharpened = new Float32Array(pictures.length);
  const edgesAt = (s: number): number => {
    for (let i = 0; i < sharpened.length; i++) {
      const n = means[i] as number;
      sharpened[i] = Math.min(1, Math.max(0, n + s * ((pictures[i] as number) - n)));
    }
    return edges(sharpened);
  };
  const target = edges(pixels);
  let [low, high] = [log(0.25), log(8)];
  for (let i = 0; i < 16; i++) {
    await gpu.pause(signal);
    const middle = (low + high) / 2;
    if (edgesAt(exp(middle)) < target) low = middle;
    else high = middle;
  }
  return Math.fround(exp((low + high) / 2));
}
