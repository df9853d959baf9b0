import { FIRST_LINK, lineOf, nextLink } from "./chain.ts";
import type { Digest } from "./record.ts";
import type { RecordFile } from "./recordFile.ts";

/**
 * A command whose line waits for later results: times, digests, values on their way to the host.
 */
export interface Entry {
  readonly seq: number | undefined;
  readonly at: number;
  /** The fields of its JSON object that are known at once, without the fields below. */
  readonly core: string;
  /** Whether its line is written. The hash chain covers every entry with a number. */
  readonly written: boolean;
  readonly late: { sha256?: string; outputs?: Readonly<Record<string, Digest>> };
  ns: number | undefined;
  waiting: number;
}

/**
 * Writes lines in the order of their commands, each once it is complete, and computes the hash
 * chain.
 */
export class Writer {
  chain: string;
  readonly #file: RecordFile;
  #queue: Entry[] = [];

  constructor(file: RecordFile, chain: string = FIRST_LINK) {
    this.#file = file;
    this.chain = chain;
  }

  get idle(): boolean {
    return this.#queue.length === 0;
  }

  push(entry: Entry): void {
    this.#queue.push(entry);
  }

  /** Tells that one of the results that `entry` waits for has arrived. */
  done(entry: Entry): void {
    entry.waiting--;
    this.settle();
  }

  /** Writes the complete lines at the head of the queue. */
  settle(): void {
    let ready = 0;
    for (; this.#queue[ready]?.waiting === 0; ready++) this.#finish(this.#queue[ready] as Entry);
    if (ready > 0) this.#queue.splice(0, ready);
  }

  #finish({ seq, at, core, written, late, ns }: Entry): void {
    const extra = JSON.stringify(late).slice(1, -1);
    const command = extra === "" ? core : `${core},${extra}`;
    if (seq !== undefined) this.chain = nextLink(this.chain, command);
    if (written) this.#file.write(`${lineOf({ seq, at, command, ns })}\n`);
  }
}
