// How a cost grows with a size: the exponent of a power law, and where it departs from one.
import { studentQuantile } from "../../src/math/student.ts";

/** A size x and the cost y at it, both above 0. */
export interface Pair {
  readonly x: number;
  readonly y: number;
}

/** log y = log factor + exponent · log x, by least squares. */
export interface PowerLaw {
  readonly exponent: number;
  readonly factor: number;
  /**
   * Ends of the 95 % interval of the exponent, if the logarithms scatter normally around a line: by
   * Student's quantile for n − 2 degrees of freedom. NaN for fewer than four pairs.
   */
  readonly low: number;
  readonly high: number;
}

/** The power law through at least two pairs. RangeError for fewer, and for sizes that are equal. */
export function fitPower(pairs: readonly Pair[]): PowerLaw {
  const n = pairs.length;
  const [xs, ys] = [pairs.map(({ x }) => Math.log(x)), pairs.map(({ y }) => Math.log(y))];
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v / n, 0);
  const [mx, my] = [mean(xs), mean(ys)];
  const sxx = xs.reduce((sum, x) => sum + (x - mx) * (x - mx), 0);
  if (n < 2 || !(sxx > 0)) throw new RangeError(`fitPower: expected at least two sizes, got ${n} pairs`);
  const exponent = xs.reduce((sum, x, i) => sum + (x - mx) * ((ys[i] as number) - my), 0) / sxx;
  const left = xs.map((x, i) => (ys[i] as number) - my - exponent * (x - mx));
  const deviation = Math.sqrt(left.reduce((sum, r) => sum + r * r, 0) / (n - 2) / sxx);
  const half = n < 4 ? Number.NaN : studentQuantile(0.975, n - 2) * deviation;
  return { exponent, factor: Math.exp(my - exponent * mx), low: exponent - half, high: exponent + half };
}

/** The exponent between two neighbouring sizes. */
export interface Slope {
  readonly from: number;
  readonly to: number;
  readonly exponent: number;
}

/** The exponents between neighbours, by rising size. */
export function slopes(pairs: readonly Pair[]): Slope[] {
  const sorted = pairs.toSorted((a, b) => a.x - b.x);
  return sorted.slice(1).map((to, i) => {
    const from = sorted[i] as Pair;
    return { from: from.x, to: to.x, exponent: fitPower([from, to]).exponent };
  });
}

/** Neighbours whose exponent is more than this above the expected one rise too fast. */
export const TOO_FAST = 0.25;

/** The steps between neighbours at which a cost rises faster than its order. */
export const tooFast = (pairs: readonly Pair[], order: number): Slope[] =>
  slopes(pairs).filter(({ exponent }) => exponent > order + TOO_FAST);

/**
 * The exponent at the large end, where fixed costs matter least: that of the last three pairs.
 * RangeError for fewer than two pairs.
 */
export const lastExponent = (pairs: readonly Pair[]): number =>
  fitPower(pairs.toSorted((a, b) => a.x - b.x).slice(-3)).exponent;
