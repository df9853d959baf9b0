import { powerOfTwo } from "../../math/float64.ts";
import { boxMuller } from "../../math/normal.ts";
import { PURPOSE, philox } from "../../math/philox.ts";

/** The params that tell the drawing kernels which samples to draw. */
export interface DrawWords {
  readonly first_low: number;
  readonly first_high: number;
  readonly stream: number;
  readonly seed_low: number;
  readonly seed_high: number;
}

/** Distances between neighbouring numbers of 24 bits and of 23 bits. */
const [U24, U23] = [powerOfTwo(-24), powerOfTwo(-23)];
const TILE = 32;

function bitsOf(p: DrawWords, sample: number, block: number): readonly [number, number, number, number] {
  const low = (p.first_low + sample) >>> 0;
  const high = (p.first_high + (low < sample ? 1 : 0)) >>> 0; // the carry
  return philox([low, high, (p.stream * 65536 + block) >>> 0, PURPOSE.source], [p.seed_low, p.seed_high]);
}

/**
 * Coordinate k of source point number first + `sample`: standard normals by Box and Muller (1958),
 * or uniforms of [−1/2, 1/2).
 */
export function sourcePoint(p: DrawWords & { readonly cube: number }, sample: number, depth: number): Float64Array {
  const x = new Float64Array(depth);
  for (let q = 0; q < depth / 4; q++) {
    const bits = bitsOf(p, sample, q);
    for (const pair of [0, 2]) {
      const [a, b] = [bits[pair] as number, bits[pair + 1] as number];
      const at = 4 * q + pair;
      if (p.cube === 1) {
        x[at] = (a >>> 8) * U24 - 0.5;
        x[at + 1] = (b >>> 8) * U24 - 0.5;
        continue;
      }
      x.set(boxMuller(((a >>> 9) + 0.5) * U23, ((b >>> 9) + 0.5) * U23 - 0.5), at);
    }
  }
  return x;
}

/**
 * The row that sample `sample` of a sample source takes: ⌊bits · rows / 2⁶⁴⌋, where bits are the
 * first two random words.
 */
export function drawnRow(p: DrawWords, sample: number, rows: number): number {
  const [high, low] = bitsOf(p, sample, 0);
  const bits = (BigInt(high) << 32n) | BigInt(low);
  return Number((bits * BigInt(rows)) >> 64n);
}

/** Where slot `slot` of a sample lies in the kernels' layout [⌈samples / 32⌉, depth, 32]. */
export const placeOf = (sample: number, slot: number, depth: number): number =>
  (Math.floor(sample / TILE) * depth + slot) * TILE + (sample % TILE);
