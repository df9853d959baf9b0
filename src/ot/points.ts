import { kindOf } from "../kernels/options.ts";
import { powerOfTwo } from "../math/float64.ts";
import { atOnce, itemsOf, type Steps } from "../math/steps.ts";

/** `count` points of R^dimension, row after row. */
export interface Points {
  readonly values: Float32Array;
  /**
   * The rows before they were rounded to `values`, where they were given with more digits.
   * `createProblem` centres these.
   */
  readonly unrounded?: Float64Array;
  readonly count: number;
  readonly dimension: number;
}

/**
 * Greatest magnitude of a coordinate: scores <x, y> + h then stay far from overflow, so that no NaN
 * can occur.
 */
export const LARGEST = 1e15;
/** Points in a tile of the kernels' layout. */
export const TILE = 32;

/** The least multiple of TILE that holds `count`. */
export const padded = (count: number): number => TILE * Math.ceil(count / TILE);
/**
 * Greatest count of numbers that a loop over samples holds on the host at a time: 16 MiB in
 * float32.
 */
const PORTION_NUMBERS = powerOfTwo(22);

/**
 * The points in an array of rows, whose length is a multiple of `dimension`. Numbers that float32
 * cannot represent are kept in addition to their rounded values, so that targets far from 0 lose
 * nothing. RangeError for no points, for a dimension below 1, and, naming the row, for coordinates
 * that are not finite or beyond 1e15.
 */
export function points(name: string, values: ArrayLike<number>, dimension: number): Points {
  return atOnce(pointsSteps(name, values, dimension));
}

/** Numbers that are checked in a piece. */
const CHECKED = itemsOf(4);

/** `points` in pieces. */
export function* pointsSteps(name: string, values: ArrayLike<number>, dimension: number): Steps<Points> {
  if (typeof name !== "string") {
    throw new RangeError(`points: expected (name, rows, dimension), got ${kindOf(name)} as the name`);
  }
  if (typeof values !== "object" || values === null || values.length === undefined) {
    throw new RangeError(`${name}: expected an array of numbers, got ${kindOf(values)}`);
  }
  if (!Number.isSafeInteger(dimension) || dimension < 1 || dimension > powerOfTwo(17)) {
    throw new RangeError(`${name}: expected a dimension of 1 to 131072, got ${dimension}`);
  }
  const count = values.length / dimension;
  if (values.length === 0) throw new RangeError(`${name}: expected at least one point, got none`);
  for (let i = 0; i < values.length; i++) {
    if (i > 0 && i % CHECKED === 0) yield;
    const value = values[i] as number;
    if (typeof value !== "number") {
      const advice = typeof value === "object" ? "; use rows.flat() for an array of rows" : "";
      throw new RangeError(
        `${name}: expected numbers, row after row in one array, got ${kindOf(value)} at ${i}${advice}`,
      );
    }
    if (!(Math.abs(value) <= LARGEST)) {
      throw new RangeError(
        `${name}: expected finite numbers up to ${LARGEST}, got ${value} in row ${Math.floor(i / dimension)}`,
      );
    }
  }
  if (!Number.isInteger(count)) {
    throw new RangeError(`${name}: expected rows of ${dimension} numbers, got ${values.length} numbers in all`);
  }
  if (values instanceof Float32Array) return { values, count, dimension };
  yield;
  const unrounded = Float64Array.from(values);
  const rounded = new Float32Array(unrounded);
  return rounded.every((value, i) => value === unrounded[i])
    ? { values: rounded, count, dimension }
    : { values: rounded, unrounded, count, dimension };
}

/** RangeError unless `given` has the fields of points. */
export function checkPoints(name: string, given: Points): void {
  const { values, count, dimension } = (given ?? {}) as Partial<Points>;
  const areWhole = Number.isInteger(count) && Number.isInteger(dimension) && (dimension as number) > 0;
  const size = (count as number) * (dimension as number);
  if (areWhole && values instanceof Float32Array && values.length === size) return;
  throw new RangeError(
    `${name}: expected points, got ${kindOf(given)}; make them by points(name, rows, dimension) of an array ` +
      'with the numbers of all rows, such as points("y", [[0, 0], [1, 2]].flat(), 2)',
  );
}

/** The rows with all their digits. */
export function fullRows({ values, unrounded }: Points): Float32Array | Float64Array {
  return unrounded ?? values;
}

/** Points number first to first + count − 1, without a copy. */
export function rows({ values, unrounded, dimension }: Points, first: number, count: number): Points {
  const [from, to] = [first * dimension, (first + count) * dimension];
  return {
    values: values.subarray(from, to),
    ...(unrounded === undefined ? {} : { unrounded: unrounded.subarray(from, to) }),
    count,
    dimension,
  };
}

/** The points with the given indices. */
export function pick({ values, unrounded, dimension }: Points, numbers: readonly number[]): Points {
  const taken = <T extends Float32Array | Float64Array>(from: T, into: T): T => {
    for (const [at, i] of numbers.entries()) {
      into.set(from.subarray(i * dimension, (i + 1) * dimension), at * dimension);
    }
    return into;
  };
  const size = numbers.length * dimension;
  return {
    values: taken(values, new Float32Array(size)),
    ...(unrounded === undefined ? {} : { unrounded: taken(unrounded, new Float64Array(size)) }),
    count: numbers.length,
    dimension,
  };
}

/** Number of coordinates in the kernels' layout: zeros fill up to a multiple of 4. */
export function depthOf(dimension: number): number {
  return 4 * Math.ceil(dimension / 4);
}

/** Quarter of the kernels' layout that coordinate k lies in, by k modulo 4. */
const QUARTERS = [0, 2, 1, 3] as const;

/**
 * Where coordinate k lies among the `depth` coordinates of the kernels' layout. Neighbours lie in
 * different halves, and four in a row in different quarters, so that all halves and quarters have
 * coordinates of every kind: see flips.ts.
 */
export function slotOf(k: number, depth: number): number {
  return ((QUARTERS[k % 4] as number) * depth) / 4 + Math.floor(k / 4);
}

/** [count, dimension] to the kernels' [⌈count / 32⌉, depth, 32], with zeros past either end. */
export function pack({ values, count, dimension }: Points): Float32Array<ArrayBuffer> {
  const depth = depthOf(dimension);
  const packed = new Float32Array(padded(count) * depth);
  const slots = slotsOf(dimension);
  for (let i = 0, from = 0; i < count; i++) {
    const to = Math.floor(i / TILE) * depth * TILE + (i % TILE);
    for (let k = 0; k < dimension; k++) packed[to + TILE * (slots[k] as number)] = values[from++] as number;
  }
  return packed;
}

/** The slots of all coordinates. */
function slotsOf(dimension: number): Int32Array {
  const depth = depthOf(dimension);
  return Int32Array.from({ length: dimension }, (_, k) => slotOf(k, depth));
}

/** Rows number first to first + count − 1. */
export interface Portion {
  readonly first: number;
  readonly count: number;
}

/**
 * Number of rows of `width` numbers in a portion that the host can hold: whole tiles, at most 2^22
 * numbers.
 */
export function portionRows(width: number): number {
  return TILE * Math.max(1, Math.floor(PORTION_NUMBERS / width / TILE));
}

/**
 * `total` rows of `width` numbers in portions that the host can hold, of at most `most` rows each.
 * Results must not depend on where portions end.
 */
export function* portions(total: number, width: number, most: number = Number.POSITIVE_INFINITY): Generator<Portion> {
  const size = Math.min(portionRows(width), TILE * Math.max(1, Math.floor(most / TILE)));
  for (let first = 0; first < total; first += size) yield { first, count: Math.min(size, total - first) };
}

/** The inverse of `pack`: writes the points of `packed` to rows first to first + count − 1. */
export function unpack(
  packed: Float32Array,
  { values, dimension }: Pick<Points, "values" | "dimension">,
  { first, count }: Portion,
): void {
  const depth = depthOf(dimension);
  const slots = slotsOf(dimension);
  for (let i = 0, to = first * dimension; i < count; i++) {
    const from = Math.floor(i / TILE) * depth * TILE + (i % TILE);
    for (let k = 0; k < dimension; k++) values[to++] = packed[from + TILE * (slots[k] as number)] as number;
  }
}
