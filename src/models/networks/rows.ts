import { batches, type IndexRange } from "../../kernels/batches.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";

/**
 * Number of images that pass through a network at once; memory on the device grows with it. Kernels
 * choose the order of their sums by the shape, so this number also affects the last bits of
 * results.
 */
export const IMAGES_AT_A_TIME = 250;

/**
 * The rows [count, …] of the tensors that `f` makes of consecutive ranges of `size` items. Each
 * tensor is read back before the next is made.
 */
export async function readRows(
  engine: Engine,
  { count, size, signal }: Cancellable & { readonly count: number; readonly size: number },
  f: (range: IndexRange) => Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  let all = new Float32Array();
  for await (const range of batches(engine, { count, size, signal })) {
    const y = engine.scope(() => f(range));
    try {
      const rows = await engine.read(y);
      const row = rows.length / range.count;
      if (range.first === 0) all = new Float32Array(count * row);
      all.set(rows, range.first * row);
    } finally {
      y.dispose();
    }
  }
  return all;
}
