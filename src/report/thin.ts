/** Greatest number of values that a line shows: about one for each pixel of a wide window. */
export const MOST_VALUES = 1500;

/** Every k-th of many values and the last one, so that at most `MOST_VALUES` and one are left. */
export function thin<T>(values: readonly T[]): readonly T[] {
  const every = Math.ceil(values.length / MOST_VALUES);
  return every <= 1 ? values : values.filter((_, i) => i % every === 0 || i === values.length - 1);
}
