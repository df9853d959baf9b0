// The one way to release objects that hold memory of the device.
/// <reference lib="esnext.disposable" preserve="true" />
import { kindOf } from "./options.ts";

/**
 * An object that holds memory of the device until `dispose`. `using x = …` calls it at the end of
 * the block. Using the object afterwards is an error of the caller.
 */
export abstract class Resource {
  /** Releases the memory. */
  abstract dispose(): void;

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A record of `fields` whose memory `dispose` releases. */
export function resource<T extends Resource>(fields: Omit<T, keyof Resource>, dispose: () => void): T {
  return { ...fields, dispose, [Symbol.dispose]: dispose } as unknown as T;
}

/** Disposes of all given resources, in their order; TypeError, and of none, for anything else. */
export function dispose(...resources: readonly Resource[]): void {
  for (const each of resources as readonly (Resource | undefined)[]) {
    if (typeof each?.dispose === "function") continue;
    throw new TypeError(`dispose: expected what has \`dispose()\`, got ${kindOf(each)}`);
  }
  for (const each of resources) each.dispose();
}
