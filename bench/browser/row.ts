/** What Node asks a page for. */
export interface PageRequest {
  /** Which of `browserCases`. */
  readonly index: number;
  readonly rounds: number;
  readonly peers: boolean;
}

/** Milliseconds of one run: wall time, and CPU time of all processes of the browser. */
export interface BrowserSample {
  readonly wall: number;
  readonly cpu: number;
}

/** The times of a library, or why it has none. */
export type BrowserResult =
  | { readonly samples: readonly BrowserSample[] }
  | { readonly wrong: string }
  | { readonly notRun: string };

/** The measurements of one case, by library; that of this one is `ours`. */
export interface BrowserRow {
  readonly name: string;
  readonly shape: string;
  readonly flops: number;
  readonly adapter: string;
  readonly family: string;
  readonly results: Readonly<Record<string, BrowserResult>>;
}
