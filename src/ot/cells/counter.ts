// Who counts. The solver, and whatever else asks about the cells of many drawn points, asks a
// `CellCounter`. `Cells` is the counter of one device; one of several machines gives each a range
// of the samples' numbers and joins their answers, with the same bits.
import type { Resource } from "../../kernels/dispose.ts";
import type { Cancellable, Signal } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { depthOf, type Points } from "../points.ts";
import type { Draw, Source, SourceMoments } from "../source.ts";

/** What `assign` can return for each sample besides the counts. */
export type Detail = "index" | "max" | "runnerUp" | "second" | "points";

/** What is found of source points: counts always, and for each point the details asked for. */
export interface Assignment {
  /** Samples in each cell; they sum to the number of samples. */
  readonly counts: Float64Array<ArrayBuffer>;
  /** The sample's cell. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** u_h(x) = max_i <x, y_i> + h_i. */
  readonly max: Float32Array<ArrayBuffer>;
  /** The greatest score of another target; -Infinity where there is none. */
  readonly runnerUp: Float32Array<ArrayBuffer>;
  /** The target of the score `runnerUp`, where there is one; only of draws with flips. */
  readonly second: Uint32Array<ArrayBuffer>;
  /** The samples themselves, row after row. */
  readonly points: Float32Array<ArrayBuffer>;
}

/**
 * The `k` greatest scores of each sample, greatest first, ties by index. Where there are fewer
 * targets, rows end in NONE and -Infinity.
 */
export interface TopK {
  /** [count, k]. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** [count, k]: <x, y_i> + h_i. */
  readonly score: Float32Array<ArrayBuffer>;
}

/** The index that stands for no target. */
export const NONE = 0xffffffff;

/** Power cells on one device, as answers to questions see them: see `Cells`. */
export interface DeviceCells extends Resource {
  readonly targets: Points;
  readonly source: Source;
  readonly moments: SourceMoments;
  /** Sets h for what follows; -Infinity empties a cell. */
  setHeights(h: ArrayLike<number>): void;
  /** The cells of source points, with the details that are wanted. */
  assign(samples: Draw | Points, want: readonly Detail[], options?: Cancellable): Promise<Assignment>;
  /** The k cells with the greatest scores of each point. */
  topK(samples: Draw | Points, k: number, options?: Cancellable): Promise<TopK>;
  /** The source points of a draw. */
  draw(samples: Draw, options?: Cancellable): Promise<Points>;
  /** Cells of other targets on the same device. */
  beside(targets: Points, source: Source): DeviceCells;
}

/**
 * What can be asked about the cells of drawn points at the current heights. Parameters and answers
 * are made of numbers, strings, typed arrays, arrays and records, so that they can travel.
 */
export interface Question<P, A> {
  readonly name: string;
  /**
   * Samples of a range where the answer depends on where ranges end, since it has sums of floats.
   * It follows from sizes alone. Undefined where ranges may end anywhere.
   */
  readonly range: ((targets: Points, parameter: P) => number) | undefined;
  /** The answer for one range, on one device. */
  readonly answer: (cells: DeviceCells, range: Draw, parameter: P, options: Cancellable) => Promise<A>;
  /** The answer for ranges that follow each other, joined in their order, at once or in turn. */
  readonly join: (answers: readonly A[]) => A;
}

/** Counts samples in power cells, on one device or on many. */
export interface CellCounter extends Resource {
  readonly targets: Points;
  readonly source: Source;
  readonly moments: SourceMoments;
  /** Sets h for the questions that follow; -Infinity empties a cell. */
  setHeights(h: ArrayLike<number>): void;
  /** The answer to a question about the cells of drawn points. */
  ask<P, A>(question: Question<P, A>, parameter: P, draw: Draw, options?: Cancellable): Promise<A>;
  /** Lets other tasks run: see `Gpu.pause`. */
  pause(signal?: Signal): Promise<void>;
  /** A counter of other targets on the same devices. */
  beside(targets: Points, source: Source): CellCounter;
}

/** Opens a counter of these targets. */
export type OpenCounter = (targets: Points, source: Source) => CellCounter;

/** Operations of a range that may end anywhere: some tens of milliseconds of a core. */
const RANGE_OPERATIONS = powerOfTwo(31);
/** Ranges are multiples of so many samples: tiles of all patterns of flipped points. */
export const RANGE_UNIT = 512;

/** So many ranges of a draw busy 64 workers, and whoever hands them out has little to do. */
const MOST_RANGES = 256;
/** Operations of the longest ranges: seconds of a GPU, and minutes of a core. */
const MOST_OPERATIONS = powerOfTwo(44);

/** The samples that take so many operations, in whole units. */
const samplesOf = (operations: number, { count, dimension }: Points): number =>
  RANGE_UNIT * Math.max(1, Math.ceil(operations / (2 * count * depthOf(dimension)) / RANGE_UNIT));

/** The greatest count of samples that a range of any draw has. */
export const mostSamples = <P>(question: Pick<Question<P, never>, "range">, parameter: P, targets: Points): number =>
  question.range?.(targets, parameter) ?? samplesOf(MOST_OPERATIONS, targets);

/** The ranges of a draw: by the question and the sizes of the problem, never by who answers. */
export function* rangesOf<P, A>(
  question: Question<P, A>,
  parameter: P,
  targets: Points,
  { first, count, ...draw }: Draw,
): Generator<Draw> {
  const wish = Math.max(RANGE_UNIT * Math.ceil(count / MOST_RANGES / RANGE_UNIT), samplesOf(RANGE_OPERATIONS, targets));
  const size = question.range?.(targets, parameter) ?? Math.min(wish, samplesOf(MOST_OPERATIONS, targets));
  for (let at = 0; at < count; at += size) yield { ...draw, first: first + at, count: Math.min(size, count - at) };
}

/** The sum of vectors, in their order. */
export function addUp(vectors: readonly Float64Array<ArrayBuffer>[]): Float64Array<ArrayBuffer> {
  const [first, ...others] = vectors as [Float64Array<ArrayBuffer>, ...Float64Array<ArrayBuffer>[]];
  if (others.length === 0) return first;
  const sum = first.slice();
  for (const vector of others) for (let i = 0; i < sum.length; i++) (sum[i] as number) += vector[i] as number;
  return sum;
}

/** Vectors behind each other. */
function behind<T extends Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(vectors: readonly T[]): T {
  const [first, ...others] = vectors as [T, ...T[]];
  if (others.length === 0) return first;
  const length = vectors.reduce((sum, vector) => sum + vector.length, 0);
  const all = new (first.constructor as new (length: number) => T)(length);
  let at = 0;
  for (const vector of vectors) {
    all.set(vector, at);
    at += vector.length;
  }
  return all;
}

/** Counts of the samples in the cells, and for each sample the details in the parameter. */
export const assigning: Question<readonly Detail[], Assignment> = {
  name: "assign",
  range: undefined,
  answer: (cells, range, want, options) => cells.assign(range, want, options),
  join: (parts) => ({
    counts: addUp(parts.map(({ counts }) => counts)),
    index: behind(parts.map(({ index }) => index)),
    max: behind(parts.map(({ max }) => max)),
    runnerUp: behind(parts.map(({ runnerUp }) => runnerUp)),
    second: behind(parts.map(({ second }) => second)),
    points: behind(parts.map(({ points }) => points)),
  }),
};

/** Counts of the samples in the cells. */
export const counting: Question<undefined, Float64Array<ArrayBuffer>> = {
  name: "count",
  range: undefined,
  answer: async (cells, range, _, options) => (await cells.assign(range, [], options)).counts,
  join: addUp,
};

/** The cells with the greatest scores of each sample, as many as the parameter says. */
export const ranking: Question<number, TopK> = {
  name: "topK",
  range: undefined,
  answer: (cells, range, k, options) => cells.topK(range, k, options),
  join: (parts) => ({
    index: behind(parts.map(({ index }) => index)),
    score: behind(parts.map(({ score }) => score)),
  }),
};
