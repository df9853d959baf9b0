import { dispose, type Resource } from "./dispose.ts";

/**
 * Returns what `f` returns. If `f` fails, everything that it has passed to `own` is disposed of,
 * the last first. This is for functions that return objects with memory of the device and can be
 * cancelled half way.
 */
export async function disposeOnError<T>(f: (own: (...resources: Resource[]) => void) => Promise<T>): Promise<T> {
  const owned: Resource[] = [];
  try {
    return await f((...resources) => void owned.push(...resources));
  } catch (error) {
    dispose(...owned.toReversed());
    throw error;
  }
}
