import type { Problem } from "../ot/problem.ts";
import type { Progress } from "./progress.ts";

/** Rows that a line on stderr names. */
const MOST_LISTED = 6;

/**
 * Says which targets are solved as one with another, since the arithmetic cannot tell them apart,
 * and returns their number.
 */
export function sayGathered({ nu }: Problem, first: Uint32Array, arithmetic: string, progress: Progress): number {
  const close = [...first.keys()].filter((i) => first[i] !== i && (nu[i] as number) > 0);
  if (close.length > 0) {
    const who = close.length === 1 ? "1 point is" : `${close.length} points are`;
    const pairs = close.map((i) => `${i} with ${first[i]}`);
    progress.end(
      `${who} too close to another for ${arithmetic} and one with it, which has all mass (${listed(pairs)})`,
    );
  }
  return close.length;
}

/** The first of the given texts about rows. */
export function listed(rows: readonly string[]): string {
  const more = rows.length > MOST_LISTED ? `, and ${rows.length - MOST_LISTED} more` : "";
  return `row${rows.length === 1 ? "" : "s"} ${rows.slice(0, MOST_LISTED).join(", ")}${more}`;
}
