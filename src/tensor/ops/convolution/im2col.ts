// Convolutions as matrix products over the rows of im2col, for any geometry and any family. For
// some images at a time, a temporary array holds one row per pixel of the small side: the values of
// the large side under its taps.
import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { sweep } from "../../../kernels/grid.ts";
import { col2im, im2col } from "../../../kernels/shaders.generated.ts";
import { dispatchBiasAdd } from "../biasAdd.ts";
import { gemm, splitKOf } from "../product/gemm.ts";
import { reduceSplitK } from "../product/splitK.ts";
import { type Convolution, type Geometry, stepsOf, type WeightGrad } from "./geometry.ts";

/**
 * Greatest size of im2col's rows at one time, in bytes: a few megabytes stay in a CPU's caches,
 * while a GPU needs many tiles at once.
 */
const chunkBytes = (gpu: Gpu): number => (gpu.family === "tiled" ? 1 << 27 : 1 << 24);

/**
 * Greatest number of im2col's rows at one time: a grid has at most 65,535 tiles on an axis, and the
 * smallest tile has 32 rows.
 */
const CHUNK_ROWS = 1 << 20;

/** See `conv`. */
export function im2colConv(gpu: Gpu, op: string, call: Convolution): void {
  const { geometry: g, x, w } = call;
  const [pixels, taps] = [g.sh * g.sw, tapsOf(g)];
  finished(gpu, op, call, (y) =>
    forChunks(gpu, op, g, ({ first, images, rows }) => {
      dispatchIm2col(gpu, op, g, { first, images, x, rows });
      gemm(gpu, op, {
        m: images * pixels,
        n: g.d,
        k: taps,
        a: { buffer: rows, alongK: true, pitch: pitchOf(g) },
        b: { buffer: w, alongK: false, pitch: g.d },
        y: { buffer: y, pitch: g.d, start: first * pixels * g.d },
      });
    }),
  );
}

/** See `convTranspose`. */
export function im2colConvTranspose(gpu: Gpu, op: string, call: Convolution): void {
  const { geometry: g, x, w } = call;
  const [pixels, taps] = [g.sh * g.sw, tapsOf(g)];
  finished(gpu, op, call, (y) =>
    forChunks(gpu, op, g, ({ first, images, rows }) => {
      // The values of rows beyond their last tap are undefined; col2im does not read them.
      gemm(gpu, op, {
        m: images * pixels,
        n: taps,
        k: g.d,
        a: { buffer: x, alongK: true, pitch: g.d, start: first * pixels * g.d },
        b: { buffer: w, alongK: true, pitch: g.d },
        y: { buffer: rows, pitch: pitchOf(g) },
      });
      dispatchCol2im(gpu, op, g, { first, images, rows, y });
    }),
  );
}

/** See `convWeightGrad`. */
export function im2colConvWeightGrad(gpu: Gpu, op: string, { geometry: g, large, small, dw }: WeightGrad): void {
  const [pixels, taps] = [g.sh * g.sw, tapsOf(g)];
  const atOnce = imagesAtOnce(gpu, g);
  const splitsOf = (images: number): number => (images === 0 ? 0 : splitKOf(taps, g.d, images * pixels));
  const count = taps * g.d;
  const splitK = Math.floor(g.batch / atOnce) * splitsOf(atOnce) + splitsOf(g.batch % atOnce);
  reduceSplitK(gpu, op, { splitK, count, y: dw }, (partial) => {
    let done = 0;
    forChunks(gpu, op, g, ({ first, images, rows }) => {
      dispatchIm2col(gpu, op, g, { first, images, x: large, rows });
      gemm(gpu, op, {
        m: taps,
        n: g.d,
        k: images * pixels,
        splitK: splitsOf(images),
        a: { buffer: rows, alongK: false, pitch: pitchOf(g) },
        b: { buffer: small, alongK: false, pitch: g.d, start: first * pixels * g.d },
        y: { buffer: partial, pitch: g.d, start: done * count },
      });
      done += splitsOf(images);
    });
  });
}

/**
 * Dispatches the sums by `write`; the bias and the slope, if any, follow in a pass of their own.
 */
function finished(gpu: Gpu, op: string, { y, finish }: Convolution, write: (sums: BufferRef) => void): void {
  if (finish === undefined) {
    write(y);
    return;
  }
  const sums = gpu.allocate(op, y.bytes);
  write(sums);
  dispatchBiasAdd(gpu, op, { x: sums, b: finish.bias, y, alpha: finish.alpha });
  gpu.release(sums);
}

const placement = ({ lh, lw, c, sh, sw }: Geometry) => ({ lh, lw, c, sh, sw });

/** Number of values under the taps of a pixel. */
const tapsOf = ({ kh, kw, c }: Geometry): number => kh * kw * c;

/** Distance between rows, in values: whole vec4s, so that products can read and write vec4s. */
const pitchOf = (g: Geometry): number => 4 * Math.ceil(tapsOf(g) / 4);

/** The number of images whose rows fit into `chunkBytes` and CHUNK_ROWS, at least one. */
const imagesAtOnce = (gpu: Gpu, g: Geometry): number => {
  const rows = Math.min(CHUNK_ROWS, Math.floor(chunkBytes(gpu) / (4 * pitchOf(g))));
  return Math.max(1, Math.min(g.batch, Math.floor(rows / (g.sh * g.sw))));
};

/** Images from `first` on, and the buffer for their rows [images, sh, sw, pitch]. */
interface Chunk {
  readonly first: number;
  readonly images: number;
  readonly rows: BufferRef;
}

/** Calls `f` for all images, as many at a time as fit into one buffer. */
function forChunks(gpu: Gpu, op: string, g: Geometry, f: (chunk: Chunk) => void): void {
  const atOnce = imagesAtOnce(gpu, g);
  const rows = gpu.allocate(op, 4 * atOnce * g.sh * g.sw * pitchOf(g));
  for (let first = 0; first < g.batch; first += atOnce) {
    f({ first, images: Math.min(atOnce, g.batch - first), rows });
  }
  gpu.release(rows);
}

/** rows [images, sh, sw, kh · kw · c] from x [batch, lh, lw, c]. */
function dispatchIm2col(
  gpu: Gpu,
  op: string,
  g: Geometry,
  { first, images, x, rows: y }: Chunk & { readonly x: BufferRef },
): void {
  const rows = images * g.sh * g.sw * g.kh;
  const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, rows);
  const params = { ...stepsOf(g), ...placement(g), rows, chunk, pitch: pitchOf(g), first };
  gpu.dispatch({ op, kernel: im2col, constants: { WORKGROUP_SIZE }, buffers: { x, y }, params, workgroups });
}

/** The adjoint: y [batch, lh, lw, c] from rows. */
function dispatchCol2im(
  gpu: Gpu,
  op: string,
  g: Geometry,
  { first, images, rows: x, y }: Chunk & { readonly y: BufferRef },
): void {
  const count = images * g.lh * g.lw * g.c;
  const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, count);
  const reach = { reachY: Math.ceil(g.kh / g.strideY), reachX: Math.ceil(g.kw / g.strideX) };
  const params = { ...stepsOf(g), ...placement(g), ...reach, count, chunk, pitch: pitchOf(g), first };
  gpu.dispatch({ op, kernel: col2im, constants: { WORKGROUP_SIZE }, buffers: { x, y }, params, workgroups });
}
