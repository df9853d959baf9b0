import type { Op, Tensor } from "../../engine.ts";
import { format, type Shape, sameShape, size } from "../../shape.ts";
import { gemm, type Product, partsOf } from "./gemm.ts";
import { inParts } from "./splitK.ts";

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
    inParts(gpu, "matmul", parts, m * n, y.buffer, (sums) => gemm(gpu, "matmul", { ...product, y: sums }, parts));
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
 * Matrix product over the last two axes; the axes before them are equal and run in parallel. a:
 * [..., m, k], b: [..., k, n] → y: [..., m, n]; either may be stored transposed. da = dy·bᵀ, db =
 * aᵀ·dy. RangeError when the shapes do not fit.
 */
export function matmul(a: Tensor, b: Tensor, attributes: Partial<MatmulAttributes> = {}): Tensor {
  return a.engine.apply(matmulOp, { a, b }, { transposeA: false, transposeB: false, ...attributes });
}
