import { type Signal, throwIfAborted } from "../kernels/signal.ts";

/**
 * Called between two steps of long work: saves when this is due or when the work was cancelled, and
 * then throws the signal's reason if it was.
 */
export async function saveOrStop(
  signal: Signal,
  isDue: () => boolean,
  save: (() => Promise<void>) | undefined,
): Promise<void> {
  if (save !== undefined && (signal.aborted || isDue())) await save();
  throwIfAborted(signal);
}
