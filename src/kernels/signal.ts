// How long work is cancelled: the caller hands in a signal, and the work asks it between its steps.

/** What the core needs of an `AbortSignal`, which belongs to the types of the DOM and of Node. */
export interface Signal {
  readonly aborted: boolean;
  /** What the work that was cancelled throws. */
  readonly reason: unknown;
}

/** What every long function takes in its last record of options. */
export interface Cancellable {
  /** Once it is aborted, the function rejects with its reason at its next pause. */
  readonly signal?: Signal | undefined;
}

/** Throws the signal's reason when it was aborted. */
export function throwIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted === true) throw signal.reason;
}
