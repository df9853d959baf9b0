import type { GpuOptions } from "../kernels/gpu.ts";

const RECENT = 8; // number of past waits that determine the first nap
const TURNS = 8; // without a nap at the start: what is done by then needs none

/**
 * Milliseconds to sleep when a wait has lasted `elapsed` ms and the waits before it took `recent`
 * ms. The first nap lasts four fifths of the shortest recent wait, at most 20 ms; each later one a
 * 32nd of the time that has passed, between 0.05 and 4 ms. So a wait ends about 3 % late at most,
 * or up to 20 ms late where the waits before it took longer.
 */
export function napOf(elapsed: number, recent: readonly number[]): number {
  const first = recent.length === 0 ? 0 : Math.min(20, 0.8 * Math.min(...recent));
  return Math.max(first - elapsed, Math.min(4, Math.max(0.05, elapsed / 32)));
}

/**
 * A way to wait that leaves the cores to a driver that computes on them. While a promise is
 * pending, Dawn polls in each turn of the event loop. Since the driver's work evicts the event
 * loop's code and data from the CPU cache, a turn costs 0.1 ms of a core; so the thread sleeps
 * between turns.
 */
export function napping(): NonNullable<GpuOptions["wait"]> {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const recent: number[] = [];
  return async (promise) => {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    const start = performance.now();
    for (let turn = 0; !settled; turn++) {
      if (turn >= TURNS) Atomics.wait(cell, 0, 0, napOf(performance.now() - start, recent));
      await new Promise((resolve) => setImmediate(resolve));
    }
    recent.push(performance.now() - start);
    if (recent.length > RECENT) recent.shift();
    return promise;
  };
}
