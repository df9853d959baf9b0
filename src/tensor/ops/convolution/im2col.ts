// Convolutions as matrix products over im2col's rows, for any geometry and any family: a second
// array holds, for each pixel of the small side, the values of the large side under its taps, for
// some images at a time.
import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { sweep } from "../../../kernels/grid.ts";
import { col2im, im2col } from "../../../kernels/shaders.generated.ts";
import { dispatchBiasAdd } from "../biasAdd.ts";
import { gemm, splitKOf } from "../product/gemm.ts";
import { reduceSplitK } from "../product/splitK.ts";
import { type Convolution, type Geometry, stepsOf, type WeightGrad } from "./geometry.ts";

/**
 * Bytes of im2col's rows that are at work at one time: a few megabytes stay in a CPU's caches, a
 * GPU wants many tiles at once.
 */
const chunkBytes = (gpu: Gpu): number => (gpu.family === "tiled" ? 1 << 27 : 1 << 24);

/** Most of im2col's rows at one time: grids end at 65535 tiles, of 32 rows in the smallest case. */
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
      // What rows hold beyond their last tap is undefined; col2im does not read it.
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

/** `write` dispatches the sums; the bias and the slope follow in a pass of its own. */
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

/** Values under the taps of a pixel. */
const tapsOf = ({ kh, kw, c }: Geometry): number => kh * kw * c;

/** Values from row to row: whole vec4s, so that products may read and write them so. */
const pitchOf = (g: Geometry): number => 4 * Math.ceil(tapsOf(g) / 4);

/** Images whose rows fit into `chunkBytes` and CHUNK_ROWS, at least one. */
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
