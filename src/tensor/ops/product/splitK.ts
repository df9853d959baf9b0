import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { sumRows } from "../sum.ts";

/**
 * How long sums are cut: `f` writes `parts` sums of `count` values each, side by side, which are
 * then added to y, in order.
 */
export function inParts(
  gpu: Gpu,
  op: string,
  splitK: number,
  count: number,
  y: BufferRef,
  f: (partial: BufferRef) => void,
): void {
  if (splitK === 1) {
    f(y);
    return;
  }
  const partial = gpu.allocate(op, 4 * splitK * count);
  f(partial);
  sumRows(gpu, op, { outer: 1, row: splitK * count, width: count }, partial, y);
  gpu.release(partial);
}
