// What runtimes other than Node have: browsers with their workers, Deno, Bun. The types of the DOM
// would clash with those of WebGPU that this project uses, so what is needed is declared here.

/** A port of a MessageChannel. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

/** The global object, as far as it is used. */
interface Host {
  readonly navigator?: { readonly gpu?: GPU; readonly userAgent?: string };
  /** False for a page that came neither by https nor from this machine. */
  readonly isSecureContext?: boolean;
  /** Only pages have one. */
  readonly localStorage?: { getItem(key: string): string | null; setItem(key: string, text: string): void };
  readonly performance: { now(): number };
  readonly setTimeout: (f: () => void, ms: number) => unknown;
  readonly MessageChannel: new () => { readonly port1: Port; readonly port2: Port };
}

export const host: Host = globalThis as unknown as Host;
