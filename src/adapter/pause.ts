import { type Signal, throwIfAborted } from "../kernels/signal.ts";

/**
 * Lets Node deal with the events that wait, such as signals of the process, and then throws the
 * reason of a signal that was aborted. Long work on the host awaits it between its steps.
 */
export async function pause(signal?: Signal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  throwIfAborted(signal);
}

/** Items between two pauses, which take a few milliseconds where each is a line of a file. */
const ITEMS_TO_PAUSE = 1000;

/** The items, with a `pause` before every thousandth. */
export async function* pausing<T>(items: Iterable<T>, signal?: Signal): AsyncGenerator<T, void> {
  let count = 0;
  for (const item of items) {
    if (count++ % ITEMS_TO_PAUSE === 0) await pause(signal);
    yield item;
  }
}
