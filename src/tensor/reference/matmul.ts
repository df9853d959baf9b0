import type { MatmulAttributes } from "../ops/matmul.ts";
import { size } from "../shape.ts";
import { at, type Reference } from "./reference.ts";

/** y[z, m, n] = Σ_k a[z, m, k] b[z, k, n]. */
export const matmul: Reference<"a" | "b", MatmulAttributes> = ({ a, b }, { transposeA, transposeB }) => {
  const [m = 0, k = 0] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const [, n = 0] = transposeB ? b.shape.slice(-2).reverse() : b.shape.slice(-2);
  const batch = size(a.shape.slice(0, -2));
  const y = new Float64Array(batch * m * n);
  for (let z = 0; z < batch; z++) {
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let i = 0; i < k; i++) {
          const left = at(a.values, z * m * k + (transposeA ? i * m + row : row * k + i));
          sum += left * at(b.values, z * k * n + (transposeB ? column * k + i : i * n + column));
        }
        y[(z * m + row) * n + column] = sum;
      }
    }
  }
  return y;
};
