import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { matmul as lanes, matmulPortable as portable } from "../../kernels/shaders.generated.ts";

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
