import { sha256 } from "../../files/sha256.ts";
import type { Digest } from "./record.ts";
import type { RecordFile } from "./recordFile.ts";

/**
 * A command whose line waits for what comes later: times, digests, values on their way to the host.
 */
export interface Entry {
  readonly seq: number | undefined;
  readonly at: number;
  /** The inside of its JSON, without what follows here. */
  readonly core: string;
  /** Whether its line is written; the chain covers every entry with a number. */
  readonly written: boolean;
  readonly late: { sha256?: string; outputs?: Readonly<Record<string, Digest>> };
  ns: number | undefined;
  waiting: number;
}

/** Lines in the order of their commands, each once it is complete, and the chain over them. */
export class Writer {
  chain: string;
  readonly #file: RecordFile;
  #queue: Entry[] = [];

  constructor(file: RecordFile, chain: string = sha256("brenier audit 2")) {
    this.#file = file;
    this.chain = chain;
  }

  get idle(): boolean {
    return this.#queue.length === 0;
  }

  push(entry: Entry): void {
    this.#queue.push(entry);
  }

  /** One of the things that `entry` waits for is there. */
  done(entry: Entry): void {
    entry.waiting--;
    this.settle();
  }

  /** Writes the lines at the head of the queue that wait for nothing more. */
  settle(): void {
    let ready = 0;
    for (; this.#queue[ready]?.waiting === 0; ready++) this.#finish(this.#queue[ready] as Entry);
    if (ready > 0) this.#queue.splice(0, ready);
  }

  #finish({ seq, at, core, written, late, ns }: Entry): void {
    const extra = JSON.stringify(late).slice(1, -1);
    const whole = extra === "" ? core : `${core},${extra}`;
    if (seq !== undefined) this.chain = sha256(this.chain + whole);
    if (!written) return;
    const number = seq === undefined ? "" : `"seq":${seq},`;
    const time = ns === undefined ? "" : `,"ns":${ns}`;
    this.#file.write(`{${number}"at":${at},${whole}${time}}\n`);
  }
}
