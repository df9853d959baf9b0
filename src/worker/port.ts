import { kindOf } from "../kernels/options.ts";

/**
 * One end of a connection to the other side: a page's `Worker`, a worker's own `self`, a
 * `MessagePort`, and `Worker` and `parentPort` of `node:worker_threads` are ones.
 */
export type Port = {
  /** Sends a message to the other side. */
  postMessage(message: unknown, transfer: never): void;
} & (
  | {
      /** Listens to the other side, as in browsers. */
      addEventListener(type: never, listener: never): void;
    }
  | {
      /** Listens to the other side, as in Node. */
      on(event: never, listener: never): unknown;
    }
);

/** What the ports of all runtimes have in common. */
export interface Connection {
  send(message: unknown, transfer: Iterable<ArrayBuffer>): void;
  /** Ends the other side, where the port is a worker, and closes the port. */
  close(): void;
}

interface AnyEvent {
  readonly data?: unknown;
  readonly message?: string;
  preventDefault?(): void;
}

/** Anything that a port may be able to do. */
interface AnyPort {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  addEventListener?(type: string, listener: (event: AnyEvent) => void): void;
  on?(event: string, listener: (value: unknown) => void): unknown;
  start?(): void;
  close?(): void;
  terminate?(): unknown;
}

/**
 * Listens to a port. `onEnd` is told, in words, when the other side cannot answer any more, as far
 * as the runtime tells it.
 *
 * @throws TypeError for what is no port.
 */
export function connectTo(
  op: string,
  given: Port | null,
  onMessage: (message: unknown) => void,
  onEnd: (why: string) => void = () => undefined,
): Connection {
  const port = given as AnyPort;
  const { addEventListener, on } = Object(port) as AnyPort;
  if (typeof port?.postMessage !== "function" || (addEventListener === undefined && on === undefined)) {
    throw new TypeError(`${op}: expected a worker or a port, got ${kindOf(given)}`);
  }
  if (addEventListener !== undefined) {
    port.addEventListener?.("message", ({ data }) => onMessage(data));
    port.addEventListener?.("error", (event) => {
      event.preventDefault?.(); // the calls tell it; Deno would end the program
      onEnd(event.message || "it could not be loaded");
    });
    port.addEventListener?.("close", () => onEnd("the port was closed"));
  } else {
    port.on?.("message", onMessage);
    port.on?.("error", (error) => onEnd(error instanceof Error ? error.message : String(error)));
    port.on?.("exit", () => onEnd("it ended"));
  }
  port.start?.();
  return {
    send: (message, transfer) => port.postMessage(message, [...transfer]),
    close() {
      if (port.terminate !== undefined) port.terminate();
      else port.close?.();
    },
  };
}
