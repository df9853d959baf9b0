import * as assert from "uvu/assert";
import { crc32 } from "../../src/formats/crc32.ts";
import { powerOfTwo } from "../../src/math/float64.ts";
import { type HostRandom, hostRandom } from "../../src/math/philox.ts";
import { type Exact, ulps } from "./exact.ts";

/** Draws arguments by exact operations alone. */
export class Arguments {
  readonly #random: HostRandom;
  constructor(seed: number) {
    this.#random = hostRandom(seed, 0);
  }
  /** Uniform between a and b. */
  between(a: number, b: number): number {
    return a + (b - a) * (this.#random.uniform() + powerOfTwo(-32) * this.#random.uniform());
  }
  /** A number of either sign with 2^low ≤ |x| < 2^high and a uniform exponent. */
  magnitude(low: number, high: number): number {
    const sign = this.#random.integer(2) === 1 ? 1 : -1;
    return sign * this.between(1, 2) * powerOfTwo(low + this.#random.integer(high - low));
  }
}

/**
 * Asserts that `f` is within `limit` units in the last place of `exact` at `count` draws of
 * arguments. NaN fails.
 */
export function staysWithin(
  limit: number,
  f: (...x: number[]) => number,
  exact: (...x: number[]) => Exact,
  count: number,
  draw: () => readonly number[],
): void {
  for (let i = 0; i < count; i++) {
    const x = draw();
    const error = ulps(f(...x), exact(...x));
    assert.ok(error <= limit, `at ${x.join(", ")}: ${error} units in the last place`);
  }
}

/** CRC-32 of the bits of `count` values. */
export function bitsOf(count: number, value: () => number): number {
  const view = new DataView(new ArrayBuffer(8 * count));
  for (let i = 0; i < count; i++) view.setFloat64(8 * i, value());
  return crc32(new Uint8Array(view.buffer));
}
