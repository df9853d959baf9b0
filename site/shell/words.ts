/** A number of things, with its word. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** A text as a sentence. The name of a file, as in `points.csv: expected …`, stays as it is. */
export function sentence(text: string): string {
  const begun = /^[^:]*\.[^:]*: /.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
