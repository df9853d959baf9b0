import { randomInt } from "node:crypto";
import type { Signal } from "../kernels/signal.ts";
import type { Question } from "../ot/cells/counter.ts";
import type { Points } from "../ot/points.ts";
import type { Draw } from "../ot/source.ts";
import { Asked, type Common, type Range } from "./asked.ts";

import type { Identity } from "./identity.ts";
import { Lending } from "./lending.ts";
import {
  type AnswerPiece,
  Assembly,
  encodeMessage,
  type Failure,
  newId,
  readAnswer,
  readWant,
  SUBJECT,
  WANT_MS,
  type Want,
} from "./messages.ts";
import type { Messenger } from "./messenger.ts";
import { Pace, type Speed } from "./pace.ts";
import { Roster, type RosterOptions } from "./roster.ts";

export interface LeadOptions extends RosterOptions {
  /** Share of the ranges, in [0, 1], that two workers count, and a third where they differ. */
  readonly verify?: number;
  /** Milliseconds until a range goes to another worker, before any was answered. Default 10 s. */
  readonly patience?: number;
  /** Tells the user of workers that come or are refused, in a line. */
  readonly say?: (line: string) => void;
}

/** What happened so far. */
export interface Tally {
  /** Ranges whose answer was taken. */
  readonly ranges: number;
  /** Ranges that were given out once more. */
  readonly again: number;
  /** Answers to ranges that had one. */
  readonly duplicates: number;
  /** Answers that were wrong. */
  readonly wrong: number;
  /** Ranges that two workers answered alike. */
  readonly verified: number;
  /** Answers that were taken, each from one worker alone, before that worker gave a wrong one. */
  readonly doubtful: number;
}

const PATIENCE_MS = 10_000;
const TICK_MS = 25;
/** Time without any answer after which the user is told why. */
const QUIET_MS = 3000;
const CHANCES = 4_294_967_296;
const MOST_FAILURES = 3; // of a worker, in a row

/**
 * The coordinator of a run: hands ranges of samples to the workers that ask for work. A range that
 * stays without an answer is given out once more, so that workers may come, stop and go at any
 * time. Each range counts once, whoever answers first.
 */
export class Lead {
  readonly run: string = newId();
  readonly blobs: Lending;
  readonly #messenger: Messenger;
  readonly #options: LeadOptions;
  readonly #stops: readonly (() => void)[];
  /** Workers without work, and how long their request holds. */
  readonly #idle = new Map<string, number>();
  readonly #roster: Roster;
  /** Pieces of answers, by worker: each computes one range at a time. */
  readonly #parts = new Map<string, { readonly number: number; readonly assembly: Assembly }>();
  readonly #asked = new Set<Asked<unknown, unknown>>();
  readonly #pace = new Pace();
  /** Answers of each worker that nobody else confirmed. */
  readonly #alone = new Map<string, number>();
  /** How often each worker failed since it last answered. */
  readonly #failures = new Map<string, number>();
  /** What a worker failed with since the last right answer, and until when others may come. */
  #broken: { readonly error: Error; readonly until: number } | undefined;
  #tally: Tally = { ranges: 0, again: 0, duplicates: 0, wrong: 0, verified: 0, doubtful: 0 };
  #number = 0;
  /** Milliseconds of the slowest recent ranges, by question. */
  readonly #slowest = new Map<string, number>();
  #quiet = 0;
  #lost: Error | undefined;

  constructor(messenger: Messenger, options: LeadOptions) {
    this.#messenger = messenger;
    this.#options = options;
    this.#roster = new Roster(options);
    this.blobs = new Lending(messenger, this.run);
    const timer = setInterval(() => this.#grant(), TICK_MS);
    this.#stops = [
      messenger.listen(SUBJECT.want, (message) => this.#admit(readWant(message))),
      messenger.listen(SUBJECT.answer(this.run), (message) => this.#hear(readAnswer(message))),
      () => clearInterval(timer),
      () => this.blobs.close(),
    ];
    void messenger.lost.then((error) => {
      this.#lost = error;
      for (const asked of this.#asked) asked.fail(error);
    });
  }

  get tally(): Tally {
    return this.#tally;
  }

  /** Workers that were taken so far. */
  get workers(): number {
    return this.#roster.size;
  }

  /** How fast the workers count now. */
  get speed(): Speed {
    return this.#pace.speed(performance.now());
  }

  /** Whose bits the workers have; undefined before the first came. */
  get reference(): Identity | undefined {
    return this.#roster.reference;
  }

  /** Whether workers of different adapters were taken. */
  get isMixed(): boolean {
    return this.#roster.isMixed;
  }

  /** The answer to a question about a draw, by all workers. */
  async ask<P, A>(
    question: Question<P, A>,
    parameter: P,
    draw: Draw,
    {
      targets,
      common,
      signal,
    }: { readonly targets: Points; readonly common: Common; readonly signal: Signal | undefined },
  ): Promise<A> {
    const asked = new Asked(question, parameter, draw, targets, common);
    const known = asked as unknown as Asked<unknown, unknown>;
    const watch = setInterval(() => signal?.aborted === true && asked.fail(signal.reason), TICK_MS);
    this.#asked.add(known);
    if (this.#lost !== undefined) asked.fail(this.#lost);
    this.#quiet = performance.now() + QUIET_MS;
    try {
      this.#grant();
      return await asked.answer;
    } finally {
      clearInterval(watch);
      this.#asked.delete(known);
    }
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #admit(want: Want | undefined): void {
    if (want === undefined) return;
    const { worker, name, identity } = want;
    const { isNew, refusal } = this.#roster.admit(worker, name, identity);
    if (refusal !== undefined) {
      this.#refuse(worker, name, refusal, isNew);
      return;
    }
    if (isNew) this.#options.say?.(`cluster: worker ${name} counts, ${this.#roster.size} by now`);
    const now = performance.now();
    this.#pace.heard(worker, now);
    this.#idle.set(worker, now + WANT_MS);
    this.#grant();
  }

  #refuse(worker: string, name: string, reason: string, isNew: boolean): void {
    if (isNew) this.#options.say?.(`cluster: worker ${name} is refused: ${reason}`);
    this.#idle.delete(worker);
    this.#pace.left(worker);
    this.#messenger.publish(SUBJECT.to(worker), encodeMessage({ kind: "refusal", run: this.run, reason }));
  }

  /** Gives ranges to workers that wait. */
  #grant(): void {
    const now = performance.now();
    for (const [worker, until] of this.#idle) if (until < now) this.#idle.delete(worker);
    if (this.#broken !== undefined && now > this.#broken.until && this.#pace.present(now) === 0) {
      for (const asked of this.#asked) asked.fail(this.#broken.error);
    }
    if (this.#asked.size > 0 && now > this.#quiet) this.#sayWhyQuiet(now);
    const { verify = 0 } = this.#options;
    for (const asked of this.#asked) {
      for (const worker of this.#idle.keys()) {
        const isChecked = verify > 0 && randomInt(CHANCES) < verify * CHANCES;
        const next = asked.next(worker, { now, number: () => this.#number++, isChecked });
        if (next === undefined) continue;
        this.#idle.delete(worker);
        this.#give(worker, asked.common, next.number, next.range);
      }
    }
  }

  #sayWhyQuiet(now: number): void {
    const start = "start `node dist/worker.js --server …` on any machine";
    const isWaited = [...this.#asked].some(({ open }) => [...open.values()].some(({ given }) => given.length > 0));
    if (this.#pace.present(now) === 0) {
      const who = this.#roster.size === 0 ? "no worker yet" : "nothing was heard of any worker for long";
      this.#options.say?.(`cluster: ${who}; ${start}`);
    } else if (isWaited && this.#idle.size === this.#pace.present(now)) {
      this.#options.say?.(
        `cluster: another worker is to count the same samples (--verify), and there is none; ${start}`,
      );
    } else return;
    this.#quiet = Number.POSITIVE_INFINITY;
  }

  #give(worker: string, common: Common, number: number, range: Range): void {
    const now = performance.now();
    this.#pace.gave(worker, now);
    if (range.since > 0 && range.given.length === 0) this.#tally = { ...this.#tally, again: this.#tally.again + 1 };
    range.since = now;
    const slowest = this.#slowest.get(common.question);
    range.due = now + (slowest === undefined ? (this.#options.patience ?? PATIENCE_MS) : 100 + 4 * slowest);
    const { draw } = range;
    const task = encodeMessage({ kind: "task", run: this.run, number, ...common, draw });
    this.#messenger.publish(SUBJECT.to(worker), task);
  }

  #hear(message: AnswerPiece | Failure | undefined): void {
    if (message === undefined || !this.#roster.has(message.worker)) return;
    const { worker, number } = message;
    this.#pace.heard(worker, performance.now());
    const asked = [...this.#asked].find(({ open }) => open.has(number));
    const range = asked?.open.get(number);
    if (asked === undefined || range === undefined) {
      if ("at" in message && message.at === 0) this.#tally = { ...this.#tally, duplicates: this.#tally.duplicates + 1 };
    } else if ("error" in message) this.#failed(message, range);
    else this.#collect(message, asked, range);
  }

  #collect(piece: AnswerPiece, asked: Asked<unknown, unknown>, range: Range): void {
    const { worker, number } = piece;
    let part = this.#parts.get(worker);
    if (part === undefined || part.number !== number || piece.at === 0) {
      part = { number, assembly: new Assembly() };
      this.#parts.set(worker, part);
    }
    const bytes = piece.size <= asked.mostBytes(range) ? part.assembly.take(piece) : new Uint8Array();
    if (bytes === undefined) return;
    this.#parts.delete(worker);
    this.#failures.delete(worker);
    this.#broken = undefined;
    const verdict = asked.take(number, range, { worker, bytes });
    if (verdict.kind === "wrong") {
      range.due = 0;
      this.#mistrust(worker, range.draw, "expected a right answer");
      this.#grant();
    } else if (verdict.kind === "taken") {
      this.#count(worker, asked.common, range);
      for (const liar of verdict.liars) this.#mistrust(liar, range.draw, "expected what two others answered");
    } else this.#grant();
  }

  /** Another worker counts what one cannot. */
  #failed({ worker, error }: Failure, range: Range): void {
    range.due = 0;
    const failures = (this.#failures.get(worker) ?? 0) + 1;
    this.#failures.set(worker, failures);
    if (failures >= MOST_FAILURES) {
      const name = this.#roster.nameOf(worker);
      const last = `cluster: a range failed ${failures} times: ${name}: ${error}`;
      this.#broken = { error: new Error(last), until: performance.now() + WANT_MS };
      const reason = `failed ${failures} times in a row: ${error}`;
      this.#refuse(worker, name, reason, this.#roster.refuse(worker, reason));
    }
    this.#grant();
  }

  #count(worker: string, { question }: Common, { draw, since, isChecked }: Range): void {
    const now = performance.now();
    const took = now - since;
    this.#slowest.set(question, Math.max(took, 0.98 * (this.#slowest.get(question) ?? 0)));
    this.#quiet = now + QUIET_MS;
    this.#pace.took(draw.count);
    const { ranges, verified } = this.#tally;
    this.#tally = { ...this.#tally, ranges: ranges + 1, verified: verified + (isChecked ? 1 : 0) };
    if (!isChecked) this.#alone.set(worker, (this.#alone.get(worker) ?? 0) + 1);
  }

  /** Refuses a worker whose answer was wrong. */
  #mistrust(worker: string, { first, count }: Draw, expected: string): void {
    const alone = this.#alone.get(worker) ?? 0;
    this.#alone.delete(worker);
    const { wrong, doubtful } = this.#tally;
    this.#tally = { ...this.#tally, wrong: wrong + 1, doubtful: doubtful + alone };
    const before = alone === 0 ? "" : `; ${alone} earlier answers of it were taken`;
    const reason = `${expected} about samples ${first} to ${first + count - 1}, got another${before}`;
    this.#refuse(worker, this.#roster.nameOf(worker), reason, this.#roster.refuse(worker, reason));
  }
}
