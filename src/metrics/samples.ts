import { powerOfTwo } from "../math/float64.ts";
import { hostRandom } from "../math/philox.ts";
import { STREAMS } from "../math/streams.ts";
import { LARGEST, type Points } from "../ot/points.ts";

/**
 * Checks the rows that a metric is given: RangeError, in the name of `metric`, for fewer than
 * `least` rows and, with the index, for a coordinate that is NaN, infinite or beyond 1e15.
 */
export function checkSamples(metric: string, name: string, { values, count, dimension }: Points, least: number): void {
  if (!(count >= least))
    throw new RangeError(`${metric}: expected at least ${least} rows as \`${name}\`, got ${count}`);
  if (values.length !== count * dimension) {
    throw new RangeError(
      `${metric}: expected ${count} rows of ${dimension} numbers as \`${name}\`, got ${values.length} numbers in all`,
    );
  }
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i] as number) <= LARGEST) continue;
    throw new RangeError(
      `${metric}: expected finite numbers up to ${LARGEST} as \`${name}\`, got ${values[i]} in row ${Math.floor(i / dimension)}`,
    );
  }
}

/** Multiplications on the host between two pauses, which take about a tenth of a second. */
const UNINTERRUPTED = powerOfTwo(26);

/** Rows that a loop on the host may process between two pauses, at `cost` multiplications each. */
export const rowsBetweenPauses = (cost: number): number => Math.max(1, Math.floor(UNINTERRUPTED / cost));

/**
 * `count` of the numbers 0 to n − 1 in rising order, the same random ones every time: a subset that
 * represents a set whose order is not random. (Of 10,000 training images of MNIST, those at random
 * places have an FCD of 1.2 to the test set, those at even places 6.8, those at odd places 8.0.)
 */
export const subsetNumbers = (count: number, n: number): readonly number[] =>
  Array.from(hostRandom(1, STREAMS.host.subset).permutation(n).subarray(0, count)).sort((a, b) => a - b);

/**
 * RangeError, in the name of `metric`, unless all `sets`, by their names, have rows of one length.
 */
export function checkDimensions(metric: string, sets: Readonly<Record<string, Points>>): void {
  const dimensions = Object.values(sets).map(({ dimension }) => dimension);
  if (new Set(dimensions).size === 1) return;
  const names = Object.keys(sets).map((name) => `\`${name}\``);
  throw new RangeError(`${metric}: expected ${names.join(" and ")} of one dimension, got ${dimensions.join(" and ")}`);
}
