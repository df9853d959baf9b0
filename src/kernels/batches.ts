// Splits long work into batches. Between two of them other tasks run, and a signal can cancel it.
import type { Steps } from "../math/steps.ts";
import type { Gpu } from "./gpu.ts";
import type { Cancellable, Signal } from "./signal.ts";

/** What long work on the host needs: a device, or any other object that can pause. */
export type Pausing = Pick<Gpu, "pause">;

/** The result of steps; between two of them other tasks may run and a signal can cancel them. */
export async function inPieces<T>(gpu: Pausing, steps: Steps<T>, signal?: Signal): Promise<T> {
  try {
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      await gpu.pause(signal);
    }
  } finally {
    steps.return(undefined as T); // lets steps that were cut short free what they hold
  }
}

/** Items number `first` to `first + count`. */
export interface IndexRange {
  readonly first: number;
  readonly count: number;
}

/**
 * Items number `first` (default 0) to `first + count` in consecutive ranges of `size`, of which the
 * last may be shorter. Before each range other tasks may run, and an aborted signal throws its
 * reason.
 */
export async function* batches(
  gpu: Pausing,
  {
    first = 0,
    count,
    size,
    signal,
  }: Cancellable & { readonly first?: number; readonly count: number; readonly size: number },
): AsyncGenerator<IndexRange, void, undefined> {
  const end = first + count;
  for (let at = first; at < end; at += size) {
    await gpu.pause(signal);
    yield { first: at, count: Math.min(size, end - at) };
  }
}
