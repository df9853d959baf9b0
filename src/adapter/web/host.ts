// What browsers with their workers, Deno and Bun have, and Node for the most part. The types of the
// DOM would clash with those of WebGPU that this project uses, so what is needed is declared here.

/** A port of a MessageChannel. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

/** The parts of an address. */
export interface Address {
  /** With a colon at its end. */
  readonly protocol: string;
  readonly host: string;
  readonly hostname: string;
  readonly username: string;
  readonly password: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

/** The global object, as far as it is used. */
interface Host {
  readonly navigator?: { readonly gpu?: GPU; readonly userAgent?: string };
  /** False for a page that came neither by https nor from this machine. */
  readonly isSecureContext?: boolean;
  /** Only pages have one. */
  readonly localStorage?: { getItem(key: string): string | null; setItem(key: string, text: string): void };
  /** Node has one since version 22. */
  readonly WebSocket?: object;
  readonly performance: { now(): number };
  readonly setTimeout: (f: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly setInterval: (f: () => void, ms: number) => unknown;
  readonly clearInterval: (timer: unknown) => void;
  /** Only contexts that are secure have `subtle`, as they alone have `navigator.gpu`. */
  readonly crypto: {
    getRandomValues(bytes: Uint8Array): Uint8Array;
    readonly subtle: { digest(name: "SHA-256", bytes: Uint8Array): Promise<ArrayBuffer> };
  };
  readonly URL: {
    new (url: string): Address;
    canParse(url: string): boolean;
  };
  readonly MessageChannel: new () => { readonly port1: Port; readonly port2: Port };
}

export const host: Host = globalThis as unknown as Host;
