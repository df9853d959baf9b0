import type { GpuOptions } from "../kernels/gpu.ts";

const RECENT = 8; // waits that the first nap is measured by
const TURNS = 8; // without a nap at the start: what is done by then needs none

/**
 * Milliseconds to sleep `elapsed` ms into a wait, after others that took `recent`: at first four
 * fifths of the shortest of these, at most 20; from there on a 32nd of what has passed, 0.05 to 4.
 * So a wait ends about 3 % late at most, or up to 20 ms where those before it took longer.
 */
export function napOf(elapsed: number, recent: readonly number[]): number {
  const first = recent.length === 0 ? 0 : Math.min(20, 0.8 * Math.min(...recent));
  return Math.max(first - elapsed, Math.min(4, Math.max(0.05, elapsed / 32)));
}

/**
 * A way to wait that leaves the cores to a driver that computes on them. While a promise is
 * pending, Dawn polls in each turn of the event loop, and beside a driver whose work has displaced
 * all that a turn needs, one costs 0.1 ms of a core: the thread sleeps between turns.
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
