import { checkOptions } from "../../../kernels/options.ts";
import { apply, type Op, type Tensor } from "../../engine.ts";
import { format, type Shape, sameShape, size } from "../../shape.ts";
import { gemm, splitKOf } from "./gemm.ts";
import { reduceSplitK } from "./splitK.ts";

/** Which operands of a product are transposed in their last two axes. */
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
    const factors = {
      a: { buffer: a.buffer, alongK: !transposeA, pitch: transposeA ? m : k, plane: m * k },
      b: { buffer: b.buffer, alongK: transposeB, pitch: transposeB ? k : n, plane: k * n },
    };
    const splitK = batch === 1 ? splitKOf(m, n, k) : 1;
    reduceSplitK(gpu, "matmul", { splitK, count: m * n, y: y.buffer }, (sums) =>
      gemm(gpu, "matmul", { m, n, k, batch, splitK, ...factors, y: { buffer: sums, pitch: n } }),
    );
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
 * y = a · b over the last two axes; the axes before them are equal and run in parallel.
 *
 *   a [..., m, k], b [..., k, n] → y [..., m, n];  da = dy · bᵀ,  db = aᵀ · dy
 *
 * Either may be stored transposed. RangeError when the shapes do not fit.
 */
export function matmul(a: Tensor, b: Tensor, attributes: Partial<MatmulAttributes> = {}): Tensor {
  checkOptions("matmul", attributes, ["transposeA", "transposeB"]);
  return apply(matmulOp, { a, b }, { transposeA: false, transposeB: false, ...attributes });
}
