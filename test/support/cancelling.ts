import * as assert from "uvu/assert";
import type { Signal } from "../../src/kernels/signal.ts";
import type { Engine } from "../../src/tensor/engine.ts";

/** A signal that counts how often it is read, and is aborted once it was read `limit` times. */
class CountingSignal implements Signal {
  readonly reason = new Error("cancelled");
  readonly #limit: number;
  asked = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get aborted(): boolean {
    this.asked++;
    return this.asked > this.#limit;
  }
}

/**
 * Cancels `run` before it begins, half way, and at the last time that it reads the signal. Each
 * time it must reject with the signal's own reason and free its memory on the device. Afterwards
 * the device must compute the same as before, also where the signal is aborted after the end.
 */
export async function checkCancelling(engine: Engine, run: (signal: Signal) => Promise<unknown>): Promise<void> {
  const never = new CountingSignal(Number.POSITIVE_INFINITY);
  const expected = await run(never);
  const { asked } = never;
  assert.ok(asked > 0, "never asks its signal");
  // Taken after a first run, as a map keeps the working memory of its largest call.
  const before = engine.memory().inUse;
  for (const limit of new Set([0, Math.floor(asked / 2), asked - 1])) {
    const signal = new CountingSignal(limit);
    const thrown = await run(signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.is(thrown, signal.reason, `aborted at question ${limit + 1} of ${asked}`);
    assert.is(engine.memory().inUse, before, `bytes in use after question ${limit + 1} of ${asked}`);
  }
  assert.equal(await run(new CountingSignal(asked)), expected, "aborted after its end");
  assert.is(engine.memory().inUse, before, "bytes in use after its end");
}
