// Sign flips: both densities keep their law where a block of coordinates changes its sign. So one
// drawn point x = (x_1, …, x_m), cut into m blocks, stands for 2^m points (±x_1, …, ±x_m) of the
// right law, whose scores
//   <s∘x, y_i> + h_i = Σ_b s_b <x_b, y_ib> + h_i
// are sums of the same m products. Points of one x are not independent of each other, but in many
// dimensions they hardly ever share a cell.
import type { BufferRef } from "../../kernels/command.ts";
import { Resource } from "../../kernels/dispose.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { grid } from "../../kernels/grid.ts";
import {
  flipsIndexPortable,
  flipsIndexSubgroup,
  flipsMerge,
  flipsPortable,
  flipsSubgroup,
} from "../../kernels/shaders.generated.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { depthOf, type Portion, padded, slotOf, TILE, unpack } from "../points.ts";
import type { Flips } from "../source.ts";
import type { Block } from "./targetBlocks.ts";

/** Number of points that one drawn point stands for. */
export const patternsOf = (flips: Flips): number => powerOfTwo(flips);

/**
 * Blocks begin at multiples of this many slots, so that kernels can take as many at a time: 4
 * where the blocks can then still be about equally large.
 */
function unitOf(depth: number, flips: Flips): number {
  for (const unit of [4, 2]) if (depth % (unit * flips) === 0 || depth >= 2 * unit * flips) return unit;
  return 1;
}

/**
 * Whether pattern p of 2^flips changes the sign of coordinate k: bit b of p is block b's. With
 * U units of slots, block b begins at unit ⌊bU / flips⌋.
 */
export function isFlipped(p: number, k: number, dimension: number, flips: Flips): boolean {
  const depth = depthOf(dimension);
  const unit = unitOf(depth, flips);
  const at = Math.floor(slotOf(k, depth) / unit);
  let block = 0;
  while (block + 1 < flips && Math.floor(((block + 1) * depth) / unit / flips) <= at) block++;
  return (p >> block) % 2 === 1;
}

/** The inverse of `pack` for all patterns of the points of a part. */
export function unpackFlipped(
  packed: Float32Array,
  { values, dimension }: { readonly values: Float32Array; readonly dimension: number },
  { first, count }: Portion,
  flips: Flips,
): void {
  const patterns = patternsOf(flips);
  const drawn = new Float32Array(count * dimension);
  unpack(packed, { values: drawn, dimension }, { first: 0, count });
  for (let p = 0; p < patterns; p++) {
    const signs = Float32Array.from({ length: dimension }, (_, k) => (isFlipped(p, k, dimension, flips) ? -1 : 1));
    for (let m = 0; m < count; m++) {
      const [from, to] = [m * dimension, ((first + m) * patterns + p) * dimension];
      for (let k = 0; k < dimension; k++) values[to + k] = (signs[k] as number) * (drawn[from + k] as number);
    }
  }
}

/** Buffers of one value for each point in each pattern: [patterns, ⌈points / 32⌉, 32]. */
export interface FlipsBuffers {
  readonly index: BufferRef;
  readonly maxScore: BufferRef;
  readonly runnerUp: BufferRef;
  /** The target of `runnerUp`; of flipped points only. */
  readonly second?: BufferRef;
}

/** What one dispatch assigns. */
export interface FlipsPart {
  /** Drawn points, in the kernels' layout. */
  readonly x: BufferRef;
  readonly points: number;
  readonly depth: number;
  readonly blocks: readonly Block[];
  readonly counts: BufferRef;
  readonly flips: Flips;
  readonly runnerUp: boolean;
  /**
   * Whether greatest scores below 0 are found on all devices. Otherwise points without a score
   * above 0 may be counted at `below` in `counts`, and their other results are then wrong.
   */
  readonly signed: boolean;
  readonly below: number;
}

/** Workgroups that keep a GPU busy, and those that keep the cores of a CPU busy. */
const [GPU_GROUPS, CPU_GROUPS] = [512, 32];

/**
 * Shares of `tiles` tiles, each of at least 4, so that few points keep all of the device busy.
 * Results do not depend on them.
 */
function sharesOf(points: number, tiles: number, subgroup: boolean): number {
  const groups = Math.ceil(points / (subgroup ? TILE : 64));
  return Math.max(1, Math.min(Math.floor(tiles / 4), Math.ceil((subgroup ? CPU_GROUPS : GPU_GROUPS) / groups)));
}

/**
 * Assigns flipped points to power cells in two steps: the eight targets with the winner for each
 * point (flipsSubgroup.wgsl), then the winner among them (flipsIndexSubgroup.wgsl).
 */
export class FlipsAssignment extends Resource {
  readonly #gpu: Gpu;
  #room:
    | {
        readonly values: number;
        readonly runnerUp: boolean;
        readonly buffers: Readonly<
          Record<"eight" | "best" | "other" | "otherEight" | "index" | "second" | "spare", BufferRef>
        >;
      }
    | undefined;

  constructor(gpu: Gpu) {
    super();
    this.#gpu = gpu;
  }

  /** Records the dispatches, which add to `counts`, and returns where their results will be. */
  dispatch({ x, points, depth, blocks, counts, flips, runnerUp, ...part }: FlipsPart): FlipsBuffers {
    const gpu = this.#gpu;
    const subgroup = gpu.family === "subgroup";
    const groups = Math.ceil(points / (subgroup ? TILE : 64));
    const patterns = patternsOf(flips);
    const values = patterns * padded(points);
    const shares = blocks.map(({ tiles }) => sharesOf(points, tiles, subgroup));
    const slots = shares.reduce((sum, n) => sum + n, 0);
    const { eight, best, other, otherEight, index, second, spare } = this.#reserve(
      values * slots,
      Math.max(...blocks.map(({ base, tiles }) => base + TILE * tiles)),
      runnerUp,
    );
    const constants = { BLOCKS: flips, KU: unitOf(depth, flips), RUNNER_UP: runnerUp };
    const signed = { ...constants, SIGNED: runnerUp || part.signed };
    let slot = 0;
    for (const [i, { y, h, base, tiles }] of blocks.entries()) {
      const own = shares[i] as number;
      const params = { points, tiles, depth, patterns, base: base / TILE, shares: own, slot };
      const dispatched = {
        op: "assign",
        buffers: { y, h, x, eight, best, other, otherEight },
        params,
        workgroups: [groups, own, 1],
      } as const;
      if (subgroup) gpu.dispatch({ ...dispatched, kernel: flipsSubgroup, constants: signed });
      else gpu.dispatch({ ...dispatched, kernel: flipsPortable, constants });
      slot += own;
    }
    if (slots > 1) {
      gpu.dispatch({
        op: "assign",
        kernel: flipsMerge,
        constants: { RUNNER_UP: runnerUp },
        buffers: { eight, best, other, otherEight },
        params: { count: values, slots },
        workgroups: grid(Math.ceil(values / 64)),
      });
    }
    const first = (ref: BufferRef): BufferRef => ({ ...ref, bytes: 4 * values });
    const found = {
      eight: first(eight),
      index: first(index),
      runnerUp: first(other),
      second: runnerUp ? first(second) : second,
    };
    const win = (buffers: typeof found & { readonly counts: BufferRef }, seconds: boolean): void => {
      for (const { y, h, base, tiles } of blocks) {
        const dispatched = {
          op: "assign",
          buffers: { y, h, x, ...buffers },
          workgroups: [groups, patterns, 1],
        } as const;
        const params = { points, tiles, depth, patterns, base: base / TILE };
        const own = { ...signed, RUNNER_UP: seconds };
        if (subgroup) {
          const kernel = flipsIndexSubgroup;
          gpu.dispatch({ ...dispatched, kernel, constants: own, params: { ...params, below: part.below } });
        } else {
          const { SIGNED: _, ...others } = own;
          gpu.dispatch({ ...dispatched, kernel: flipsIndexPortable, constants: others, params });
        }
      }
    };
    if (runnerUp) {
      // First the winner of the second eight, which one of the first eight may surpass; it is
      // counted nowhere.
      const { index: swapped, second: into } = found;
      win({ ...found, eight: first(otherEight), index: into, second: swapped, counts: spare }, false);
    }
    win({ ...found, counts }, runnerUp);
    return { index: found.index, maxScore: first(best), runnerUp: found.runnerUp, second: found.second };
  }

  /** Buffers of so many values, and for as many targets; the last three for second best cells. */
  #reserve(all: number, targets: number, runnerUp: boolean) {
    const most = Math.max(all, targets);
    if (this.#room === undefined || this.#room.values < most || (runnerUp && !this.#room.runnerUp)) {
      this.dispose();
      const allocate = (used = true): BufferRef => this.#gpu.allocate("cells", 4 * (used ? most : 4));
      const buffers = {
        eight: allocate(),
        best: allocate(),
        other: allocate(),
        index: allocate(),
        otherEight: allocate(runnerUp),
        second: allocate(runnerUp),
        spare: allocate(runnerUp),
      };
      this.#room = { values: most, runnerUp, buffers };
    }
    const { eight, best, other, otherEight, index, second, spare } = this.#room.buffers;
    const part = (ref: BufferRef, count: number): BufferRef => ({ ...ref, bytes: Math.min(ref.bytes, 4 * count) });
    return {
      eight: part(eight, all),
      best: part(best, all),
      other: part(other, all),
      index,
      otherEight: part(otherEight, runnerUp ? all : 4),
      second: part(second, runnerUp ? all : 4),
      spare: part(spare, targets),
    };
  }

  /** Frees the buffers. */
  dispose(): void {
    if (this.#room === undefined) return;
    for (const buffer of Object.values(this.#room.buffers)) this.#gpu.release(buffer);
    this.#room = undefined;
  }
}
