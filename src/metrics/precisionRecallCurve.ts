import type { Pausing } from "../kernels/batches.ts";
import { checkOptions } from "../kernels/options.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { hostRandom } from "../math/philox.ts";
import { RUN_STRIDE, STREAMS } from "../math/streams.ts";
import { tan } from "../math/trigonometric.ts";
import type { Points } from "../ot/points.ts";
import { kMeans } from "./kMeans.ts";
import { checkDimensions, checkSamples } from "./samples.ts";

/** Precision and recall at slopes λ from 0 to infinity. */
export interface Curve {
  readonly precision: Float64Array<ArrayBuffer>;
  readonly recall: Float64Array<ArrayBuffer>;
}

/** The curve of precision and recall, and its two scores. */
export interface CurveScores extends Curve {
  /** The greatest F₈ on the curve, which stresses recall, and F_⅛, which stresses precision. */
  readonly f8: number;
  readonly f1over8: number;
}

/** Clusters and repetitions of `precisionRecallCurve`. */
export interface CurveOptions extends Cancellable {
  /** Number of k-means clusters in the union of both sets. Default 20. */
  readonly clusters?: number;
  /** Number of curves, each with clusters of its own, that are averaged. Default 10. */
  readonly runs?: number;
  readonly seed?: number;
}

const ANGLES = 1001;
const PER_CLUSTER = 10; // least number of rows of each set per cluster

/**
 * Precision and recall of one set by another as a curve (Sajjadi, Bachem, Lucic, Bousquet, Gelly
 * 2018): both are cut into histograms over the clusters of their union, see `curveOf`; curves of
 * several clusterings are averaged.
 *
 * RangeError for fewer than 10 rows per cluster in either set, different numbers of rows, which
 * would bias the clusters, and NaN.
 */
export async function precisionRecallCurve(
  gpu: Pausing,
  real: Points,
  generated: Points,
  options: CurveOptions = {},
): Promise<CurveScores> {
  checkOptions("precisionRecallCurve", options, ["clusters", "runs", "seed", "signal"]);
  const { clusters = 20, runs = 10, seed = 1, signal } = options;
  checkDimensions("precisionRecallCurve", { real, generated });
  checkSamples("precisionRecallCurve", "real", real, PER_CLUSTER * clusters);
  checkSamples("precisionRecallCurve", "generated", generated, PER_CLUSTER * clusters);
  const { count, dimension } = real;
  if (generated.count !== count) {
    throw new RangeError(
      `precisionRecallCurve: expected as many rows of both sets, got ${count} real and ${generated.count} generated`,
    );
  }
  const values = new Float32Array(2 * count * dimension);
  values.set(real.values);
  values.set(generated.values, count * dimension);
  const precision = new Float64Array(ANGLES);
  const recall = new Float64Array(ANGLES);
  for (let run = 0; run < runs; run++) {
    const union = { values, count: 2 * count, dimension };
    const random = hostRandom(seed, STREAMS.host.clusterings + run * RUN_STRIDE);
    const { index } = await kMeans(gpu, union, { k: clusters, random, signal });
    const histogram = (first: number): Float64Array => {
      const shares = new Float64Array(clusters);
      for (const c of index.subarray(first, first + count)) (shares[c] as number) += 1 / count;
      return shares;
    };
    const curve = curveOf(histogram(0), histogram(count));
    for (let a = 0; a < ANGLES; a++) {
      (precision[a] as number) += (curve.precision[a] as number) / runs;
      (recall[a] as number) += (curve.recall[a] as number) / runs;
    }
  }
  const curve = { precision, recall };
  return { ...curve, f8: greatestF(curve, 8), f1over8: greatestF(curve, 1 / 8) };
}

/**
 * α(λ) = Σ min(λ p_i, q_i) and β(λ) = Σ min(p_i, q_i / λ) for real shares p and generated shares q,
 * at the slopes λ = tan of 1,001 even angles in (0, π/2) (Sajjadi et al. 2018, theorem 2 and
 * algorithm 1).
 */
export function curveOf(p: ArrayLike<number>, q: ArrayLike<number>): Curve {
  const precision = new Float64Array(ANGLES);
  const recall = new Float64Array(ANGLES);
  for (let a = 0; a < ANGLES; a++) {
    const slope = tan((Math.PI / 2) * ((a + 1) / (ANGLES + 1)));
    let sum = 0;
    for (let i = 0; i < p.length; i++) sum += Math.min(slope * (p[i] as number), q[i] as number);
    precision[a] = Math.min(1, sum);
    recall[a] = Math.min(1, sum / slope);
  }
  return { precision, recall };
}

/**
 * max over the curve of (1 + b²) · precision · recall / (b² · precision + recall), which is 0 where
 * both are 0.
 */
export function greatestF({ precision, recall }: Curve, b: number): number {
  return precision.reduce((best, p, a) => {
    const r = recall[a] as number;
    return p + r > 0 ? Math.max(best, ((1 + b * b) * p * r) / (b * b * p + r)) : best;
  }, 0);
}
