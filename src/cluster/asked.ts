import { type Question, rangesOf } from "../ot/cells/counter.ts";
import type { Points } from "../ot/points.ts";
import type { Draw } from "../ot/source.ts";
import { type Gathering, gatheringOf } from "./gathering.ts";
import type { Task } from "./messages.ts";

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
  /** When it was last given to a worker, and when to another: 0 for at once. */
  since: number;
  due: number;
}

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
  readonly #gathering: Gathering<A>;
  readonly #ranges: Iterator<Draw>;
  #resolve: (answer: A) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #places = 0;
  #next: IteratorResult<Draw>;

  constructor(question: Question<P, A>, parameter: P, draw: Draw, targets: Points, common: Common) {
    this.common = common;
    this.#ranges = rangesOf(question, parameter, targets, draw);
    this.#next = this.#ranges.next();
    this.#gathering = gatheringOf(question, { targets, parameter, draw: this.#next.value ?? draw });
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.answer.catch(() => undefined); // whoever asked waits for it
  }

  /**
   * A range for this worker now: one that is to be answered again, else a new one, else one whose
   * answer is overdue. So no range is counted twice while others are not counted at all.
   */
  next(
    worker: string,
    { now, number, isChecked }: { readonly now: number; readonly number: () => number; readonly isChecked: boolean },
  ): { readonly number: number; readonly range: Range } | undefined {
    const { joined, ahead } = this.#gathering;
    const isNew = this.#next.done !== true && this.#places - joined < ahead;
    for (const [known, range] of this.open) {
      const isDue = range.due <= (isNew ? 0 : now);
      if (isDue && !range.given.some((answer) => answer.worker === worker)) return { number: known, range };
    }
    if (this.#next.done === true || !isNew) return undefined;
    const range = {
      draw: this.#next.value,
      place: this.#places++,
      isChecked,
      given: [],
      since: 0,
      due: 0,
    };
    this.#next = this.#ranges.next();
    const fresh = number();
    this.open.set(fresh, range);
    return { number: fresh, range };
  }

  /** Greatest number of bytes of the answer to a range. */
  mostBytes({ draw }: Range): number {
    return this.#gathering.mostBytes(draw);
  }

  /** Takes an answer to a range. */
  take(number: number, range: Range, { worker, bytes }: Given): Verdict {
    const answer = this.#gathering.read(bytes, range.draw);
    if (answer === undefined) return { kind: "wrong" };
    const others = range.given.filter((before) => before.worker !== worker);
    if (range.isChecked && !others.some((before) => isSame(before.bytes, bytes))) {
      if (others.length === range.given.length) range.given.push({ worker, bytes });
      range.due = 0;
      return { kind: "kept" };
    }
    this.open.delete(number);
    this.#gathering.join(range.place, answer);
    if (this.#next.done === true && this.#gathering.joined === this.#places) this.#resolve(this.#gathering.result());
    const liars = others.filter((before) => !isSame(before.bytes, bytes)).map((before) => before.worker);
    return { kind: "taken", liars };
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}
