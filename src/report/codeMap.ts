import type { Scatter } from "./data.ts";
import { principalAxes } from "./principalAxes.ts";
import { grouped, percent } from "./words.ts";

/** Greatest number of points that a map shows: more hide each other. */
export const MOST_POINTS = 5000;
/** Where codes are long, fewer are shown, so that a map takes about so many products at most. */
const MOST_WORK = 4e8;
const LEAST_POINTS = 500;

export interface CodeMapOptions {
  readonly title: string;
  /** What the rows are, in the plural. */
  readonly what: string;
  /** The class of each row, where it is known. */
  readonly labels?: ArrayLike<number> | undefined;
}

/**
 * Rows [N, d] along the two axes on which they vary most. Of more than `MOST_POINTS` rows, fewer
 * where d is above 280, as many at equal distances are shown, and the axes are theirs. undefined
 * for d below 2.
 */
export function codeMap(
  rows: ArrayLike<number>,
  d: number,
  { title, what, labels }: CodeMapOptions,
): Scatter | undefined {
  const count = rows.length / d;
  if (d < 2 || count < 2) return undefined;
  const shown = Math.min(count, MOST_POINTS, Math.max(LEAST_POINTS, Math.floor(MOST_WORK / (d * d))));
  const chosen = Array.from({ length: shown }, (_, i) => Math.floor((i * count) / shown));
  const values = new Float64Array(shown * d);
  chosen.forEach((row, i) => {
    for (let k = 0; k < d; k++) values[i * d + k] = rows[row * d + k] as number;
  });
  const { x, y, shares } = principalAxes(values, d);
  const numbers = labels === undefined ? [] : [...new Set(chosen.map((i) => labels[i] as number))];
  numbers.sort((a, b) => a - b);
  const place = new Map(numbers.map((label, at) => [label, at]));
  const all = shown === count ? grouped(count) : `${grouped(shown)} of ${grouped(count)}`;
  return {
    title,
    note: `${all} ${what} along their first two principal axes, with ${percent(shares[0] + shares[1])} of the variance`,
    xLabel: `first axis, ${percent(shares[0])} of the variance`,
    yLabel: `second axis, ${percent(shares[1])}`,
    x: Array.from(x, four),
    y: Array.from(y, four),
    classes: numbers.map(String),
    labels: labels === undefined ? [] : chosen.map((i) => place.get(labels[i] as number) as number),
  };
}

/** Four digits suffice to draw a point. */
const four = (value: number): number => Number(value.toPrecision(4));
