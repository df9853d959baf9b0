// How answers about ranges become the answer about a draw.
import { counting, type Question } from "../ot/cells/counter.ts";
import type { Points } from "../ot/points.ts";
import type { Draw } from "../ot/source.ts";
import { type Asking, areCounts, travelling } from "./questions.ts";
import { decodeNumbers, decodeValue, type Numbers } from "./values.ts";

export interface Gathering<A> {
  /** Ranges, from the first on, whose answers are joined. */
  readonly joined: number;
  /** Greatest count of ranges that may be under way beyond these. */
  readonly ahead: number;
  /** Greatest number of bytes of the answer about a range. */
  mostBytes(draw: Draw): number;
  /** Reads an answer, in the form in which it is joined; undefined where it is wrong. */
  read(bytes: Uint8Array, draw: Draw): unknown;
  /** Joins the answer about the range at a place, which `read` gave. */
  join(place: number, answer: unknown): void;
  result(): A;
}

/** Numbers in answers that wait for an earlier one, before no more ranges are handed out. */
const MOST_WAITING = 33_554_432;
const LEAST_WAITING = 4; // ranges
/** Answers that are joined at once. */
const TOGETHER = 16;
/** Bytes of an answer beside its numbers. */
const AROUND = 4096;

/** Gathers answers to a question, whose greatest range is given. */
export function gatheringOf<P, A>(
  question: Question<P, A>,
  { targets, parameter, draw }: Asking & { readonly parameter: P },
): Gathering<A> {
  // The one question whose answers are counts alone.
  if (question.name === counting.name) return new Added(targets) as unknown as Gathering<A>;
  return new InTurn(question, { targets, parameter, draw });
}

// Loops of their own, which take half the time of one with both.
function addDense(sum: Float64Array, values: Numbers["values"]): void {
  for (let i = 0; i < sum.length; i++) (sum[i] as number) += values[i] as number;
}

function addSparse(sum: Float64Array, index: Uint32Array, values: Numbers["values"]): void {
  for (let n = 0; n < index.length; n++) {
    const i = index[n] as number;
    (sum[i] as number) += values[n] as number;
  }
}

/** Adds counts in the order in which they come: sums of whole numbers do not depend on it. */
class Added implements Gathering<Float64Array<ArrayBuffer>> {
  joined = 0;
  readonly ahead = Number.POSITIVE_INFINITY; // nothing waits
  readonly #sum: Float64Array<ArrayBuffer>;

  constructor({ count }: Points) {
    this.#sum = new Float64Array(count);
  }

  mostBytes(): number {
    return 8 * this.#sum.length + AROUND;
  }

  read(bytes: Uint8Array, { count }: Draw): Numbers | undefined {
    let numbers: Numbers;
    try {
      numbers = decodeNumbers(bytes);
    } catch {
      return undefined;
    }
    return numbers.length === this.#sum.length && areCounts(numbers.values, count) ? numbers : undefined;
  }

  join(_: number, answer: unknown): void {
    const { index, values } = answer as Numbers;
    if (index === undefined) addDense(this.#sum, values);
    else addSparse(this.#sum, index, values);
    this.joined++;
  }

  result(): Float64Array<ArrayBuffer> {
    return this.#sum;
  }
}

/** Joins answers in the order of their ranges, on which sums of floats depend. */
class InTurn<P, A> implements Gathering<A> {
  joined = 0;
  readonly ahead: number;
  readonly #question: Question<P, A>;
  readonly #asking: Asking;
  readonly #waiting = new Map<number, A>();
  #inTurn: A[] = [];

  constructor(question: Question<P, A>, asking: Asking) {
    this.#question = question;
    this.#asking = asking;
    this.ahead = Math.max(LEAST_WAITING, MOST_WAITING / this.#numbers(asking.draw));
  }

  mostBytes(draw: Draw): number {
    return 8 * this.#numbers(draw) + AROUND;
  }

  read(bytes: Uint8Array, draw: Draw): unknown {
    let answer: unknown;
    try {
      answer = decodeValue(bytes, this.#numbers(draw));
    } catch {
      return undefined;
    }
    const isRight = travelling(this.#question.name)?.isRight(answer, { ...this.#asking, draw }) === true;
    return isRight ? answer : undefined;
  }

  join(place: number, answer: unknown): void {
    this.#waiting.set(place, answer as A);
    for (; this.#waiting.has(this.joined); this.joined++) {
      this.#inTurn.push(this.#waiting.get(this.joined) as A);
      this.#waiting.delete(this.joined);
      if (this.#inTurn.length === TOGETHER) this.#inTurn = [this.#question.join(this.#inTurn)];
    }
  }

  result(): A {
    return this.#question.join(this.#inTurn);
  }

  #numbers(draw: Draw): number {
    return travelling(this.#question.name)?.numbers({ ...this.#asking, draw }) ?? 0;
  }
}
