import type { Family } from "./family.ts";
import type { Workgroups } from "./kernel.ts";

/**
 * Workgroups in a row of a folded grid. A shader computes the index of its workgroup as `group.y *
 * 32768u + group.x`.
 */
const FOLD = 32768;

/**
 * A grid of at least `groups` workgroups, folded to two dimensions since WebGPU promises no more
 * than 65535 on one.
 */
export function grid(groups: number): Workgroups {
  return [Math.min(groups, FOLD), Math.ceil(groups / FOLD), 1];
}

/**
 * How a kernel goes over `count` items: workgroups of WORKGROUP_SIZE threads, each of which sweeps
 * over `chunk` items in steps of WORKGROUP_SIZE.
 */
export interface Sweep {
  readonly WORKGROUP_SIZE: number;
  readonly chunk: number;
  readonly workgroups: Workgroups;
}

/**
 * The sweep over `count` items: many small workgroups on GPUs, and few large ones of 8 threads, one
 * vector of the CPU, on CPU drivers. There a workgroup runs on one core, switching to each further
 * vector of threads costs time, and long runs through memory are several times faster.
 */
export function sweep(family: Family, count: number): Sweep {
  const [WORKGROUP_SIZE, chunk] =
    family === "subgroup"
      ? [8, Math.min(4096, 8 * Math.ceil(count / (8 * 32)))]
      : [64, Math.min(256, 64 * Math.ceil(count / 64))];
  return { WORKGROUP_SIZE, chunk, workgroups: grid(Math.ceil(count / chunk)) };
}
