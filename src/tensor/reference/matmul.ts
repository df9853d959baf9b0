import type { MatmulAttributes } from "../ops/product/matmul.ts";
import { size } from "../shape.ts";
import { spread, sumBound } from "./bound.ts";
import type { KernelName, OpReference } from "./reference.ts";

/** The kernels that `gemm` dispatches in any family, and those that add its partial products. */
export const PRODUCT: readonly KernelName[] = [
  "matmulSubgroup",
  "matmulPortable",
  "matmulQuads",
  "matmulTiled",
  "move",
  "sum",
  "sumVectors",
];

/** y[z, m, n] = Σ_k a[z, m, k] b[z, k, n]. */
export const matmul: OpReference<"a" | "b", MatmulAttributes> = {
  kernels: PRODUCT,
  reference({ a, b }, { transposeA, transposeB }) {
    const [m = 0, k = 0] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
    const [, n = 0] = transposeB ? b.shape.slice(-2).reverse() : b.shape.slice(-2);
    const batch = size(a.shape.slice(0, -2));
    const y = new Float64Array(batch * m * n);
    const [am, ak] = transposeA ? [1, m] : [k, 1];
    const [bk, bn] = transposeB ? [1, k] : [n, 1];
    for (let z = 0; z < batch; z++) {
      for (let row = 0; row < m; row++) {
        const to = (z * m + row) * n;
        for (let i = 0; i < k; i++) {
          const left = a.values[z * m * k + row * am + i * ak] as number;
          const from = z * k * n + i * bk;
          for (let column = 0; column < n; column++) {
            (y[to + column] as number) += left * (b.values[from + column * bn] as number);
          }
        }
      }
    }
    return y;
  },
  bound: ({ a, b }, { transposeA }) => sumBound(a.shape.at(transposeA ? -2 : -1) ?? 1, spread(a, b)),
};
