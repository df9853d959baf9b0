// Long work on the host in pieces of some milliseconds, between which others may run.

/** Work that stops for a moment after each piece, and then goes on; it returns its result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Operations in a piece: one to four milliseconds on slow machines. */
export const PIECE = 524_288;

/** How many items of `operations` each are a piece. */
export const itemsOf = (operations: number): number => Math.max(1, Math.floor(PIECE / operations));

/** The result of all pieces, one right after the other. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
