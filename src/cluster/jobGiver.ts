import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../files/sha256.ts";
import { oneLine } from "../kernels/oneLine.ts";
import type { Signal } from "../kernels/signal.ts";
import { Crew } from "./crew.ts";
import { Failures } from "./failures.ts";
import { fitOf } from "./fit.ts";
import type { Identity } from "./identity.ts";
import { createFiles, createQueue, type Files, openJetStream, type Stores, told } from "./jetstream.ts";
import { bucketOf, isFile, type Job, type Line, readTold, STREAM, SUBJECTS, type Told } from "./jobMessages.ts";
import { queuesAt, showQueue } from "./jobQueues.ts";
import { readWant, SUBJECT } from "./messages.ts";
import type { Messenger } from "./messenger.ts";
import type { NatsLink } from "./natsLink.ts";
import { encodeValue, type Value } from "./values.ts";

export interface GiveOptions {
  /** The name of what is to be made: one coordinator at a time has it. */
  readonly set: string;
  /** The same for people. */
  readonly title: string;
  /** Whose bits the workers are to have. */
  readonly identity: Identity;
  /** Once it is aborted, jobs that wait are taken back. */
  readonly signal: Signal;
  readonly say: (line: string) => void;
  /** Takes a file that was made. */
  readonly take: (file: string, bytes: Uint8Array) => void;
  /** Whether a file that nobody asked for is taken too. */
  readonly isTaken: (file: string) => boolean;
  /** Milliseconds without a sign of life after which a job goes to another worker. Default 30 s. */
  readonly patience?: number;
}

interface Entry {
  readonly job: Job;
  readonly check: (bytes: Uint8Array) => void;
  readonly made: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  state: Line["state"];
  who: string;
  since: number;
  readonly failures: Failures;
  reason: string;
}

const isOpen = ({ state }: Entry): boolean => state === "waiting" || state === "running";

const PATIENCE_MS = 30_000;
const AGAIN_MS = 30_000;
/** A job whose workers went away so often is taken for the cause. */
const MOST_TIMES = 10;
const ALONE_MS = 3000;
const TICK_MS = 100;
const RETRY_MS = 1000;

/** The coordinator of a set of files that workers make. */
export class JobGiver {
  readonly files: Files;
  readonly #stores: Stores;
  readonly #messenger: Messenger;
  readonly #options: GiveOptions;
  readonly #fit: string;
  readonly #entries = new Map<string, Entry>();
  readonly #there = new Set<string>();
  readonly #crew: Crew;
  readonly #stops: (() => void)[] = [];
  #turn: Promise<void> = Promise.resolve();
  #lonely = Number.POSITIVE_INFINITY;
  #isOver = false;

  private constructor(stores: Stores, files: Files, messenger: Messenger, options: GiveOptions) {
    this.#stores = stores;
    this.files = files;
    this.#messenger = messenger;
    this.#options = options;
    this.#fit = fitOf(options.identity);
    this.#crew = new Crew(messenger, options.identity, options.say);
  }

  /** Begins; an error with one line where JetStream is missing, or another has the set. */
  static async open(link: NatsLink, messenger: Messenger, options: GiveOptions): Promise<JobGiver> {
    const { set, title, identity } = options;
    const stores = await openJetStream(link);
    // Shown before it looks, so that of two that begin at the same time none goes on unseen.
    const hide = showQueue(link.connection, { set, title }, () => []);
    try {
      if ((await queuesAt(link.connection)).filter((queue) => queue.set === set).length > 1) {
        throw new Error(
          `cluster: expected no other coordinator of ${title} at ${link.host}, got one that is at work; --watch shows it`,
        );
      }
      await createQueue(stores, fitOf(identity), options.patience ?? PATIENCE_MS);
      const giver = new JobGiver(stores, await createFiles(stores, bucketOf(set)), messenger, options);
      try {
        await giver.#begin(link);
      } catch (error) {
        await giver.close();
        throw error;
      }
      return giver;
    } finally {
      hide();
    }
  }

  /** Has a file made by a worker, and taken; `check` throws where it is wrong. */
  make(file: string, about: Job["about"], check: (bytes: Uint8Array) => void): Promise<void> {
    const known = this.#entries.get(file);
    if (known !== undefined) return known.made;
    if (!isFile(file)) throw new RangeError(`jobs: expected the name of a file in a folder, got ${file}`);
    let [resolve, reject]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
    const made = new Promise<void>((yes, no) => {
      [resolve, reject] = [yes, no];
    });
    made.catch(() => undefined); // whoever asked waits for it
    const job = { set: this.#options.set, file, about };
    const start = { state: "waiting", who: "", since: 0, reason: "" } as const;
    const entry: Entry = { job, check, made, resolve, reject, failures: new Failures(), ...start };
    this.#entries.set(file, entry);
    this.#lonely = Math.min(this.#lonely, performance.now() + ALONE_MS);
    if (this.#there.has(file)) this.#arrive(file);
    else void this.#publish(entry);
    return made;
  }

  /** Until all that was asked for is made or has failed. */
  async rest(): Promise<void> {
    for (let before = -1; before !== this.#entries.size; ) {
      before = this.#entries.size;
      await Promise.allSettled([...this.#entries.values()].map(({ made }) => made));
    }
  }

  /** The jobs, for people. */
  get lines(): readonly Line[] {
    return [...this.#entries.values()].map(({ job: { file }, state, who, since, reason }) => {
      const seconds = Math.round((performance.now() - since) / 1000);
      const text = state === "running" ? `${who}, ${seconds} s` : state === "failed" ? reason : "";
      return { file, state, text };
    });
  }

  /** Ends; the files at the server go, unless the user stopped: what is under way is then kept. */
  async close(): Promise<void> {
    this.#isOver = true;
    for (const stop of this.#stops) stop();
    await this.#turn;
    const { set, title, signal } = this.#options;
    try {
      await this.#stores.manager.streams.purge(STREAM, { filter: SUBJECTS.set(this.#fit, set) });
      if (!signal.aborted) await this.files.destroy();
    } catch (error) {
      // What ended the work is told already, and may be the cause of this.
      this.#options.say(`cluster: ${title} left jobs or files at the server: ${(error as Error).message}`);
    }
  }

  async #begin({ connection }: NatsLink): Promise<void> {
    const { set, title, signal } = this.#options;
    const tick = setInterval(() => {
      if (signal.aborted) this.#end(signal.reason);
      this.#sayWhyAlone();
    }, TICK_MS);
    // A server that lost its disk has lost jobs; those that it has are not taken twice.
    const again = setInterval(() => {
      for (const entry of this.#entries.values()) if (isOpen(entry)) void this.#publish(entry);
    }, AGAIN_MS);
    this.#stops.push(
      () => clearInterval(tick),
      () => clearInterval(again),
      this.#messenger.listen(SUBJECTS.told(set), (message) => this.#hear(readTold(message))),
      this.#messenger.listen(SUBJECT.want, (message) => this.#crew.look(readWant(message))),
      showQueue(connection, { set, title }, () => this.lines),
    );
    this.#stops.push(
      await this.files.watch(
        (file) => {
          this.#there.add(file);
          this.#arrive(file);
        },
        (error) => this.#end(error),
      ),
    );
    void this.#messenger.lost.then((error) => this.#end(error));
  }

  #end(error: unknown): void {
    for (const { reject } of this.#entries.values()) reject(error);
  }

  #sayWhyAlone(): void {
    if (performance.now() < this.#lonely) return;
    this.#lonely = Number.POSITIVE_INFINITY;
    this.#options.say("cluster: no worker took a part yet; start `node dist/worker.js --server …` on any machine");
  }

  async #publish(entry: Entry): Promise<void> {
    const subject = this.#subject(entry.job.file);
    while (isOpen(entry) && !this.#isOver) {
      try {
        await this.#stores.client.publish(subject, encodeValue(entry.job as unknown as Value));
        return;
      } catch (error) {
        // It is there: an earlier coordinator of the set put it there, or the answer was lost.
        if (/maximum messages per subject/i.test((error as Error).message)) return;
        if (!/timeout|no responders|disconnect/i.test((error as Error).message)) {
          this.#fail(entry, told(error, this.#stores, "a job").message);
          return;
        }
        await sleep(RETRY_MS);
      }
    }
  }

  #subject(file: string): string {
    return SUBJECTS.job(this.#fit, this.#options.set, sha256(file).slice(0, 32));
  }

  #hear(message: Told | undefined): void {
    const entry = message && this.#entries.get(message.file);
    if (message === undefined || entry === undefined || !isOpen(entry)) return;
    this.#lonely = Number.POSITIVE_INFINITY;
    this.#crew.hear(message.name);
    if (message.kind === "failed") this.#failed(entry, oneLine(`${message.name}: ${message.text}`), message.name);
    else if (message.kind === "gave back") entry.state = "waiting";
    else if (message.times > MOST_TIMES) {
      this.#fail(entry, `given out ${MOST_TIMES} times without an end`);
    } else [entry.state, entry.who, entry.since] = ["running", message.name, performance.now()];
  }

  /** A try failed: at a worker, or since its file was wrong. */
  #failed(entry: Entry, reason: string, worker?: string): void {
    entry.failures.add(worker);
    // Who makes another part says nothing meanwhile.
    const busy = [...this.#entries.values()].filter(({ state }) => state === "running").map(({ who }) => who);
    if (entry.failures.areEnough([...this.#crew.names, ...busy])) {
      this.#fail(entry, reason);
      return;
    }
    [entry.state, entry.reason] = ["waiting", reason];
    this.#options.say(`${entry.job.file} failed, and is tried again: ${reason}`);
  }

  /** Gives a job up. */
  #fail(entry: Entry, reason: string): void {
    const { file } = entry.job;
    [entry.state, entry.reason] = ["failed", reason];
    const { count } = entry.failures;
    const line = `${file} failed${count <= 1 ? "" : ` ${count} times`}: ${reason}`;
    this.#options.say(line);
    entry.reject(new Error(line));
    void this.#withdraw(file);
  }

  async #withdraw(file: string): Promise<void> {
    const { streams } = this.#stores.manager;
    // It may be gone.
    await streams.purge(STREAM, { filter: this.#subject(file) }).catch(() => undefined);
  }

  /** Takes files one after the other, in the order in which they came. */
  #arrive(file: string): void {
    this.#turn = this.#turn.then(() => this.#fetch(file));
  }

  async #fetch(file: string): Promise<void> {
    const entry = this.#entries.get(file);
    const isTaken = entry === undefined ? this.#options.isTaken(file) : entry.state !== "done";
    if (!isTaken || this.#isOver) return;
    try {
      const bytes = await this.files.get(file);
      if (bytes === undefined) return;
      entry?.check(bytes);
      this.#options.take(file, bytes);
      if (entry === undefined) return;
      entry.state = "done";
      entry.resolve();
    } catch (error) {
      const text = oneLine((error as Error).message);
      if (entry === undefined) {
        this.#options.say(`${file} was not taken: ${text}`);
        return;
      }
      this.#there.delete(file);
      await this.files.remove(file).catch(() => undefined);
      this.#failed(entry, text);
      if (entry.state === "waiting") await this.#publish(entry);
    }
  }
}
