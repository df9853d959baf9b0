import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { matmul as lanes, matmulPortable as portable } from "../../kernels/shaders.generated.ts";
import type { Op, Tensor } from "../op.ts";
import { format, type Shape, sameShape, size } from "../shape.ts";
import { sumParts } from "./sumParts.ts";

/** A product of strided matrices: a(z, m, k) lies at a0 + z·az + m·am + k·ak of its buffer, b likewise; y is [z, m, n] from y0. */
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
  readonly batch?: number;
  readonly az?: number;
  readonly bz?: number;
}

/** Dispatches one product. With `parts` > 1, k is cut into that many ranges and y holds a partial product for each. */
export function multiply(gpu: Gpu, op: string, product: Product, parts = 1): void {
  const { m, n, k, a, b, y, batch = 1, az = 0, bz = 0, a0 = 0, b0 = 0, y0 = 0 } = product;
  const { am, ak, bk, bn } = product;
  const params = { m, n, k, kChunk: Math.ceil(k / parts), am, ak, az, a0, bk, bn, bz, b0, y0 };
  const depth = batch * parts;
  if (gpu.family === "portable") {
    gpu.dispatch(op, portable, {}, { a, b, y }, params, [Math.ceil(n / 32), Math.ceil(m / 32), depth]);
  } else {
    gpu.dispatch(op, lanes, {}, { a, b, y }, params, [Math.ceil(m / 32), Math.ceil(n / 32), depth]);
  }
}

/** In how many parts to cut k so that a product with few tiles still fills a device: decided by shape alone. */
export function partsOf(m: number, n: number, k: number): number {
  const tiles = Math.ceil(m / 32) * Math.ceil(n / 32);
  return tiles >= 16 ? 1 : Math.max(1, Math.min(Math.ceil(32 / tiles), Math.floor(k / 128)));
}

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const matrix = (shape: Shape, transposed: boolean): readonly [rows: number, columns: number] => {
  const [rows = 0, columns = 0] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
};

export const matmulOp: Op<"a" | "b", MatmulAttributes> = {
  name: "matmul",

  shape({ a, b }, { transposeA, transposeB }) {
    const [m, k] = matrix(a, transposeA);
    const [k2, n] = matrix(b, transposeB);
    if (a.length < 2 || b.length < 2 || k !== k2 || !sameShape(a.slice(0, -2), b.slice(0, -2))) {
      const how = (shape: Shape, transposed: boolean): string => `${format(shape)}${transposed ? " transposed" : ""}`;
      throw new RangeError(
        `matmul: expected [..., m, k] and [..., k, n], got ${how(a, transposeA)} and ${how(b, transposeB)}`,
      );
    }
    return [...a.slice(0, -2), m, n];
  },

  forward(gpu, { a, b }, y, { transposeA, transposeB }) {
    const [m, k] = matrix(a.shape, transposeA);
    const [, n] = matrix(b.shape, transposeB);
    const batch = size(y.shape.slice(0, -2));
    const product: Product = {
      ...{ m, n, k, batch, a: a.buffer, b: b.buffer, y: y.buffer },
      ...{ az: m * k, am: transposeA ? 1 : k, ak: transposeA ? m : 1 },
      ...{ bz: k * n, bk: transposeB ? 1 : n, bn: transposeB ? k : 1 },
    };
    const parts = batch === 1 ? partsOf(m, n, k) : 1;
    if (parts === 1) {
      multiply(gpu, "matmul", product);
      return;
    }
    const partial = gpu.allocate("matmul", 4 * parts * m * n);
    multiply(gpu, "matmul", { ...product, y: partial }, parts);
    sumParts(gpu, "matmul", partial, parts, m * n, y.buffer);
    gpu.free(partial);
  },

  backward(dy, { a, b }, _y, { transposeA, transposeB }) {
    return {
      a: () =>
        transposeA
          ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
          : matmul(dy, b, { transposeA: false, transposeB: !transposeB }),
      b: () =>
        transposeB
          ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
          : matmul(a, dy, { transposeA: !transposeA, transposeB: false }),
    };
  },
};

/**
 * Matrix product over the last two axes; the axes before them are equal and run in parallel.
 * a: [..., m, k], b: [..., k, n] → y: [..., m, n]; either may be stored transposed. da = dy·bᵀ, db = aᵀ·dy.
 * RangeError when the shapes do not fit.
 */
export function matmul(a: Tensor, b: Tensor, attributes: Partial<MatmulAttributes> = {}): Tensor {
  return a.engine.apply(matmulOp, { a, b }, { transposeA: false, transposeB: false, ...attributes });
}
