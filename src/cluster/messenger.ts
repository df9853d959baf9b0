/**
 * Carries messages between machines, by subject, to all who listen at the time. A message may be
 * lost, late, or come twice; all that is said over it is made for that.
 */
export interface Messenger {
  /** Greatest number of bytes of a message. */
  readonly mostBytes: number;
  publish(subject: string, bytes: Uint8Array): void;
  /** Until all that was published has left this machine, or never will. */
  flush(): Promise<void>;
  /** Listens until the returned function is called. */
  listen(subject: string, take: (bytes: Uint8Array) => void): () => void;
  /** What ended the connection for good. */
  readonly lost: Promise<Error>;
  /** Sends what is under way and ends the connection. */
  close(): Promise<void>;
}
