import type { BufferRef } from "../../../kernels/command.ts";
import type { Tile } from "../../../kernels/family.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { grid } from "../../../kernels/grid.ts";
import {
  matmulSubgroup,
  pack,
  matmulPortable as portable,
  matmulTiled as tiled,
} from "../../../kernels/shaders.generated.ts";

/**
 * A product of strided matrices: a(z, m, k) lies at a0 + z·az + m·am + k·ak of its buffer, b
 * likewise; y is [z, m, n] from y0.
 */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: BufferRef;
  readonly am: number;
  readonly ak: number;
  readonly b: BufferRef;
  readonly bk: number;
  readonly bn: number;
  readonly y: BufferRef;
  readonly a0?: number;
  readonly b0?: number;
  readonly y0?: number;
  /** Values from row to row of y, at least n. Default n. What lies between is undefined. */
  readonly pitchY?: number;
  readonly batch?: number;
  readonly az?: number;
  readonly bz?: number;
}

/**
 * Dispatches one product. With `parts` > 1, k is cut into that many ranges and y holds a partial
 * product for each.
 */
export function gemm(gpu: Gpu, op: string, product: Product, parts = 1): void {
  const full = { batch: 1, az: 0, bz: 0, a0: 0, b0: 0, y0: 0, pitchY: product.n, ...product };
  const { family, tile } = gpu.kernels;
  const most =
    MOST_GROUPS * (tile !== undefined ? Math.min(tile.m, tile.n) : family === "subgroup" ? LANE_ROWS[0] : 32);
  for (const piece of pieces(full, most)) multiplyPiece(gpu, op, piece, parts);
}

/** WebGPU promises 65,535 workgroups on an axis; this many keep offsets at multiples of 32. */
const MOST_GROUPS = 65_504;

/**
 * Rows of a tile of family `subgroup`, TM in shaders/matmulSubgroup.wgsl: equally fast for a row,
 * the least first.
 */
const LANE_ROWS = [16, 20] as const;

/**
 * A product cut into ones of at most `most` rows and columns, which a grid of workgroups can hold:
 * nearly always itself.
 */
function* pieces(p: Required<Product>, most: number): Generator<Required<Product>> {
  for (let z = 0; z < p.batch; z += MOST_GROUPS) {
    for (let m = 0; m < p.m; m += most) {
      for (let n = 0; n < p.n; n += most) {
        const [a0, b0] = [p.a0 + z * p.az + m * p.am, p.b0 + z * p.bz + n * p.bn];
        const y0 = p.y0 + (z * p.m + m) * p.pitchY + n;
        const batch = Math.min(MOST_GROUPS, p.batch - z);
        yield { ...p, a0, b0, y0, batch, m: Math.min(most, p.m - m), n: Math.min(most, p.n - n) };
      }
    }
  }
}

function multiplyPiece(gpu: Gpu, op: string, full: Required<Product>, parts: number): void {
  const kChunk = parts === 1 ? full.k : 4 * Math.ceil(full.k / parts / 4);
  const { family, tile } = gpu.kernels;
  if (tile !== undefined) multiplyTiled(gpu, op, full, kChunk, parts, tile);
  else if (family === "portable") multiplyPortable(gpu, op, full, kChunk, parts);
  else multiplyLanes(gpu, op, full, kChunk, parts);
}

/**
 * In how many parts to cut k so that a product with few tiles still fills a device: decided by
 * shape alone.
 */
export function partsOf(m: number, n: number, k: number): number {
  const tiles = Math.ceil(m / 32) * Math.ceil(n / 32);
  return tiles >= 16 ? 1 : Math.max(1, Math.min(Math.ceil(32 / tiles), Math.floor(k / 128)));
}

function multiplyPortable(gpu: Gpu, op: string, p: Required<Product>, kChunk: number, parts: number): void {
  const { m, n, k, a, am, ak, az, a0, b, bk, bn, bz, b0, y, y0, pitchY, batch } = p;
  const params = { m, n, k, kChunk, am, ak, az, a0, bk, bn, bz, b0, y0, pitchY };
  gpu.dispatch({
    op,
    kernel: portable,
    buffers: { a, b, y },
    params,
    workgroups: [Math.ceil(n / 32), Math.ceil(m / 32), batch * parts],
  });
}

function multiplyTiled(gpu: Gpu, op: string, p: Required<Product>, kChunk: number, parts: number, tile: Tile): void {
  const { m, n, k, a, am, ak, az, a0, b, bk, bn, bz, b0, y, y0, pitchY, batch } = p;
  const params = { m, n, k, kChunk, am, ak, az, a0, bk, bn, bz, b0, y0, pitchY };
  const constants = {
    ...{ TM: tile.m, TN: tile.n, TK: tile.k, RM: tile.rows, RN: tile.columns, KU: tile.k % 4 === 0 ? 4 : 1 },
    ...{ A_ALONG_K: ak < am, B_ALONG_K: bk < bn },
  };
  const workgroups = [Math.ceil(n / tile.n), Math.ceil(m / tile.m), batch * parts] as const;
  gpu.dispatch({ op, kernel: tiled, constants, buffers: { a, b, y }, params, workgroups });
}

const multipleOf4 = (...values: readonly number[]): boolean => values.every((v) => v % 4 === 0);
const up4 = (n: number): number => 4 * Math.ceil(n / 4);

/**
 * One side of a product; `step` from one row of a (column of b) to the next, `stepK` along k, z and
 * start as in Product.
 */
interface Side {
  readonly buffer: BufferRef;
  readonly length: number;
  readonly step: number;
  readonly stepK: number;
  readonly z: number;
  readonly start: number;
}

/** A side in whole vec4s, with a row for each step of k or along k: what follows counts vec4s. */
interface Vectors {
  readonly buffer: BufferRef;
  readonly alongK: boolean;
  readonly pitch: number;
  readonly z: number;
  readonly start: number;
}

/**
 * The side as it is where its rows begin at multiples of 4, else a copy of which they do, to be
 * freed.
 */
function vectors(gpu: Gpu, op: string, side: Side, batch: number, k: number): Vectors {
  const { buffer, length, step, stepK, z, start } = side;
  const alongK = stepK === 1;
  const across = alongK ? step : stepK;
  if (multipleOf4(across, z, start)) return { buffer, alongK, pitch: across / 4, z: z / 4, start: start / 4 };
  const [rows, columns] = alongK ? [length, k] : [k, length];
  const pitch = up4(columns);
  const copied = gpu.allocate(op, 4 * batch * rows * pitch);
  const from = { x0: start, xz: z, xi: across, xj: 1 };
  copy(gpu, op, batch, rows, columns, buffer, from, copied, { y0: 0, yz: rows * pitch, yi: pitch });
  return { buffer: copied, alongK, pitch: pitch / 4, z: (rows * pitch) / 4, start: 0 };
}

/**
 * Family `subgroup`: all in vec4s. What does not lie so is copied, which costs little beside all
 * but small products.
 */
function multiplyLanes(gpu: Gpu, op: string, p: Required<Product>, kChunk: number, parts: number): void {
  const { m, n, k, batch, y, y0 } = p;
  const depth = batch * parts;
  const a = vectors(gpu, op, { buffer: p.a, length: m, step: p.am, stepK: p.ak, z: p.az, start: p.a0 }, batch, k);
  const b = vectors(gpu, op, { buffer: p.b, length: n, step: p.bn, stepK: p.bk, z: p.bz, start: p.b0 }, batch, k);
  const direct = multipleOf4(p.pitchY, y0);
  const pitchY = direct ? p.pitchY : up4(n);
  const target = direct ? y : gpu.allocate(op, 4 * depth * m * pitchY);
  const params = {
    ...{ m, n, k, kChunk, pitchA: a.pitch, az: a.z, a0: a.start, pitchB: b.pitch, bz: b.z, b0: b.start },
    ...{ pitchY: pitchY / 4, y0: direct ? y0 / 4 : 0 },
  };
  const rows = (tile: number): number => tile * Math.ceil(m / tile);
  const TM = LANE_ROWS.reduce((best, tile) => (rows(tile) < rows(best) ? tile : best));
  const constants = { AK: a.alongK, BK: b.alongK, MASK: k % 4 !== 0, TM };
  const workgroups = [Math.ceil(m / TM), Math.ceil(n / 32), depth] as const;
  gpu.dispatch({
    op,
    kernel: matmulSubgroup,
    constants,
    buffers: { a: a.buffer, b: b.buffer, y: target },
    params,
    workgroups,
  });
  if (!direct) {
    const from = { x0: 0, xz: m * pitchY, xi: pitchY, xj: 1 };
    copy(gpu, op, depth, m, n, target, from, y, { y0, yz: m * p.pitchY, yi: p.pitchY });
    gpu.release(target);
  }
  if (a.buffer !== p.a) gpu.release(a.buffer);
  if (b.buffer !== p.b) gpu.release(b.buffer);
}

/** y[z, i, j] = x[z, i, j] for a depth × rows × columns block, see shaders/pack.wgsl. */
function copy(
  gpu: Gpu,
  op: string,
  depth: number,
  rows: number,
  columns: number,
  x: BufferRef,
  from: { readonly x0: number; readonly xz: number; readonly xi: number; readonly xj: number },
  y: BufferRef,
  to: { readonly y0: number; readonly yz: number; readonly yi: number },
): void {
  const count = depth * rows * Math.ceil(columns / 16);
  gpu.dispatch({
    op,
    kernel: pack,
    buffers: { x, y },
    params: { count, rows, columns, ...from, ...to },
    workgroups: grid(Math.ceil(count / 64)),
  });
}
