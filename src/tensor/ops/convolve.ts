// What convolutions are made of: the three maps between a large side, a small side and the weights, as dispatches.
import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { sweep } from "../../kernels/grid.ts";
import { fold, taps, tapsGradient, tapsGradientScalar, tapsScalar, unfold } from "../../kernels/shaders.generated.ts";
import type { Geometry } from "../convolution.ts";
import { addBias } from "./bias.ts";
import { multiply, partsOf } from "./multiply.ts";
import { sumParts } from "./sumParts.ts";

/** What follows a sum: a bias per channel of y, then the slope alpha below 0 (1: none). */
export interface Finish {
  readonly b: BufferRef;
  readonly alpha: number;
}

/** Bytes of unfolded images that are at work at one time: a few megabytes stay in a CPU's caches, a GPU wants many tiles at once. */
const chunkBytes = (gpu: Gpu): number => (gpu.family === "tiled" ? 1 << 27 : 1 << 24);

/** Rows of unfolded images at one time: grids end at 65535 tiles, of 32 rows in the smallest case. */
const CHUNK_ROWS = 1 << 20;

const lanes = ({ family }: Gpu): boolean => family === "subgroup";
/** Multiplications and additions from which on a shape gets pipelines of its own; a driver takes about a second to compile one. */
const WORTH_BAKING = 1_500_000;
const worthBaking = ({ batch, sh, sw, kh, kw, c, d }: Geometry): boolean =>
  batch * sh * sw * kh * kw * c * d >= WORTH_BAKING;
/** Params that an image's size does not fix are left out: the batch and where a dispatch begins. */
const TAPS = ["uh", "uw", "kh", "kw", "strideY", "strideX", "padY", "padX", "ih", "iw", "oh", "ow", "k4", "n"] as const;
const SCALAR = ["kh", "kw", "strideY", "strideX", "padY", "padX", "ih", "iw", "oh", "ow", "k", "n"] as const;
const GRADIENT = ["m", "n4", "lh", "lw", "c", "sh", "sw", "kw", "strideY", "strideX", "padY", "padX"] as const;
const fours = (channels: number): boolean => channels % 4 === 0;
const tile = (channels: number): number => Math.min(16, 2 ** Math.ceil(Math.log2(channels)));

/** y [batch, sh, sw, d] from x [batch, lh, lw, c]: conv2d, and the input gradient of conv2dTranspose. */
export function down(
  gpu: Gpu,
  op: string,
  g: Geometry,
  x: BufferRef,
  w: BufferRef,
  y: BufferRef,
  finish?: Finish,
): void {
  const { batch, lh, lw, c, sh, sw, d, kh, kw } = g;
  if (lanes(gpu) && fours(d)) {
    const [units, NT] = [batch * sh * sw, tile(d)];
    const buffers = { x, w, b: finish?.b ?? w, y };
    const baked = worthBaking(g);
    const sides = { ih: lh, iw: lw, oh: sh, ow: sw };
    const columns = Math.ceil(d / NT);
    forGroups(Math.ceil(units / 32), (firstUnit, count) => {
      const common = { ...steps(g), ...sides, ...epilogue(finish), units, firstUnit, n: d };
      if (fours(c)) {
        const params = { ...common, uh: sh, uw: sw, k4: c / 4 };
        gpu.dispatch(op, taps, { UP: false, NT }, buffers, params, [1, count, columns], baked ? TAPS : []);
      } else {
        const params = { ...common, k: c };
        gpu.dispatch(op, tapsScalar, { NT }, buffers, params, [count, columns, 1], baked ? SCALAR : []);
      }
    });
    return;
  }
  const [rows, columns] = [sh * sw, kh * kw * c];
  const pitch = pitchOf(g);
  const sums = finish === undefined ? y : gpu.allocate(op, y.bytes);
  forChunks(gpu, op, g, (first, images, unfolded) => {
    unfoldImages(gpu, op, g, first, images, x, unfolded);
    const product = { m: images * rows, n: d, k: columns, am: pitch, ak: 1, bk: d, bn: 1 };
    multiply(gpu, op, { ...product, a: unfolded, b: w, y: sums, y0: first * rows * d });
  });
  finishSums(gpu, op, sums, y, finish);
}

/** y [batch, lh, lw, c] from x [batch, sh, sw, d]: conv2dTranspose, and the input gradient of conv2d. */
export function up(gpu: Gpu, op: string, g: Geometry, x: BufferRef, w: BufferRef, y: BufferRef, finish?: Finish): void {
  const { batch, lh, lw, c, sh, sw, d, kh, kw, strideY, strideX } = g;
  if (lanes(gpu) && fours(c) && fours(d)) {
    const [uh, uw, NT] = [Math.ceil(lh / strideY), Math.ceil(lw / strideX), tile(c)];
    const units = batch * uh * uw;
    const buffers = { x, w, b: finish?.b ?? w, y };
    const baked = worthBaking(g);
    forGroups(Math.ceil(units / 32), (firstUnit, count) => {
      const sides = { uh, uw, ih: sh, iw: sw, oh: lh, ow: lw };
      const params = { ...steps(g), ...sides, units, firstUnit, k4: d / 4, n: c, ...epilogue(finish) };
      const workgroups = [strideY * strideX, count, Math.ceil(c / NT)] as const;
      gpu.dispatch(op, taps, { UP: true, NT }, buffers, params, workgroups, baked ? TAPS : []);
    });
    return;
  }
  const [rows, columns] = [sh * sw, kh * kw * c];
  const sums = finish === undefined ? y : gpu.allocate(op, y.bytes);
  forChunks(gpu, op, g, (first, images, unfolded) => {
    // Columns beyond the weights' last are computed from whatever lies there; foldImages reads none of them.
    const product = { m: images * rows, n: columns, k: d, am: d, ak: 1, bk: 1, bn: d };
    multiply(gpu, op, { ...product, a: x, a0: first * rows * d, b: w, y: unfolded, pitchY: pitchOf(g) });
    foldImages(gpu, op, g, first, images, unfolded, sums);
  });
  finishSums(gpu, op, sums, y, finish);
}

/** dw [kh, kw, c, d] from the large side x and the small side dy; one of them is a gradient: dy in a conv2d, x in a conv2dTranspose. */
export function weights(gpu: Gpu, op: string, g: Geometry, x: BufferRef, dy: BufferRef, dw: BufferRef): void {
  const { batch, lh, lw, c, sh, sw, d, kh, kw } = g;
  const [rows, columns] = [sh * sw, kh * kw * c];
  if (lanes(gpu) && fours(d)) {
    const baked = worthBaking(g);
    const [rowTiles, columnTiles] = [Math.ceil(columns / 16), Math.ceil(d / 32)];
    // images come in fours: another share would leave part of a round idle
    const per = 4 * Math.ceil(batch / 4 / Math.min(Math.ceil(batch / 4), Math.ceil(64 / (rowTiles * columnTiles))));
    const parts = Math.ceil(batch / per);
    const partial = parts === 1 ? dw : gpu.allocate(op, 4 * parts * columns * d);
    const buffers = { x, g: dy, dw: partial };
    const params = { ...steps(g), m: columns, n4: d / 4, batch, per, lh, lw, c, sh, sw };
    const workgroups = [rowTiles, columnTiles, parts] as const;
    const kernel = fours(c) ? tapsGradient : tapsGradientScalar;
    gpu.dispatch(op, kernel, {}, buffers, params, workgroups, baked ? GRADIENT : []);
    if (parts > 1) {
      sumParts(gpu, op, partial, parts, columns * d, dw);
      gpu.free(partial);
    }
    return;
  }
  const images = imagesAtOnce(gpu, g);
  const parts = (count: number): number => partsOf(columns, d, count * rows);
  const total = Math.floor(batch / images) * parts(images) + (batch % images === 0 ? 0 : parts(batch % images));
  const partial = total === 1 ? dw : gpu.allocate(op, 4 * total * columns * d);
  let done = 0;
  forChunks(gpu, op, g, (first, count, unfolded) => {
    unfoldImages(gpu, op, g, first, count, x, unfolded);
    const product = { m: columns, n: d, k: count * rows, am: 1, ak: pitchOf(g), bk: d, bn: 1 };
    const place = { a: unfolded, b: dy, b0: first * rows * d, y: partial, y0: done * columns * d };
    multiply(gpu, op, { ...product, ...place }, parts(count));
    done += parts(count);
  });
  if (total > 1) {
    sumParts(gpu, op, partial, total, columns * d, dw);
    gpu.free(partial);
  }
}

/** Params of a kernel that ends with the bias and the slope itself. */
const epilogue = (finish: Finish | undefined) => ({ biased: finish === undefined ? 0 : 1, alpha: finish?.alpha ?? 1 });

/** The same in a pass of its own, from sums that are then freed. */
function finishSums(gpu: Gpu, op: string, sums: BufferRef, y: BufferRef, finish: Finish | undefined): void {
  if (finish === undefined) return;
  addBias(gpu, op, sums, finish.b, y, finish.alpha);
  gpu.free(sums);
}

const steps = ({ kh, kw, strideY, strideX, padY, padX }: Geometry) => ({ kh, kw, strideY, strideX, padY, padX });

const placement = ({ lh, lw, c, sh, sw }: Geometry) => ({ lh, lw, c, sh, sw });

/** Calls `f` for ranges of workgroups that fit on one axis of a grid, each of 32 units. */
function forGroups(groups: number, f: (firstUnit: number, count: number) => void): void {
  for (let first = 0; first < groups; first += 65_535) f(32 * first, Math.min(65_535, groups - first));
}

/** Values from row to row of unfolded images: whole vec4s, so that products may read and write them so. */
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
  gpu.free(unfolded);
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
  const { LANES, chunk, workgroups } = sweep(gpu.family, rows);
  const params = { ...steps(g), ...placement(g), rows, chunk, pitch: pitchOf(g), first };
  gpu.dispatch(op, unfold, { LANES }, { x, y }, params, workgroups);
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
  const { LANES, chunk, workgroups } = sweep(gpu.family, count);
  const reach = { reachY: Math.ceil(g.kh / g.strideY), reachX: Math.ceil(g.kw / g.strideX) };
  const params = { ...steps(g), ...placement(g), ...reach, count, chunk, pitch: pitchOf(g), first };
  gpu.dispatch(op, fold, { LANES }, { x, y }, params, workgroups);
}
