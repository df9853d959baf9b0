import type { HostRandom } from "../math/philox.ts";
import type { Points } from "../ot/points.ts";
import { checkSamples } from "./samples.ts";

export interface Clusters {
  /** [k, d]. */
  readonly centres: Float64Array<ArrayBuffer>;
  /** Cluster of each row. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** Sum of squared distances to the centres. */
  readonly inertia: number;
}

/** Stops when the inertia falls by less than this share. */
const SETTLED = 1e-4;
const ITERATIONS = 100;

/**
 * k clusters of rows that make Σ |x − c(x)|² small: first centres by k-means++ (Arthur and
 * Vassilvitskii 2007), then Lloyd's iterations in float64. A cluster that empties keeps its centre.
 * RangeError for fewer rows than clusters, no clusters, and NaN.
 */
export function kMeans(x: Points, k: number, random: HostRandom): Clusters {
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`kMeans: expected at least 1 cluster \`k\`, got ${k}`);
  checkSamples("kMeans", "x", x, k);
  const { values, count, dimension: d } = x;
  const centres = firstCentres(x, k, random);
  const index = new Uint32Array(count);
  let last = Number.POSITIVE_INFINITY;
  for (let iteration = 0; ; iteration++) {
    const inertia = assign(x, centres, index);
    if (iteration === ITERATIONS || inertia >= last * (1 - SETTLED)) return { centres, index, inertia };
    last = inertia;
    const sums = new Float64Array(k * d);
    const sizes = new Float64Array(k);
    for (let m = 0; m < count; m++) {
      const c = index[m] as number;
      sizes[c] = (sizes[c] as number) + 1;
      for (let j = 0; j < d; j++) sums[c * d + j] = (sums[c * d + j] as number) + (values[m * d + j] as number);
    }
    for (let c = 0; c < k; c++) {
      if (sizes[c] === 0) continue;
      for (let j = 0; j < d; j++) centres[c * d + j] = (sums[c * d + j] as number) / (sizes[c] as number);
    }
  }
}

/**
 * Each centre a row, drawn with probabilities proportional to the squared distances from those
 * before it.
 */
function firstCentres(
  { values, count, dimension: d }: Points,
  k: number,
  random: HostRandom,
): Float64Array<ArrayBuffer> {
  const centres = new Float64Array(k * d);
  const squares = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let chosen = random.integer(count);
  for (let c = 0; c < k; c++) {
    centres.set(values.subarray(chosen * d, (chosen + 1) * d), c * d);
    let total = 0;
    for (let m = 0; m < count; m++) {
      let square = 0;
      for (let j = 0; j < d; j++) square += ((values[m * d + j] as number) - (centres[c * d + j] as number)) ** 2;
      squares[m] = Math.min(squares[m] as number, square);
      total += squares[m] as number;
    }
    let left = random.uniform() * total;
    chosen = squares.findIndex((square) => {
      left -= square;
      return left < 0;
    });
    if (chosen < 0) chosen = random.integer(count); // every row is a centre already
  }
  return centres;
}

/**
 * Puts the nearest centre of each row into `index`, the one that stood there of equal ones; returns
 * the inertia.
 */
function assign({ values, count, dimension: d }: Points, centres: Float64Array, index: Uint32Array): number {
  const k = centres.length / d;
  let inertia = 0;
  for (let m = 0; m < count; m++) {
    const before = index[m] as number;
    let [best, nearest] = [Number.POSITIVE_INFINITY, before];
    // The centre of the last iteration comes first: most sums for others then end early.
    for (let turn = 0; turn < k; turn++) {
      const c = turn === 0 ? before : turn <= before ? turn - 1 : turn;
      let square = 0;
      for (let j = 0; j < d && square < best; j++) {
        square += ((values[m * d + j] as number) - (centres[c * d + j] as number)) ** 2;
      }
      if (square < best) [best, nearest] = [square, c];
    }
    index[m] = nearest;
    inertia += best;
  }
  return inertia;
}
