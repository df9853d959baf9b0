import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { napOf, napping } from "../../src/adapter/nap.ts";

const ms = { min: 0, max: 1e5, noNaN: true };

test("naps end at most 3 % or 0.05 ms after what is waited for, or at four fifths of what the last waits took", () => {
  fc.assert(
    fc.property(fc.double(ms), fc.array(fc.double(ms), { maxLength: 8 }), (elapsed, recent) => {
      const end = elapsed + napOf(elapsed, recent);
      const foreseen = Math.min(20, 0.8 * Math.min(...recent));
      assert.ok(
        end > elapsed &&
          end <= Math.max(elapsed + 0.05, elapsed * (1 + 1 / 32), recent.length > 0 ? foreseen : 0) + 1e-9,
      );
      assert.ok(end <= Math.max(elapsed + 4, 20));
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test("equal waits take few turns of the event loop", () => {
  // 10 ms: turns from 8 on, as many as the naps make that reach there.
  const turns = (recent: readonly number[]): number => {
    let count = 0;
    for (let elapsed = 0; elapsed < 10; count++) elapsed += napOf(elapsed, recent);
    return count;
  };
  assert.ok(turns([10, 10, 12]) <= 9, `${turns([10, 10, 12])}`);
  assert.ok(turns([]) > 50);
});

test("a wait gives what the promise gives, and throws what it throws", async () => {
  const wait = napping();
  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  for (let i = 0; i < 3; i++) assert.is(await wait(later().then(() => i)), i);
  const lost = later().then(() => Promise.reject(new Error("lost")));
  await wait(lost).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, "lost"),
  );
  assert.is(await wait(Promise.resolve(4)), 4);
});

test.run();
