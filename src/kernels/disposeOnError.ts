import { dispose, type Resource } from "./dispose.ts";

/**
 * What `f` returns. Where it fails, all that it handed to `own` on its way is let go, the last
 * first: for functions that return what holds memory and can be cancelled half way.
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
