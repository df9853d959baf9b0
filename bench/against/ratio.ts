// The ratio of two revisions' times, from rounds in each of which both ran.

/** Both times of a round, in ms of one run. */
export interface Round {
  readonly ours: number;
  readonly theirs: number;
}

export interface Ratio {
  /** Median over the rounds of ours / theirs: above 1, ours is slower. */
  readonly ratio: number;
  /** Its interval of at least 95 %. */
  readonly low: number;
  readonly high: number;
}

/** `undecided`: the interval is wider than the margin, or reaches over its edge. */
export type Verdict = "within 3 %" | "slower" | "faster" | "undecided";

/**
 * Fewer pairs give no interval of 95 %: the interval of 5, from the least to the greatest, has
 * 93.75 %.
 */
export const LEAST_ROUNDS = 6;

const MARGIN = 0.03;
const LEVEL = 0.95;

/**
 * The median of ours / theirs, and the interval [x_(k), x_(n+1−k)] of the n ratios in order, with
 * the greatest k for which
 *
 *   1 − 2 P(B ≤ k − 1) ≥ .95,   B binomial of n draws with chance ½.
 *
 * With this probability the interval covers the median of the distribution of independent rounds,
 * whatever the distribution is, so outliers of a busy machine do not widen it (David, Nagaraja,
 * Order Statistics, 3rd edition, 2003, section 7.1). RangeError for less than 6 rounds and for
 * times that are not above 0.
 */
export function ratioOf(rounds: readonly Round[]): Ratio {
  if (rounds.length < LEAST_ROUNDS) {
    throw new RangeError(`ratio: expected at least ${LEAST_ROUNDS} rounds, got ${rounds.length}`);
  }
  const ratios = rounds.map(({ ours, theirs }) => {
    if (!(ours > 0 && theirs > 0)) throw new RangeError(`ratio: expected times above 0, got ${ours} and ${theirs}`);
    return ours / theirs;
  });
  ratios.sort((a, b) => a - b);
  const rank = rankOf(ratios.length);
  const at = (i: number): number => ratios[i] as number;
  const [left, right] = [at((ratios.length - 1) >> 1), at(ratios.length >> 1)];
  return { ratio: Math.sqrt(left * right), low: at(rank - 1), high: at(ratios.length - rank) };
}

/** The greatest k of the interval [x_(k), x_(n+1−k)]. */
export function rankOf(n: number): number {
  let [rank, chance, below] = [0, 0.5 ** n, 0.5 ** n]; // P(B = rank), P(B ≤ rank)
  while (1 - 2 * below >= LEVEL) {
    rank++;
    chance *= (n - rank + 1) / rank;
    below += chance;
  }
  return rank;
}

/** The conclusion from the interval about a difference of 3 %. */
export function verdictOf({ low, high }: Ratio): Verdict {
  if (low >= 1 - MARGIN && high <= 1 + MARGIN) return "within 3 %";
  if (low > 1 + MARGIN) return "slower";
  if (high < 1 - MARGIN) return "faster";
  return "undecided";
}
