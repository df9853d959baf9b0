// The questions that travel, by name, and what a right answer looks like. Sums and ranges catch
// lost, mixed up and corrupt answers.
import { conjugating } from "../ot/cells/conjugate.ts";
import { assigning, counting, type Detail, NONE, type Question, ranking } from "../ot/cells/counter.ts";
import { type Planned, planning } from "../ot/certificate/batches.ts";
import { centring } from "../ot/map/map.ts";
import type { Points } from "../ot/points.ts";
import type { Draw } from "../ot/source.ts";
import type { Numbers } from "./values.ts";

/** What an answer is held to. */
export interface Asking {
  readonly targets: Points;
  readonly draw: Draw;
  readonly parameter: unknown;
}

interface Travelling {
  readonly question: Pick<Question<never, unknown>, "name" | "answer" | "range">;
  /** Greatest count of numbers in a right answer. */
  readonly numbers: (asking: Asking) => number;
  readonly isRight: (answer: unknown, asking: Asking) => boolean;
}

/** Whether all are whole numbers from 0 on that sum to the samples of a range. */
export function areCounts(counts: Numbers["values"], samples: number): boolean {
  let sum = 0;
  if (!(counts instanceof Float64Array)) {
    for (let i = 0; i < counts.length; i++) sum += counts[i] as number;
    return sum === samples;
  }
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (!(count >= 0 && count <= samples && Math.floor(count) === count)) return false;
    sum += count;
  }
  return sum === samples;
}

/** Whether there is a whole number for each target, and all sum to the samples of the range. */
const isCounted = (counts: unknown, { targets, draw }: Asking): boolean =>
  counts instanceof Float64Array &&
  counts.length === targets.count &&
  areCounts(counts as Float64Array<ArrayBuffer>, draw.count);

const floats = (given: unknown, length: number): boolean => given instanceof Float32Array && given.length === length;
const indices = (given: unknown, length: number, targets: Points, none = 0): boolean =>
  given instanceof Uint32Array && given.length === length && given.every((i) => i < targets.count || i === none);
/** The fields of an answer that has just these. */
function fields(answer: unknown, ...names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const all = Object.keys(answer);
  return all.length === names.length && names.every((name) => all.includes(name)) ? { ...answer } : undefined;
}

const TRAVELLING: readonly Travelling[] = [
  { question: counting, numbers: ({ targets }) => targets.count, isRight: isCounted },
  {
    question: assigning,
    numbers: ({ draw, targets }) => targets.count + draw.count * (4 + targets.dimension),
    isRight(answer, asking) {
      const { targets, draw } = asking;
      const given = fields(answer, "counts", "index", "max", "runnerUp", "second", "points");
      const wanted = asking.parameter as readonly Detail[];
      const size = (detail: Detail, each = 1): number => (wanted.includes(detail) ? each * draw.count : 0);
      return (
        given !== undefined &&
        isCounted(given["counts"], asking) &&
        indices(given["index"], size("index"), targets) &&
        floats(given["max"], size("max")) &&
        floats(given["runnerUp"], size("runnerUp")) &&
        indices(given["second"], size("second"), targets, NONE) &&
        floats(given["points"], size("points", targets.dimension))
      );
    },
  },
  {
    question: ranking,
    numbers: ({ draw, parameter }) => 2 * draw.count * (parameter as number),
    isRight(answer, { targets, draw, parameter }) {
      const given = fields(answer, "index", "score");
      const size = draw.count * (parameter as number);
      return given !== undefined && indices(given["index"], size, targets, NONE) && floats(given["score"], size);
    },
  },
  {
    question: conjugating,
    numbers: ({ parameter }) => (parameter as Points).count,
    isRight: (answer, { parameter }) => floats(answer, (parameter as Points).count),
  },
  {
    question: planning,
    // Each batch has eight numbers with their names.
    numbers: ({ draw, parameter }) => 32 * (1 + draw.count / (parameter as Planned).batch),
    isRight(answer, { draw, parameter }) {
      const isBatch = (batch: unknown): boolean => {
        const given = fields(batch, "u", "c", "uu", "uc", "cc", "regret", "moved");
        return given !== undefined && Object.values(given).every((v) => typeof v === "number");
      };
      const batches = draw.count / (parameter as Planned).batch;
      return Array.isArray(answer) && answer.length === batches && answer.every(isBatch);
    },
  },
  {
    question: centring,
    numbers: ({ targets }) => targets.count * (1 + targets.dimension),
    isRight(answer, asking) {
      const given = fields(answer, "counts", "sums");
      const sums = given?.["sums"];
      const size = asking.targets.count * asking.targets.dimension;
      return isCounted(given?.["counts"], asking) && sums instanceof Float64Array && sums.length === size;
    },
  },
];

const BY_NAME = new Map(TRAVELLING.map((one) => [one.question.name, one]));

/** A question that workers know. */
export const travelling = (name: string): Travelling | undefined => BY_NAME.get(name);
