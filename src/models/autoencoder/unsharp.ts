import { inPieces, type Pausing } from "../../kernels/batches.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { exp, log } from "../../math/elementary.ts";
import { itemsOf, type Steps } from "../../math/steps.ts";
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
 * blurred pictures have faint edges. Other work may run meanwhile.
 */
export function unsharpFactor(gpu: Pausing, pictures: PicturePairs, { signal }: Cancellable = {}): Promise<number> {
  return inPieces(gpu, factorSteps(pictures), signal);
}

/** Pictures, and the pixels whose edges they are to have, [count, height, width, channels]. */
export interface PicturePairs extends PictureSize {
  readonly pictures: Float32Array;
  readonly pixels: Float32Array;
}

function* factorSteps({ pictures, pixels, ...picture }: PicturePairs): Steps<number> {
  const size = picture.height * picture.width * picture.channels;
  const beside = Array.from({ length: size }, (_, i) => Uint32Array.from(besideOf(picture, i)));
  const some = itemsOf(8 * size);
  const edges = function* (values: Float32Array): Steps<number> {
    let sum = 0;
    for (let n = 0; n * size < values.length; n++) {
      if (n % some === some - 1) yield;
      for (let i = 0; i < size; i++) {
        for (const j of beside[i] as Uint32Array) {
          const off = (values[n * size + i] as number) - (values[n * size + j] as number);
          sum += off * off;
        }
      }
    }
    return sum;
  };
  const sharpened = new Float32Array(pictures.length);
  const sharpen = function* (s: number): Steps<void> {
    for (let n = 0; n * size < pictures.length; n++) {
      if (n % some === some - 1) yield;
      for (let i = 0; i < size; i++) {
        const around = beside[i] as Uint32Array;
        let mean = 0;
        for (const j of around) mean += (pictures[n * size + j] as number) / around.length;
        sharpened[n * size + i] = Math.min(1, Math.max(0, mean + s * ((pictures[n * size + i] as number) - mean)));
      }
    }
  };
  const target = yield* edges(pixels);
  let [low, high] = [log(0.25), log(8)];
  for (let i = 0; i < 16; i++) {
    const middle = (low + high) / 2;
    yield* sharpen(exp(middle));
    if ((yield* edges(sharpened)) < target) low = middle;
    else high = middle;
  }
  return Math.fround(exp((low + high) / 2));
}
