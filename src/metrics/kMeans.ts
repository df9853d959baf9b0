import { batches, type Pausing } from "../kernels/batches.ts";
import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import type { HostRandom } from "../math/philox.ts";
import type { Points } from "../ot/points.ts";
import { checkSamples, rowsBetweenPauses } from "./samples.ts";

export interface KMeansOptions extends Cancellable {
  /** Number of clusters. */
  readonly k: number;
  /** Draws the initial centres. */
  readonly random: HostRandom;
}

/** The result of `kMeans`. */
export interface Clusters {
  /** The centres, [k, d]. */
  readonly centres: Float64Array<ArrayBuffer>;
  /** Cluster of each row. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** Sum of squared distances to the centres. */
  readonly inertia: number;
}

/** Stops when the inertia falls by less than this share. */
const TOLERANCE = 1e-4;
const ITERATIONS = 100;

/**
 * k clusters of rows that make Σ |x − c(x)|² small, where c(x) is the centre of the cluster of x:
 * initial centres by k-means++ (Arthur and Vassilvitskii 2007), then Lloyd's iterations in float64.
 * A cluster that empties keeps its centre. RangeError for fewer rows than clusters, no clusters,
 * and NaN.
 */
export async function kMeans(gpu: Pausing, x: Points, options: KMeansOptions): Promise<Clusters> {
  checkOptions("kMeans", options, ["k", "random", "signal"]);
  const { k, random, signal } = options;
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`kMeans: expected at least 1 cluster \`k\`, got ${k}`);
  checkSamples("kMeans", "x", x, k);
  const { values, count, dimension: d } = x;
  const centres = await initialCentres(gpu, x, { k, random, signal });
  const index = new Uint32Array(count);
  let last = Number.POSITIVE_INFINITY;
  for (let iteration = 0; ; iteration++) {
    const inertia = await assign(gpu, x, { centres, index, signal });
    if (iteration === ITERATIONS || inertia >= last * (1 - TOLERANCE)) return { centres, index, inertia };
    last = inertia;
    const sums = new Float64Array(k * d);
    const sizes = new Float64Array(k);
    for (let m = 0; m < count; m++) {
      const c = index[m] as number;
      (sizes[c] as number) += 1;
      for (let j = 0; j < d; j++) (sums[c * d + j] as number) += values[m * d + j] as number;
    }
    for (let c = 0; c < k; c++) {
      if (sizes[c] === 0) continue;
      for (let j = 0; j < d; j++) centres[c * d + j] = (sums[c * d + j] as number) / (sizes[c] as number);
    }
  }
}

/**
 * Draws each centre from the rows, with probability proportional to a row's squared distance from
 * the nearest centre before it.
 */
async function initialCentres(
  gpu: Pausing,
  { values, count, dimension: d }: Points,
  { k, random, signal }: KMeansOptions,
): Promise<Float64Array<ArrayBuffer>> {
  const centres = new Float64Array(k * d);
  const squares = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let chosen = random.integer(count);
  for (let c = 0; c < k; c++) {
    await gpu.pause(signal);
    centres.set(values.subarray(chosen * d, (chosen + 1) * d), c * d);
    let total = 0;
    for (let m = 0; m < count; m++) {
      let square = 0;
      for (let j = 0; j < d; j++) {
        const off = (values[m * d + j] as number) - (centres[c * d + j] as number);
        square += off * off;
      }
      squares[m] = Math.min(squares[m] as number, square);
      total += squares[m] as number;
    }
    let left = random.uniform() * total;
    chosen = squares.findIndex((square) => {
      left -= square;
      return left < 0;
    });
    if (chosen < 0) chosen = random.integer(count); // every row coincides with a centre
  }
  return centres;
}

/**
 * Puts the nearest centre of each row into `index` and returns the inertia. Of equally near centres
 * it keeps the one that `index` had.
 */
async function assign(
  gpu: Pausing,
  { values, count, dimension: d }: Points,
  { centres, index, signal }: Cancellable & { readonly centres: Float64Array; readonly index: Uint32Array },
): Promise<number> {
  const k = centres.length / d;
  let inertia = 0;
  for await (const rows of batches(gpu, { count, size: rowsBetweenPauses(k * d), signal })) {
    for (let m = rows.first; m < rows.first + rows.count; m++) {
      const before = index[m] as number;
      let [best, nearest] = [Number.POSITIVE_INFINITY, before];
      // The centre of the last iteration comes first: most sums for others then end early.
      for (let i = 0; i < k; i++) {
        const c = i === 0 ? before : i <= before ? i - 1 : i;
        let square = 0;
        for (let j = 0; j < d && square < best; j++) {
          const off = (values[m * d + j] as number) - (centres[c * d + j] as number);
          square += off * off;
        }
        if (square < best) [best, nearest] = [square, c];
      }
      index[m] = nearest;
      inertia += best;
    }
  }
  return inertia;
}
