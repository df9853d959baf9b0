import { DataError } from "./error.ts";

/**
 * Throws DataError with the first value that `good` refuses, its place, and how many there are.
 *
 * @param expected what the error begins with: file, and what the values should be.
 * @param place how the error names an index, such as `in row 3`.
 */
export function checkValues(
  expected: string,
  values: ArrayLike<number>,
  good: (value: number) => boolean,
  place: (index: number) => string = (index) => `at ${index}`,
): void {
  let [first, count] = [-1, 0];
  for (let i = 0; i < values.length; i++) {
    if (good(values[i] as number)) continue;
    if (count === 0) first = i;
    count++;
  }
  if (count === 0) return;
  throw new DataError(`${expected}, got ${values[first]} ${place(first)} (${count} of ${values.length} values)`);
}
