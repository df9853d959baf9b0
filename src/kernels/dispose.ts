// The one way to let go of what holds memory of the device.
/// <reference lib="esnext.disposable" preserve="true" />

/**
 * What holds memory of the device until `dispose`. `using x = …` calls it at the end of the block.
 * Using a thing afterwards is an error of the caller.
 */
export abstract class Resource {
  /** Gives the memory back. */
  abstract dispose(): void;

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A record of `fields` that is let go by `dispose`. */
export function resource<T extends Resource>(fields: Omit<T, keyof Resource>, dispose: () => void): T {
  return { ...fields, dispose, [Symbol.dispose]: dispose } as unknown as T;
}

/** Lets go of all of them, in their order. */
export function dispose(...resources: readonly Resource[]): void {
  for (const each of resources) each.dispose();
}
