/**
 * The results of `work` on each item, in the order of the items, while up to `width` items are
 * worked on at once. An error of one item is thrown in its turn; what is under way then ends
 * unheard.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void> {
  const running: Promise<R>[] = [];
  for (const item of items) {
    const result = work(item);
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= width) yield await (running.shift() as Promise<R>);
  }
  for (const result of running) yield await result;
}
