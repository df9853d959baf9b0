import type { Pausing } from "../../src/kernels/batches.ts";
import { throwIfAborted } from "../../src/kernels/signal.ts";

/** For functions that compute on the host alone: it pauses as a device does, and has none. */
export const host: Pausing = {
  async pause(signal) {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
  },
};
