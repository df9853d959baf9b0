/** The two ways in which a peer is waited for. */
export type Wait = "shipped" | "napping";

const cell = new Int32Array(new SharedArrayBuffer(4));

/** As src/node.ts waits: a few immediate polls, then naps of 0.05 to 0.5 ms, so that polling does not take a core from the driver. */
export async function nap<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  for (let turn = 0; !settled; turn++) {
    if (turn >= 8) Atomics.wait(cell, 0, 0, Math.min(0.5, 0.05 * (turn - 7)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}
