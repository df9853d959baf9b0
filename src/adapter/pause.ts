import { type Signal, throwIfAborted } from "../kernels/signal.ts";

/**
 * Lets Node deal with the events that wait, such as signals of the process, and then throws the
 * reason of a signal that was aborted. Long work on the host awaits it between its steps.
 */
export async function pause(signal?: Signal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  throwIfAborted(signal);
}
