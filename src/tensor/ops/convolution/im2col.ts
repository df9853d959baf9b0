// Convolutions as matrix products over unfolded images, for any geometry and any family: a second
// array holds, for each pixel of the small side, the values of the large side under its taps, some
// images at a time.
import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { sweep } from "../../../kernels/grid.ts";
import { col2im, im2col } from "../../../kernels/shaders.generated.ts";
import { addBias } from "../biasAdd.ts";
import { gemm, partsOf } from "../product/gemm.ts";
import { inParts } from "../product/splitK.ts";
import type { Convolve, Finish } from "./geometry.ts";
import { type Geometry, stepsOf } from "./geometry.ts";

/**
 * Bytes of unfolded images that are at work at one time: a few megabytes stay in a CPU's caches, a
 * GPU wants many tiles at once.
 */
const chunkBytes = (gpu: Gpu): number => (gpu.family === "tiled" ? 1 << 27 : 1 << 24);

/**
 * Rows of unfolded images at one time: grids end at 65535 tiles, of 32 rows in the smallest case.
 */
const CHUNK_ROWS = 1 << 20;

export const im2colConv: Convolve<void> = (gpu, op, g, x, w, y, finish) => {
  const { sh, sw, c, d, kh, kw } = g;
  const [rows, columns] = [sh * sw, kh * kw * c];
  const pitch = pitchOf(g);
  const sums = finish === undefined ? y : gpu.allocate(op, y.bytes);
  forChunks(gpu, op, g, (first, images, unfolded) => {
    unfoldImages(gpu, op, g, first, images, x, unfolded);
    const product = { m: images * rows, n: d, k: columns, am: pitch, ak: 1, bk: d, bn: 1 };
    gemm(gpu, op, { ...product, a: unfolded, b: w, y: sums, y0: first * rows * d });
  });
  finishSums(gpu, op, sums, y, finish);
};

export const im2colConvTranspose: Convolve<void> = (gpu, op, g, x, w, y, finish) => {
  const { sh, sw, c, d, kh, kw } = g;
  const [rows, columns] = [sh * sw, kh * kw * c];
  const sums = finish === undefined ? y : gpu.allocate(op, y.bytes);
  forChunks(gpu, op, g, (first, images, unfolded) => {
    // Columns beyond the weights' last are computed from whatever lies there; foldImages reads none
    // of them.
    const product = { m: images * rows, n: columns, k: d, am: d, ak: 1, bk: 1, bn: d };
    gemm(gpu, op, { ...product, a: x, a0: first * rows * d, b: w, y: unfolded, pitchY: pitchOf(g) });
    foldImages(gpu, op, g, first, images, unfolded, sums);
  });
  finishSums(gpu, op, sums, y, finish);
};

export function im2colConvWeightGrad(
  gpu: Gpu,
  op: string,
  g: Geometry,
  x: BufferRef,
  dy: BufferRef,
  dw: BufferRef,
): void {
  const { batch, c, sh, sw, d, kh, kw } = g;
  const [rows, columns] = [sh * sw, kh * kw * c];
  const images = imagesAtOnce(gpu, g);
  const parts = (count: number): number => partsOf(columns, d, count * rows);
  const total = Math.floor(batch / images) * parts(images) + (batch % images === 0 ? 0 : parts(batch % images));
  inParts(gpu, op, total, columns * d, dw, (partial) => {
    let done = 0;
    forChunks(gpu, op, g, (first, count, unfolded) => {
      unfoldImages(gpu, op, g, first, count, x, unfolded);
      const product = { m: columns, n: d, k: count * rows, am: 1, ak: pitchOf(g), bk: d, bn: 1 };
      const place = { a: unfolded, b: dy, b0: first * rows * d, y: partial, y0: done * columns * d };
      gemm(gpu, op, { ...product, ...place }, parts(count));
      done += parts(count);
    });
  });
}

/** The bias and the slope in a pass of its own, from sums that are then freed. */
function finishSums(gpu: Gpu, op: string, sums: BufferRef, y: BufferRef, finish: Finish | undefined): void {
  if (finish === undefined) return;
  addBias(gpu, op, sums, finish.b, y, finish.alpha);
  gpu.release(sums);
}

const placement = ({ lh, lw, c, sh, sw }: Geometry) => ({ lh, lw, c, sh, sw });

/**
 * Values from row to row of unfolded images: whole vec4s, so that products may read and write them
 * so.
 */
const pitchOf = ({ kh, kw, c }: Geometry): number => 4 * Math.ceil((kh * kw * c) / 4);

/** Images whose unfolded form fits into `chunkBytes` and CHUNK_ROWS, at least one. */
const imagesAtOnce = (gpu: Gpu, g: Geometry): number => {
  const rows = Math.min(CHUNK_ROWS, Math.floor(chunkBytes(gpu) / (4 * pitchOf(g))));
  return Math.max(1, Math.min(g.batch, Math.floor(rows / (g.sh * g.sw))));
};

function forChunks(
  gpu: Gpu,
  op: string,
  g: Geometry,
  f: (first: number, images: number, unfolded: BufferRef) => void,
): void {
  const images = imagesAtOnce(gpu, g);
  const unfolded = gpu.allocate(op, 4 * images * g.sh * g.sw * pitchOf(g));
  for (let first = 0; first < g.batch; first += images) f(first, Math.min(images, g.batch - first), unfolded);
  gpu.release(unfolded);
}

/** x [batch, lh, lw, c] → y [images, sh, sw, kh · kw · c], for images from `first` on. */
function unfoldImages(
  gpu: Gpu,
  op: string,
  g: Geometry,
  first: number,
  images: number,
  x: BufferRef,
  y: BufferRef,
): void {
  const rows = images * g.sh * g.sw * g.kh;
  const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, rows);
  const params = { ...stepsOf(g), ...placement(g), rows, chunk, pitch: pitchOf(g), first };
  gpu.dispatch({ op, kernel: im2col, constants: { WORKGROUP_SIZE }, buffers: { x, y }, params, workgroups });
}

/** The adjoint of unfoldImages. */
function foldImages(
  gpu: Gpu,
  op: string,
  g: Geometry,
  first: number,
  images: number,
  x: BufferRef,
  y: BufferRef,
): void {
  const count = images * g.lh * g.lw * g.c;
  const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, count);
  const reach = { reachY: Math.ceil(g.kh / g.strideY), reachX: Math.ceil(g.kw / g.strideX) };
  const params = { ...stepsOf(g), ...placement(g), ...reach, count, chunk, pitch: pitchOf(g), first };
  gpu.dispatch({ op, kernel: col2im, constants: { WORKGROUP_SIZE }, buffers: { x, y }, params, workgroups });
}
