/**
 * Work that calls back as steps that are asked for one by one. `emit` resolves once the next step
 * is asked for, and at once after the steps were left.
 */
export async function* stepsOf<T, R>(work: (emit: (value: T) => Promise<void>) => Promise<R>): AsyncGenerator<T, R> {
  let waiting: { readonly value: T; readonly goOn: () => void } | undefined;
  let wake = (): void => undefined;
  let [ended, left] = [false, false];
  const result = work((value) => {
    if (left) return Promise.resolve();
    return new Promise((goOn) => {
      waiting = { value, goOn };
      wake();
    });
  }).finally(() => {
    ended = true;
    wake();
  });
  result.catch(() => undefined); // told to whom asks for the next step
  try {
    for (;;) {
      if (waiting === undefined && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (waiting === undefined) return await result;
      const { value, goOn } = waiting;
      waiting = undefined;
      try {
        yield value;
      } finally {
        goOn();
      }
    }
  } finally {
    left = true;
  }
}
