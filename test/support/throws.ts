import * as assert from "uvu/assert";

/**
 * Asserts that `f` throws an error whose message contains `message`. uvu's own `throws` takes a
 * string as its label and compares nothing.
 */
export function throws(f: () => unknown, message: string): void {
  let thrown: unknown;
  try {
    f();
  } catch (error) {
    thrown = error;
  }
  assert.instance(thrown, Error, `expected an error with: ${message}`);
  const text = (thrown as Error).message;
  assert.ok(text.includes(message), `expected an error with: ${message}\ngot: ${text}`);
}

/** Asserts that `promise` is rejected with an error whose message contains `message`. */
export async function rejects(promise: Promise<unknown>, message: string): Promise<void> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  throws(() => {
    if (thrown !== undefined) throw thrown;
  }, message);
}
