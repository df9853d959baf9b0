import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { grid } from "../../kernels/grid.ts";
import { sum as kernel } from "../../kernels/shaders.generated.ts";

/** y[i] = Σ over parts p of x[p, i], in order: how kernels that cut a long sum into `parts` put it together again. */
export function sumParts(gpu: Gpu, op: string, x: BufferRef, parts: number, count: number, y: BufferRef): void {
  gpu.dispatch(op, kernel, {}, { x, y }, { outer: 1, row: parts * count, width: count }, grid(Math.ceil(count / 64)));
}
