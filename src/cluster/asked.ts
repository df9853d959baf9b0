import { type Question, rangesOf } from "../ot/cells/counter.ts";
import type { Points } from "../ot/points.ts";
import type { Draw } from "../ot/source.ts";
import type { Task } from "./messages.ts";
import { type Asking, mostNumbers, travelling } from "./questions.ts";
import { decodeValue } from "./values.ts";

/** What all tasks of a question have in common. */
export type Common = Pick<Task, "question" | "targets" | "source" | "heights" | "parameter">;

/** A right answer, as far as one alone can tell. */
interface Given {
  readonly worker: string;
  readonly bytes: Uint8Array;
}

/** A range that is under way. */
export interface Range {
  readonly draw: Draw;
  /** Its place among the ranges of the question. */
  readonly place: number;
  /** Whether two workers have to give the same answer. */
  readonly isChecked: boolean;
  /** Answers of a checked range that wait for the same from another worker. */
  readonly given: Given[];
  /** When it was last given to a worker, and when it is to be given to another. */
  since: number;
  due: number;
  failures: number;
}

/** Numbers in answers that wait for an earlier one, before no more ranges are handed out. */
const MOST_WAITING = 33_554_432;
const LEAST_WAITING = 32; // ranges
/** Answers that are joined at once. */
const TOGETHER = 16;
/** A range that failed so often is not tried again. */
const MOST_FAILURES = 3;
/** Bytes of an answer beside its numbers. */
const AROUND = 4096;

/** What an answer means. */
export type Verdict =
  /** The range is over. `liars` answered otherwise than two others. */
  | { readonly kind: "taken"; readonly liars: readonly string[] }
  /** Another worker is to answer as well. */
  | { readonly kind: "kept" }
  | { readonly kind: "wrong" };

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, i) => byte === other[i]);

/** A question under way: which ranges are open, and what is known of the answer. */
export class Asked<P, A> {
  readonly common: Common;
  readonly answer: Promise<A>;
  readonly open: Map<number, Range> = new Map();
  readonly #question: Question<P, A>;
  readonly #targets: Points;
  readonly #parameter: P;
  readonly #ranges: Iterator<Draw>;
  readonly #ahead: number;
  readonly #waiting = new Map<number, A>();
  #resolve: (answer: A) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #inTurn: A[] = [];
  #places = 0;
  #joined = 0;
  #next: IteratorResult<Draw>;

  constructor(question: Question<P, A>, parameter: P, draw: Draw, targets: Points, common: Common) {
    this.common = common;
    this.#question = question;
    this.#targets = targets;
    this.#parameter = parameter;
    this.#ranges = rangesOf(question, parameter, targets, draw);
    this.#next = this.#ranges.next();
    const numbers = this.#numbers((this.#next.value as Draw | undefined) ?? draw);
    this.#ahead = Math.max(LEAST_WAITING, MOST_WAITING / numbers);
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.answer.catch(() => undefined); // whoever asked waits for it
  }

  /** A range for this worker now: one whose answer is overdue or wanted twice, else a new one. */
  next(
    worker: string,
    { now, number, isChecked }: { readonly now: number; readonly number: () => number; readonly isChecked: boolean },
  ): { readonly number: number; readonly range: Range } | undefined {
    for (const [known, range] of this.open) {
      if (range.due <= now && !range.given.some((answer) => answer.worker === worker)) return { number: known, range };
    }
    if (this.#next.done === true || this.#places - this.#joined >= this.#ahead) return undefined;
    const range = {
      draw: this.#next.value,
      place: this.#places++,
      isChecked,
      given: [],
      since: 0,
      due: 0,
      failures: 0,
    };
    this.#next = this.#ranges.next();
    const fresh = number();
    this.open.set(fresh, range);
    return { number: fresh, range };
  }

  /** Greatest number of bytes of the answer to a range. */
  mostBytes({ draw }: Range): number {
    return 8 * this.#numbers(draw) + AROUND;
  }

  /** Takes an answer to a range. */
  take(number: number, range: Range, { worker, bytes }: Given): Verdict {
    let answer: unknown;
    try {
      answer = decodeValue(bytes, this.#numbers(range.draw));
    } catch {
      return { kind: "wrong" };
    }
    if (travelling(this.#question.name)?.isRight(answer, this.#asking(range.draw)) !== true) return { kind: "wrong" };
    const others = range.given.filter((before) => before.worker !== worker);
    if (range.isChecked && !others.some((before) => isSame(before.bytes, bytes))) {
      if (others.length === range.given.length) range.given.push({ worker, bytes });
      range.due = 0;
      return { kind: "kept" };
    }
    this.open.delete(number);
    this.#waiting.set(range.place, answer as A);
    for (; this.#waiting.has(this.#joined); this.#joined++) {
      this.#inTurn.push(this.#waiting.get(this.#joined) as A);
      this.#waiting.delete(this.#joined);
      if (this.#inTurn.length === TOGETHER) this.#inTurn = [this.#question.join(this.#inTurn)];
    }
    if (this.#next.done === true && this.#joined === this.#places) this.#resolve(this.#question.join(this.#inTurn));
    const liars = others.filter((before) => !isSame(before.bytes, bytes)).map((before) => before.worker);
    return { kind: "taken", liars };
  }

  /** A worker could not count a range: it is tried again, but not for ever. */
  failed(range: Range, error: string): void {
    range.due = 0;
    if (++range.failures >= MOST_FAILURES)
      this.fail(new Error(`cluster: a range failed ${MOST_FAILURES} times: ${error}`));
  }

  fail(error: unknown): void {
    this.#reject(error);
  }

  #asking(draw: Draw): Asking {
    return { targets: this.#targets, draw, parameter: this.#parameter };
  }

  #numbers(draw: Draw): number {
    const known = travelling(this.#question.name);
    return known === undefined ? 0 : mostNumbers(known, this.#asking(draw));
  }
}
