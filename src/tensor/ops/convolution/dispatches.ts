// What the kernels of convolutions share: bias and slope, ranges of workgroups, parts of a batch.

import type { BufferRef } from "../../../kernels/command.ts";
import type { Convolution } from "./geometry.ts";

/**
 * Buffers and params of a kernel that adds the bias and applies the slope itself. WebGPU binds no
 * empty buffer: without a bias, `biased` is 0, the kernel does not read b, and w is bound in its
 * place.
 */
export const ending = ({ x, w, y, finish }: Convolution): Ending => ({
  buffers: { x, w, b: finish?.bias ?? w, y },
  biased: finish === undefined ? 0 : 1,
  alpha: finish?.alpha ?? 1,
});

interface Ending {
  readonly buffers: Readonly<Record<"x" | "w" | "b" | "y", BufferRef>>;
  readonly biased: number;
  readonly alpha: number;
}

/** The range of units that a dispatch computes. */
export interface UnitRange {
  readonly units: number;
  readonly firstUnit: number;
}

/** Calls `f` for ranges of workgroups that fit on one axis of a grid, each of `size` units. */
export function forGroups(
  { units, size }: { readonly units: number; readonly size: number },
  f: (range: UnitRange, count: number) => void,
): void {
  const groups = Math.ceil(units / size);
  for (let first = 0; first < groups; first += 65_535) {
    f({ units, firstUnit: size * first }, Math.min(65_535, groups - first));
  }
}

/**
 * How many of `total` items a workgroup takes: a multiple of `whole`, such that `tiles` tiles make
 * about 64 workgroups. It depends on the shape alone.
 */
export function share(total: number, whole: number, tiles: number): number {
  const rounds = Math.ceil(total / whole);
  return whole * Math.ceil(rounds / Math.min(rounds, Math.ceil(64 / tiles)));
}
