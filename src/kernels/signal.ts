// Cancellation of long work: the caller passes a signal, which the work checks between its steps.

/** What the core needs of an `AbortSignal`, which belongs to the types of the DOM and of Node. */
export interface Signal {
  readonly aborted: boolean;
  /** What the cancelled work throws. */
  readonly reason: unknown;
}

/** What every long function takes in its last record of options. */
export interface Cancellable {
  /** Once it is aborted, the function rejects with its reason at its next pause. */
  readonly signal?: Signal | undefined;
}

/** Throws the signal's reason if it was aborted. */
export function throwIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted === true) throw signal.reason;
}
