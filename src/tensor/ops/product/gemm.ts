import type { BufferRef, Dispatch } from "../../../kernels/command.ts";
import type { Tile } from "../../../kernels/family.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { matmulPortable, matmulQuads, matmulSubgroup, matmulTiled } from "../../../kernels/shaders.generated.ts";
import { moveBox } from "../box.ts";
import { quadTile } from "./quadTile.ts";

/** Matrices one after another in a buffer. All lengths count values. */
export interface Matrices {
  readonly buffer: BufferRef;
  /** Distance between rows, at least the length of a row. */
  readonly pitch: number;
  /** Distance between matrices. Default: 0, the same matrix for all products. */
  readonly plane?: number;
  /** Where the first one begins. Default: 0. */
  readonly start?: number;
}

/**
 * A factor of a product. Its values are adjacent along one of its two axes; other strides cannot be
 * expressed.
 */
export interface Factor extends Matrices {
  /**
   * Whether rows go along k: then a is stored as [m, k] and b as [n, k]. Otherwise a is stored as
   * [k, m] and b as [k, n].
   */
  readonly alongK: boolean;
}

/** y[z] = a[z] · b[z] for z < batch, with a of m × k and b of k × n values. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** How many products. Default: 1. */
  readonly batch?: number;
  readonly a: Factor;
  readonly b: Factor;
  /** [batch, m, pitch], from `start` on. The values between n and the pitch become undefined. */
  readonly y: Omit<Matrices, "plane">;
  /**
   * If above 1, which needs a batch of 1, k is cut into that many ranges, and y holds the products
   * over each range, one after another. See `reduceSplitK`. Default: 1.
   */
  readonly splitK?: number;
}

/** Dispatches y = a · b; see Product. */
export function gemm(gpu: Gpu, op: string, product: Product): void {
  const { family, tile } = gpu.kernels;
  const side = tile ? Math.min(tile.m, tile.n) : family === "quads" ? 4 : SUBGROUP_ROWS[0];
  for (const piece of pieces(full(product), MOST_GROUPS * side)) {
    if (family === "subgroup") {
      gemmSubgroup(gpu, op, piece);
    } else {
      const run = tile ? tiled(piece, tile) : family === "quads" ? quads(piece) : portable(piece);
      gpu.dispatch({ op, ...run, buffers: buffersOf(piece), params: stridesOf(piece) });
    }
  }
}

/**
 * Into how many ranges to cut k so that a product with few tiles still fills a device: decided by
 * shape alone.
 */
export function splitKOf(m: number, n: number, k: number): number {
  const tiles = Math.ceil(m / 32) * Math.ceil(n / 32);
  return tiles >= 16 ? 1 : Math.max(1, Math.min(Math.ceil(32 / tiles), Math.floor(k / 128)));
}

/** A product without defaults. */
interface Full {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
  readonly a: Required<Factor>;
  readonly b: Required<Factor>;
  readonly y: Required<Product["y"]>;
  readonly splitK: number;
}

function full({ m, n, k, batch = 1, a, b, y, splitK = 1 }: Product): Full {
  if (batch > 1 && splitK > 1) {
    throw new RangeError(`gemm: expected \`splitK\` of 1 for a batch of ${batch}, got ${splitK}`);
  }
  const whole = { buffer: y.buffer, pitch: y.pitch, start: y.start ?? 0 };
  return { m, n, k, batch, a: fullFactor(a), b: fullFactor(b), y: whole, splitK };
}

// This runs for every product. Engines make literals several times as fast as they copy records.
const fullFactor = ({ buffer, alongK, pitch, plane = 0, start = 0 }: Factor): Required<Factor> => {
  return { buffer, alongK, pitch, plane, start };
};

/** Number of values of k in a range, a multiple of 4; a single range may reach beyond k. */
const kChunkOf = ({ k, splitK }: Full): number => 4 * Math.ceil(k / splitK / 4);

/**
 * Greatest number of workgroups on an axis: WebGPU guarantees 65,535; this many keep offsets at
 * multiples of 32.
 */
const MOST_GROUPS = 65_504;

/**
 * The product cut into products of at most `most` rows and columns, which a grid of workgroups can
 * hold. Nearly always this is the product itself.
 */
function* pieces(p: Full, most: number): Generator<Full> {
  // A kernel finds the next matrix of y from the number of rows m, which is another one in a piece.
  // So matrices that are cut along m are computed one by one.
  const products = p.m > most ? 1 : MOST_GROUPS;
  for (let z = 0; z < p.batch; z += products) {
    for (let m = 0; m < p.m; m += most) {
      for (let n = 0; n < p.n; n += most) {
        yield {
          ...p,
          batch: Math.min(products, p.batch - z),
          m: Math.min(most, p.m - m),
          n: Math.min(most, p.n - n),
          a: { ...p.a, start: p.a.start + z * p.a.plane + m * (p.a.alongK ? p.a.pitch : 1) },
          b: { ...p.b, start: p.b.start + z * p.b.plane + n * (p.b.alongK ? p.b.pitch : 1) },
          y: { ...p.y, start: p.y.start + (z * p.m + m) * p.y.pitch + n },
        };
      }
    }
  }
}

/** Params of the kernels that read factors by strides. */
function stridesOf(p: Full) {
  const { m, n, k, a, b, y } = p;
  return {
    m,
    n,
    k,
    kChunk: kChunkOf(p),
    am: a.alongK ? a.pitch : 1,
    ak: a.alongK ? 1 : a.pitch,
    az: a.plane,
    a0: a.start,
    bk: b.alongK ? 1 : b.pitch,
    bn: b.alongK ? b.pitch : 1,
    bz: b.plane,
    b0: b.start,
    y0: y.start,
    pitchY: y.pitch,
  };
}

const buffersOf = ({ a, b, y }: Pick<Full, "a" | "b" | "y">) => ({ a: a.buffer, b: b.buffer, y: y.buffer });

type Run = Pick<Dispatch, "kernel" | "constants" | "workgroups">;

function portable({ m, n, batch, splitK }: Full): Run {
  // Larger tiles make more products of each value that they load, unless they are mostly empty.
  const ROWS = m <= 4 ? 4 : 8;
  const COLUMNS = n <= 32 ? 1 : 2;
  const workgroups = [Math.ceil(n / 32 / COLUMNS), Math.ceil(m / 8 / ROWS), batch * splitK] as const;
  return { kernel: matmulPortable, constants: { ROWS, COLUMNS }, workgroups };
}

function quads({ m, n, k, batch, splitK }: Full): Run {
  // Large products are a tenth faster with 32 rows, after a second of compiling instead of a third.
  const { rows: TM, COLUMNS } = quadTile(m, n, m * n * k < 6e7 ? 16 : 32);
  const workgroups = [Math.ceil(m / TM), Math.ceil(n / (4 * COLUMNS)), batch * splitK] as const;
  return { kernel: matmulQuads, constants: { TM, COLUMNS, MASK: k % 4 !== 0 }, workgroups };
}

function tiled({ m, n, batch, splitK, a, b }: Full, tile: Tile): Run {
  const constants = {
    TM: tile.m,
    TN: tile.n,
    TK: tile.k,
    RM: tile.rows,
    RN: tile.columns,
    KU: tile.k % 4 === 0 ? 4 : 1,
    A_ALONG_K: a.alongK,
    B_ALONG_K: b.alongK,
  };
  const workgroups = [Math.ceil(n / tile.n), Math.ceil(m / tile.m), batch * splitK] as const;
  return { kernel: matmulTiled, constants, workgroups };
}

/**
 * Rows of a tile of family `subgroup`, TM in shaders/matmulSubgroup.wgsl. Longer loops no longer
 * fit into a CPU's cache of decoded instructions.
 */
const SUBGROUP_ROWS = [16, 32, 52, 64] as const;

/** The tile by which m rows take the least time: loading b takes as long as computing 6 rows. */
function subgroupRows(m: number): number {
  const cost = (tile: number): number => Math.ceil(m / tile) * (tile + 6);
  return SUBGROUP_ROWS.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best));
}

/**
 * The product by family `subgroup`, which reads and writes whole vec4s: rows must begin at
 * multiples of 4. Matrices with other rows are copied, which costs little except for small
 * products.
 */
function gemmSubgroup(gpu: Gpu, op: string, p: Full): void {
  const { m, n, k, batch, y } = p;
  const depth = batch * p.splitK;
  const a = aligned(gpu, op, p.a, { batch, length: m, k });
  const b = aligned(gpu, op, p.b, { batch, length: n, k });
  const direct = multipleOf4(y.pitch, y.start);
  const target = direct ? y : { buffer: gpu.allocate(op, 4 * depth * m * up4(n)), pitch: up4(n), start: 0 };
  const TM = subgroupRows(m);
  gpu.dispatch({
    op,
    kernel: matmulSubgroup,
    constants: { AK: a.alongK, BK: b.alongK, MASK: k % 4 !== 0, TM },
    buffers: buffersOf({ a, b, y: target }),
    params: {
      m,
      n,
      k,
      kChunk: kChunkOf(p),
      pitchA: a.pitch / 4,
      az: a.plane / 4,
      a0: a.start / 4,
      pitchB: b.pitch / 4,
      bz: b.plane / 4,
      b0: b.start / 4,
      pitchY: target.pitch / 4,
      y0: target.start / 4,
    },
    workgroups: [Math.ceil(m / TM), Math.ceil(n / 32), depth],
  });
  if (!direct) {
    const [from, to] = [target, y].map((side) => ({ ...side, plane: m * side.pitch })) as [Placed, Placed];
    copy(gpu, op, { depth, rows: m, columns: n, from, to });
    gpu.release(target.buffer);
  }
  if (a.buffer !== p.a.buffer) gpu.release(a.buffer);
  if (b.buffer !== p.b.buffer) gpu.release(b.buffer);
}

type Placed = Required<Matrices>;

const multipleOf4 = (...values: readonly number[]): boolean => values.every((v) => v % 4 === 0);
const up4 = (n: number): number => 4 * Math.ceil(n / 4);

/**
 * The factor itself where its rows begin at multiples of 4, else a copy with such rows, which the
 * caller frees. `length` is that of its other axis, m or n.
 */
function aligned(
  gpu: Gpu,
  op: string,
  factor: Required<Factor>,
  { batch, length, k }: { readonly batch: number; readonly length: number; readonly k: number },
): Required<Factor> {
  // Rows of one value each are the same as one row of the other axis, which takes less room when
  // copied.
  const alongK = factor.alongK || factor.pitch === 1;
  if (multipleOf4(factor.pitch, factor.plane, factor.start)) return { ...factor, alongK };
  const [rows, columns] = alongK ? [length, k] : [k, length];
  const pitch = up4(columns);
  const to = { buffer: gpu.allocate(op, 4 * batch * rows * pitch), pitch, plane: rows * pitch, start: 0 };
  copy(gpu, op, { depth: batch, rows, columns, from: factor, to });
  return { ...to, alongK };
}

interface Copy {
  readonly depth: number;
  readonly rows: number;
  readonly columns: number;
  readonly from: Placed;
  readonly to: Placed;
}

/** y[z, i, j] = x[z, i, j] for a block of depth × rows × columns values. */
function copy(gpu: Gpu, op: string, { depth, rows, columns, from, to }: Copy): void {
  const axes = [
    { length: depth, x: from.plane, y: to.plane },
    { length: rows, x: from.pitch, y: to.pitch },
    { length: columns, x: 1, y: 1 },
  ];
  moveBox(gpu, op, { axes, xStart: from.start, yStart: to.start }, { x: from.buffer, y: to.buffer });
}
