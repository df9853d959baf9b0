// What a program and its worker tell each other: plain records, of which there are six kinds. Each
// names the protocol, so that a port may carry other messages as well.
import { DataError } from "../formats/error.ts";
import { DeviceLostError } from "../kernels/gpu.ts";

export const PROTOCOL = "brenier.worker.1";

/** From the program: do this, cancel that, and go on with what waits since its last report. */
export type Request =
  | {
      readonly protocol: typeof PROTOCOL;
      readonly kind: "call";
      /** Number of the call, which all answers carry. */
      readonly id: number;
      readonly method: string;
      readonly parameters: readonly unknown[];
    }
  | { readonly protocol: typeof PROTOCOL; readonly kind: "cancel" | "proceed"; readonly id: number };

/** From the worker: how far a call is, and how it ended. */
export type Answer =
  | {
      readonly protocol: typeof PROTOCOL;
      readonly kind: "progress";
      readonly id: number;
      readonly value: unknown;
      /** Whether the work goes on only after `proceed`. */
      readonly waits: boolean;
    }
  | { readonly protocol: typeof PROTOCOL; readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly protocol: typeof PROTOCOL; readonly kind: "error"; readonly id: number; readonly error: Failure };

/** An error as it travels: structured clones keep neither classes nor names of one's own. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** Whether a message is of this protocol and of one of these kinds. */
export function isMessage(message: unknown, kinds: readonly string[]): boolean {
  const { protocol, kind, id } = Object(message) as Readonly<Record<string, unknown>>;
  return protocol === PROTOCOL && kinds.includes(kind as string) && Number.isSafeInteger(id);
}

/** The classes that errors get back, by the name under which they travel. */
const CLASSES: Readonly<Record<string, new (message: string) => Error>> = {
  DataError,
  DeviceLostError,
  RangeError,
  TypeError,
};

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const known = Object.entries(CLASSES).find(([, Class]) => error instanceof Class)?.[0];
  const { name, message } = error;
  return { name: known ?? (name === "Error" ? error.constructor.name : name), message };
}

export function errorOf({ name, message }: Failure): Error {
  const Class = CLASSES[name];
  if (Class !== undefined) return new Class(message);
  return Object.defineProperty(new Error(message), "name", { value: name, configurable: true });
}

/**
 * The array buffers in a value that may be handed over instead of copied: of typed arrays in
 * records and arrays, each once.
 */
export function buffersIn(value: unknown, found: Set<ArrayBuffer> = new Set()): ReadonlySet<ArrayBuffer> {
  if (value instanceof ArrayBuffer) found.add(value);
  else if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) buffersIn(part, found);
  }
  return found;
}
