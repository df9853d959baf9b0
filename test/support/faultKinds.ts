// The kinds of faults that `inject.ts` makes, what it is told and what it tells.

/** What can go wrong in a call. */
export const KINDS = {
  /**
   * Of the file system: the error of that name; `short`: half is read or written; `torn`: half is
   * written, then comes ENOSPC; `kill`: kill -9 in place of the call; `killTorn`: kill -9 when half
   * is written.
   */
  fs: ["EIO", "ENOSPC", "EMFILE", "short", "torn", "kill", "killTorn"],
  /**
   * Of the GPU: `throw`: the call throws or rejects; `error`: the device reports an error, and the
   * call has no effect; `lost`: the device is lost before the call; `kill`: kill -9 in its place.
   */
  gpu: ["throw", "error", "lost", "kill"],
} as const;

/** A fault in one call. */
export interface Wanted {
  /** `none`: calls are only counted. */
  readonly seam: keyof typeof KINDS | "none";
  readonly kind: string;
  /** Number of the call that fails, among those that the kind can strike, from 0 on. */
  readonly at: number;
  /** Whether all later ones fail as well. */
  readonly sticky: boolean;
}

/** What the injector is told, as JSON in the environment variable BRENIER_FAULT. */
export interface Fault extends Wanted {
  /** The file to which it writes a `Told`. */
  readonly report: string;
}

/** What the injector has seen. */
export interface Told {
  /** Number of calls that a kind of fault can strike, by `SEAM KIND`. */
  readonly counts: Record<string, number>;
  /** The first call that failed, and the path that it was for. */
  hit: { readonly call: string; readonly path: string } | undefined;
}
