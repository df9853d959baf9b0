import { powerOfTwo } from "./float64.ts";
import { boxMuller } from "./normal.ts";

/**
 * The last word of the counter. It keeps those apart who draw under the same seed and stream, so
 * that no two of them see the same bits: `uniform` and `normal` are the ops on the device, `host`
 * is `hostRandom`, `source` the points of a transport's source, `localRule` the noise of the
 * extension rule `local`, `shift` the shifts of even source points. The streams of each are listed
 * in src/math/streams.ts.
 */
export const PURPOSE = { uniform: 0, normal: 1, host: 2, source: 16, localRule: 17, shift: 18 } as const;

/** Number of values of a 32-bit word. */
const WORD: number = powerOfTwo(32);
/** Distance between two neighbouring uniform numbers. */
const UNIT: number = powerOfTwo(-32);

type Words4 = readonly [x: number, y: number, z: number, w: number];
type Words2 = readonly [low: number, high: number];

/** The high half of the 64-bit product of two u32, through 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const cross = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle = aLow * bHigh + (cross & 0xffff);
  return aHigh * bHigh + (cross >>> 16) + (middle >>> 16);
}

/**
 * bits = philox(counter, key): Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011), the same u32 words
 * as in shaders/include/philox.wgsl, which says what the words of counter and key mean.
 */
export function philox(counter: Words4, key: Words2): Words4 {
  let [x, y, z, w] = counter;
  let [low, high] = key;
  for (let round = 0; round < 10; round++) {
    const p = multiplyHigh(0xd2511f53, x);
    const q = multiplyHigh(0xcd9e8d57, z);
    // assigned one by one, since an array for each round would double the time
    const even = (q ^ y ^ low) >>> 0;
    y = Math.imul(0xcd9e8d57, z) >>> 0;
    z = (p ^ w ^ high) >>> 0;
    w = Math.imul(0xd2511f53, x) >>> 0;
    x = even;
    low = (low + 0x9e3779b9) >>> 0;
    high = (high + 0xbb67ae85) >>> 0;
  }
  return [x, y, z, w];
}

/**
 * The two halves of an integer 0 ≤ n ≤ 2⁵³ − 1, such as a seed or an offset; RangeError for
 * anything else.
 */
export function words(op: string, name: string, n: number): Words2 {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new RangeError(`${op}: expected an integer from 0 to 2^53 - 1 as \`${name}\`, got ${n}`);
  }
  return [n >>> 0, Math.floor(n / WORD)];
}

/** Throws RangeError unless `stream` is an integer from 0 to 2³² − 1. */
export function checkStream(op: string, stream: number): void {
  if (!Number.isInteger(stream) || stream < 0 || stream >= WORD) {
    throw new RangeError(`${op}: expected an integer from 0 to 2^32 - 1 as \`stream\`, got ${stream}`);
  }
}

/** A seeded generator on the CPU, for shuffles and initial weights. */
export interface HostRandom {
  /**
   * Number of words drawn so far. `hostRandom(seed, stream, drawn)` continues from here, provided
   * that `normal` was called an even number of times: it makes two numbers at once.
   */
  readonly drawn: number;
  /** A multiple of 2⁻³² in [0, 1). */
  uniform(): number;
  /** Standard normal: Box and Muller (1958). */
  normal(): number;
  /**
   * An integer from 0 to n − 1, all equally likely. RangeError unless n is an integer from 1 to
   * 2³².
   */
  integer(n: number): number;
  /** The numbers 0 to n − 1 in random order, all orders equally likely: Fisher and Yates (1938). */
  permutation(n: number): Uint32Array<ArrayBuffer>;
}

/**
 * A generator that draws the words of philox((index, stream, 2), seed) in turn, from word number
 * `first` on. Equal arguments give equal draws everywhere.
 */
export function hostRandom(seed: number, stream: number, first = 0): HostRandom {
  const key = words("hostRandom", "seed", seed);
  checkStream("hostRandom", stream);
  words("hostRandom", "first", first);
  let drawn = first;
  let block: Words4 = [0, 0, 0, 0];
  const next = (): number => {
    const lane = drawn % 4;
    if (lane === 0 || drawn === first) {
      const index = Math.floor(drawn / 4);
      block = philox([index >>> 0, Math.floor(index / WORD), stream, PURPOSE.host], key);
    }
    drawn++;
    return block[lane] ?? 0;
  };
  const uniform = (): number => next() * UNIT;
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const [first, second] = boxMuller((next() + 0.5) * UNIT, uniform());
    spare = second;
    return first;
  };
  const integer = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > WORD) {
      throw new RangeError(`hostRandom: expected an integer from 1 to 2^32 as \`n\`, got ${n}`);
    }
    const limit = WORD - (WORD % n); // words from here on would favour the small remainders
    for (;;) {
      const word = next();
      if (word < limit) return word % n;
    }
  };
  const permutation = (n: number): Uint32Array<ArrayBuffer> => {
    words("hostRandom", "n", n);
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = integer(i + 1);
      const moved = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = moved;
    }
    return order;
  };
  return {
    get drawn() {
      return drawn;
    },
    uniform,
    normal,
    integer,
    permutation,
  };
}
