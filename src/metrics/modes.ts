import { checkOptions } from "../kernels/options.ts";
import { hypot, log } from "../math/elementary.ts";
import { hostRandom } from "../math/philox.ts";
import { STREAMS } from "../math/streams.ts";
import { cos, sin } from "../math/trigonometric.ts";
import type { Points } from "../ot/points.ts";
import { checkSamples } from "./samples.ts";

/** A mixture of isotropic Gaussians with equal weights in the plane. */
export interface Mixture {
  readonly centres: readonly (readonly [x: number, y: number])[];
  readonly sd: number;
}

/**
 * The two mixtures on which lost modes are counted (Srivastava et al. 2017; Lin, Khetan, Fanti, Oh
 * 2018, § 4.1).
 */
export const MIXTURES: { readonly ring: Mixture; readonly grid: Mixture } = {
  /** 8 modes on the circle of radius 1. */
  ring: {
    centres: Array.from({ length: 8 }, (_, k) => [cos((Math.PI * k) / 4), sin((Math.PI * k) / 4)] as const),
    sd: 0.01,
  },
  /** 25 modes on {−4, −2, 0, 2, 4}². */
  grid: {
    centres: Array.from({ length: 25 }, (_, k) => [2 * (k % 5) - 4, 2 * Math.floor(k / 5) - 4] as const),
    sd: 0.05,
  },
};

/** How many modes were found, how well, and how evenly. */
export interface ModeScores {
  /** Number of modes with at least one row of high quality. */
  readonly modes: number;
  /**
   * Share of rows within 3 sd of a centre; 1 − e^(−9/2) = .98889 for the mixture itself. A larger
   * share means contraction, not quality.
   */
  readonly highQuality: number;
  /**
   * KL(w ‖ equal shares), in nats, of the shares w of rows nearest to each centre. It is about
   * (K − 1)/(2N) for N rows of the mixture itself.
   */
  readonly reverseKl: number;
  /** Number of rows nearest to each centre, [K]. */
  readonly counts: Float64Array<ArrayBuffer>;
}

/** Least number of rows per mode; a mode of the right mass is then missed with probability e⁻¹⁰. */
const PER_MODE = 10;

/**
 * Counts how many modes of a mixture the rows of points in the plane reach, how well and how
 * evenly. RangeError for fewer than 10 rows per mode and for NaN.
 */
export function modeScores(x: Points, { centres, sd }: Mixture): ModeScores {
  if (x.dimension !== 2) throw new RangeError(`modeScores: expected points of the plane, got dimension ${x.dimension}`);
  checkSamples("modeScores", "x", x, PER_MODE * centres.length);
  const counts = new Float64Array(centres.length);
  const reached = new Set<number>();
  let good = 0;
  for (let m = 0; m < x.count; m++) {
    const [a, b] = [x.values[2 * m] as number, x.values[2 * m + 1] as number];
    const distances = centres.map(([p, q]) => hypot(a - p, b - q));
    const least = Math.min(...distances);
    const nearest = distances.indexOf(least);
    (counts[nearest] as number) += 1;
    if (!(least <= 3 * sd)) continue;
    good++;
    reached.add(nearest);
  }
  return { modes: reached.size, highQuality: good / x.count, reverseKl: klFromEqual(counts), counts };
}

/** Σ w ln(K w) of the shares w of K counts: 0 where all are equal, ln K where one count has all. */
export function klFromEqual(counts: Float64Array): number {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return counts.reduce((sum, n) => (n === 0 ? sum : sum + (n / total) * log((counts.length * n) / total)), 0);
}

/**
 * Draws `count` rows of a mixture. The mode of row i is drawn with equal probabilities, or is mode
 * i mod K where `even` is set.
 */
export function drawMixture(
  { centres, sd }: Mixture,
  options: { readonly count: number; readonly seed: number; readonly even?: boolean },
): Points {
  checkOptions("drawMixture", options, ["count", "seed", "even"]);
  const { count, seed, even = false } = options;
  const random = hostRandom(seed, STREAMS.host.mixtureRows);
  const values = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [a, b] = centres[even ? i % centres.length : random.integer(centres.length)] as readonly [number, number];
    values[2 * i] = a + sd * random.normal();
    values[2 * i + 1] = b + sd * random.normal();
  }
  return { values, count, dimension: 2 };
}
