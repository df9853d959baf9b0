/**
 * Hands values to an iteration, one at a time: `send` resolves once the value was taken and the next
 * one is wanted, so that who sends goes no further than who takes.
 */
export class Relay<T> implements AsyncIterable<T> {
  #wake = (): void => undefined;
  #value: { readonly value: T; readonly taken: () => void } | undefined;
  #ended = false;
  #error: unknown;

  send(value: T): Promise<void> {
    return new Promise((taken) => {
      this.#value = { value, taken };
      this.#wake();
    });
  }

  /** Ends the iteration, with an error where one is given. */
  end(error?: unknown): void {
    [this.#ended, this.#error] = [true, error];
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const given = this.#value;
      if (given !== undefined) {
        this.#value = undefined;
        yield given.value;
        given.taken();
        continue;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
