import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { sumRows } from "../sum.ts";

/** `splitK` partial sums of `count` values each, whose sum is y. */
export interface SplitK {
  readonly splitK: number;
  readonly count: number;
  readonly y: BufferRef;
}

/**
 * y[i] = Σ partial[s, i] over s < splitK, in this order. `write` dispatches the kernels that write
 * the partial sums [splitK, count]; a single one is written to y directly.
 */
export function reduceSplitK(
  gpu: Gpu,
  op: string,
  { splitK, count, y }: SplitK,
  write: (partial: BufferRef) => void,
): void {
  if (splitK === 1) {
    write(y);
    return;
  }
  const partial = gpu.allocate(op, 4 * splitK * count);
  write(partial);
  sumRows(gpu, op, { outer: 1, row: splitK * count, width: count }, { x: partial, y });
  gpu.release(partial);
}
