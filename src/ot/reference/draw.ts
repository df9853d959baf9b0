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
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53] as const;
/** The first 32 bits behind the point of their square roots, the last one 1. */
const ROOTS = PRIMES.map((prime) => ((Math.sqrt(prime) % 1) * powerOfTwo(32)) | 1);

type Bits = readonly [number, number, number, number];

/** The number of a sample as two words. */
function numberOf(p: DrawWords, sample: number): readonly [low: number, high: number] {
  const low = (p.first_low + sample) >>> 0;
  return [low, (p.first_high + (low < sample ? 1 : 0)) >>> 0]; // plus the carry
}

function bitsOf(p: DrawWords, sample: number, block: number): Bits {
  const stream = (p.stream * 65536 + block) >>> 0;
  return philox([...numberOf(p, sample), stream, PURPOSE.source], [p.seed_low, p.seed_high]);
}

/** The bits of an even point: see `Draw`. */
function evenBitsOf(p: DrawWords, sample: number, block: number): Bits {
  const [low, high] = numberOf(p, sample);
  const stream = (p.stream * 65536 + block) >>> 0;
  const shift = philox([high, 0, stream, PURPOSE.shift], [p.seed_low, p.seed_high]);
  const bits = shift.map((beta, k) => (Math.imul(low, ROOTS[4 * block + k] as number) + beta) >>> 0);
  return bits as unknown as Bits;
}

/**
 * Coordinate k of source point number first + `sample`: standard normals by Box and Muller (1958),
 * or uniforms of [−1/2, 1/2).
 */
export function sourcePoint(
  p: DrawWords & { readonly cube: number; readonly even: number },
  sample: number,
  depth: number,
): Float64Array {
  const x = new Float64Array(depth);
  for (let q = 0; q < depth / 4; q++) {
    const bits = (p.even === 1 ? evenBitsOf : bitsOf)(p, sample, q);
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
