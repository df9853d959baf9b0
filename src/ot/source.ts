import { checkOptions } from "../kernels/options.ts";
import { powerOfTwo } from "../math/float64.ts";
import type { Points } from "./points.ts";

/**
 * The distribution of source points: N(0, I), uniform on [-1/2, 1/2)^d, or the caller's samples. A
 * draw from samples takes rows with replacement, all with equal probability; points that are passed
 * to `assign`, `count` or `evaluateHeights` are used as they are.
 */
export type Source = Density | SampleSource;
/** N(0, I), or uniform on [-1/2, 1/2)^d. */
export type Density = "gaussian" | "cube";

/** Samples of the caller as a source, each with the same probability. */
export interface SampleSource {
  readonly samples: Points;
}

/**
 * Source points number first to first + count − 1 of a stream. The same numbers always give the
 * same points.
 */
export interface Draw {
  readonly seed: number;
  /** Streams of a seed share no points; see STREAMS.source. */
  readonly stream: number;
  readonly first: number;
  readonly count: number;
  /**
   * Sign flips of a density's points: point number n is drawn point number ⌊n / 2^flips⌋, of whose
   * `flips` blocks of coordinates those that the other bits of n name have changed their sign.
   * `first` and `count` are multiples of 2^flips. Default 0: all points are drawn independently.
   */
  readonly flips?: Flips;
  /**
   * Whether the drawn points fill a density evenly instead of being independent, for up to 16
   * coordinates. The uniform numbers that make coordinate k of point n are n √p_k + β_k modulo 1,
   * with the k-th prime p_k and a shift β_k by seed and stream: the sequence of Kronecker with the
   * roots of Richtmyer (1951), shifted as by Cranley and Patterson (1976). Each point follows the
   * source over the shifts, and means over consecutive points have far less variance than those
   * over independent ones. No estimate of a deviation holds for them. Default false.
   */
  readonly even?: boolean;
}

/** Up to this dimension points can be drawn evenly; see `Draw`. */
const MOST_EVEN_DIMENSIONS = 16;

/** Whether the points of a source in so many dimensions can be drawn evenly. */
export const canBeEven = (source: Source, dimension: number): boolean =>
  typeof source === "string" && dimension <= MOST_EVEN_DIMENSIONS;

/** Number of blocks of coordinates whose signs are flipped. */
export type Flips = (typeof FLIPS)[number];
/** The numbers of blocks of coordinates whose signs can be flipped; see `Draw`. */
export const FLIPS = [0, 2, 4] as const;

/** Moments of the source: its mean, the mean variance of a coordinate, and E|x|²/2. */
export interface SourceMoments {
  readonly mean: Float64Array;
  readonly variance: number;
  readonly halfSquare: number;
}

/** Exact moments; for samples, those of the samples themselves, with weights of 1 / count. */
export function sourceMoments(source: Source, dimension: number): SourceMoments {
  const mean = new Float64Array(dimension);
  if (typeof source === "string") {
    const variance = source === "cube" ? 1 / 12 : 1;
    return { mean, variance, halfSquare: (dimension * variance) / 2 };
  }
  const { values, count } = source.samples;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    (mean[i % dimension] as number) += value / count;
    squares += (value * value) / count;
  }
  const variance = (squares - mean.reduce((sum, v) => sum + v * v, 0)) / dimension;
  return { mean, variance: Math.max(0, variance), halfSquare: squares / 2 };
}

/** The source, which must have a density. RangeError for samples. */
export function densityOf(op: string, source: Source): Density {
  if (typeof source !== "string") throw new RangeError(`${op}: expected the source gaussian or cube, got samples`);
  return source;
}

/** RangeError for numbers of flips that points of a source cannot have. */
export function checkFlips(
  op: string,
  flips: Flips | undefined,
  { source, dimension }: { readonly source: Source; readonly dimension: number },
): void {
  if (flips === undefined) return;
  if (!FLIPS.includes(flips)) throw new RangeError(`${op}: expected \`flips\` of ${FLIPS.join(", ")}, got ${flips}`);
  if (flips > (typeof source === "string" ? dimension : 0)) {
    const most = typeof source === "string" ? `at most the dimension ${dimension}` : "0 for a source of samples";
    throw new RangeError(`${op}: expected \`flips\` of ${most}, got ${flips}`);
  }
}

/**
 * Throws RangeError unless a draw's numbers fit the counter of shaders/include/source.wgsl, its
 * flips are whole, and points of the source can be drawn so.
 */
export function checkDraw(draw: Draw, of: { readonly source: Source; readonly dimension: number }): void {
  checkOptions("cells", draw, ["seed", "stream", "first", "count", "flips", "even"]);
  const { seed, stream, first, count, flips = 0 } = draw;
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`cells: expected a non-negative integer \`seed\`, got ${seed}`);
  if (!Number.isInteger(stream) || stream < 0 || stream > 65535) {
    throw new RangeError(`cells: expected a \`stream\` of 0 to 65535, got ${stream}`);
  }
  if (!Number.isSafeInteger(first) || first < 0 || !Number.isSafeInteger(first + count)) {
    throw new RangeError(`cells: expected a non-negative integer \`first\`, got ${first}`);
  }
  checkFlips("cells", flips, of);
  const patterns = powerOfTwo(flips);
  if (first % patterns !== 0 || count % patterns !== 0) {
    throw new RangeError(
      `cells: expected \`first\` and \`count\` in multiples of ${patterns} with ${flips} flips, got ${first} and ${count}`,
    );
  }
  if (draw.even === true && !canBeEven(of.source, of.dimension)) {
    const what = typeof of.source === "string" ? `${of.dimension} dimensions` : "samples";
    throw new RangeError(
      `cells: expected an \`even\` draw only of a density in up to 16 dimensions, got one of ${what}`,
    );
  }
}
