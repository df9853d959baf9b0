import type { Pausing } from "../../src/kernels/batches.ts";
import { throwIfAborted } from "../../src/kernels/signal.ts";

/**
 * Replaces a device for functions that compute on the host alone: it has only the method to pause.
 */
export const host: Pausing = {
  async pause(signal) {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
  },
};
