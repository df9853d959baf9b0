import type { Pausing } from "../../kernels/batches.ts";
import type { Cancellable } from "../../kernels/signal.ts";

/** A row depends on others when they leave no more of its length than this. */
const DEPENDENT = 1e-10;

/** a ← a + s b. */
export function addTimes(a: Float64Array, s: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) (a[i] as number) += s * (b[i] as number);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/**
 * Makes rows [n, length] orthonormal in place, each by those before it, by the method of Gram and
 * Schmidt, twice: then they are orthogonal to working precision (Giraud, Langou, Rozložník 2005).
 * A row that depends on those before it becomes zeros. Other work may run between two rows.
 */
export async function orthonormalise(
  gpu: Pausing,
  rows: Float64Array,
  length: number,
  { signal }: Cancellable,
): Promise<void> {
  for (let i = 0; i < rows.length / length; i++) {
    await gpu.pause(signal);
    const own = rows.subarray(i * length, (i + 1) * length);
    for (let time = 0; time < 2; time++) {
      const before = Math.sqrt(dot(own, own));
      for (let j = 0; j < i; j++) {
        const other = rows.subarray(j * length, (j + 1) * length);
        addTimes(own, -dot(own, other), other);
      }
      const norm = Math.sqrt(dot(own, own));
      const by = norm > DEPENDENT * before ? 1 / norm : 0;
      for (let c = 0; c < length; c++) (own[c] as number) *= by;
    }
  }
}
