import type { BufferRef } from "../../../kernels/command.ts";
import type { Gpu } from "../../../kernels/gpu.ts";
import { sumRows } from "../sum.ts";

/** How long sums are cut: `f` writes `parts` sums of `count` values each, side by side, which are then added to y, in order. */
export function inParts(
  gpu: Gpu,
  op: string,
  parts: number,
  count: number,
  y: BufferRef,
  f: (partial: BufferRef) => void,
): void {
  if (parts === 1) {
    f(y);
    return;
  }
  const partial = gpu.allocate(op, 4 * parts * count);
  f(partial);
  sumRows(gpu, op, { outer: 1, row: parts * count, width: count }, partial, y);
  gpu.free(partial);
}
