import type { Arrays, Expected } from "./case.ts";

/**
 * Checks |theirs − ours| ≤ tolerance · (|theirs| + rms(theirs)) for every value of all results that
 * `theirs` has. Returns `null`, or a message about the difference. NaN never passes.
 */
export function compareArrays(ours: Arrays, theirs: Arrays, tolerance: number): string | null {
  const names = Object.keys(theirs);
  if (names.length === 0) return "there is nothing to compare";
  for (const name of names) {
    const [x, y] = [ours[name], theirs[name]];
    if (x === undefined || y === undefined) return `${name}: ours has no such result`;
    if (x.length !== y.length) return `${name}: ours has ${x.length} values, theirs ${y.length}`;
    const problem = differences(
      name,
      x.length,
      (i) => i,
      (i) => x[i],
      (i) => y[i],
      tolerance,
    );
    if (problem !== null) return problem;
  }
  return null;
}

/**
 * The same comparison with float64 values, at up to `places` places of each result, spread evenly.
 */
export function compareExpected(
  ours: Arrays,
  expected: Readonly<Record<string, Expected>>,
  tolerance: number,
  places: number,
): string | null {
  for (const [name, { size, at }] of Object.entries(expected)) {
    const x = ours[name];
    if (x === undefined || x.length !== size) return `${name}: expected ${size} values, got ${x?.length ?? "none"}`;
    const count = Math.min(size, places);
    const indexOf = (i: number): number => Math.floor((i * size) / count + (size / count) * fraction(i));
    const values = Float64Array.from({ length: count }, (_, i) => at(indexOf(i)));
    const problem = differences(
      name,
      count,
      indexOf,
      (i) => x[indexOf(i)],
      (i) => values[i],
      tolerance,
    );
    if (problem !== null) return problem;
  }
  return null;
}

/**
 * Fractional part of a multiple of the golden ratio, so that places do not all fall into the same
 * column.
 */
const fraction = (i: number): number => (i * 0.6180339887498949) % 1;

function differences(
  name: string,
  count: number,
  indexOf: (i: number) => number,
  ours: (i: number) => number | undefined,
  theirs: (i: number) => number | undefined,
  tolerance: number,
): string | null {
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (theirs(i) ?? Number.NaN) ** 2;
  const rms = Math.sqrt(squares / count);
  let first: string | null = null;
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const [x = Number.NaN, y = Number.NaN] = [ours(i), theirs(i)];
    if (Math.abs(y - x) <= tolerance * (Math.abs(y) + rms)) continue;
    first ??= `${name}: element ${indexOf(i)} is ${x}, expected ${y}`;
    wrong++;
  }
  return first === null ? null : `${first} (${wrong} of ${count} differ)`;
}
