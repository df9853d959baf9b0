/** Where source points come from: N(0, I), or uniform on [-1/2, 1/2)^d. */
export type Source = "gaussian" | "cube";

/** Source points number first .. first + count - 1 of a stream. The same numbers always give the same points. */
export interface Draw {
  readonly seed: number;
  /** Streams of a seed share no points; see STREAMS. */
  readonly stream: number;
  readonly first: number;
  readonly count: number;
}

/** Streams of a problem's seed, so that no two uses share samples. */
export const STREAMS = {
  solver: 0,
  evaluation: 1,
  warmStart: 2,
  margin: 3,
  repair: 4,
  centres: 5,
  generation: 6,
} as const;

/** Throws RangeError unless a draw's numbers fit the counter of shaders/include/source.wgsl. */
export function checkDraw({ seed, stream, first, count }: Draw): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`cells: expected a non-negative integer \`seed\`, got ${seed}`);
  if (!Number.isInteger(stream) || stream < 0 || stream > 65535) {
    throw new RangeError(`cells: expected a \`stream\` of 0 to 65535, got ${stream}`);
  }
  if (!Number.isSafeInteger(first) || first < 0 || !Number.isSafeInteger(first + count)) {
    throw new RangeError(`cells: expected a non-negative integer \`first\`, got ${first}`);
  }
}
