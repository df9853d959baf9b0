import { type Signal, throwIfAborted } from "../kernels/signal.ts";

/**
 * Between two steps of long work: saves when it is due or when the work was cancelled, and then
 * throws the signal's reason where it was.
 */
export async function saveOrStop(
  signal: Signal,
  isDue: () => boolean,
  save: (() => Promise<void>) | undefined,
): Promise<void> {
  if (save !== undefined && (signal.aborted || isDue())) await save();
  throwIfAborted(signal);
}
