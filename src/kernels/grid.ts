import type { Workgroups } from "./command.ts";

/** Workgroups in a row of a folded grid. Shaders find the index of theirs as `group.y * 32768u + group.x`. */
const FOLD = 32768;

/** A grid of at least `groups` workgroups, folded to two dimensions since WebGPU promises no more than 65535 on one. */
export function grid(groups: number): Workgroups {
  return [Math.min(groups, FOLD), Math.ceil(groups / FOLD), 1];
}
