// Where a program outside of Node keeps which kernels are fastest.
import { isTuning, type TuningCache } from "../tunings.ts";
import { host } from "./host.ts";

/**
 * Texts by key, for measurements of kernels: a `Map` is one, and so is `localTunings()`. What it
 * gives is checked, and where it fails kernels are measured again.
 */
export interface TuningStore {
  /** The text that was kept under a key. */
  get(key: string): string | undefined | Promise<string | undefined>;
  /** Keeps a text under a key. */
  set(key: string, text: string): unknown;
}

/**
 * A store that lasts beyond the page, in `localStorage`. It keeps nothing where there is none, as
 * in workers, or where the user forbids it.
 */
export function localTunings(): TuningStore {
  const name = (key: string): string => `brenier kernels: ${key}`;
  return {
    get: (key) => host.localStorage?.getItem(name(key)) ?? undefined,
    set: (key, text) => host.localStorage?.setItem(name(key), text),
  };
}

/** A store as a cache. */
export function storedTunings(store: TuningStore): TuningCache {
  return {
    path: undefined,
    async read(key) {
      try {
        const value: unknown = JSON.parse((await store.get(key)) ?? "null");
        return isTuning(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    async write(key, tuning) {
      try {
        await store.set(key, JSON.stringify(tuning));
        return true;
      } catch {
        return false;
      }
    },
  };
}
