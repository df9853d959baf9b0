/** A number for readers, to three digits unless more are asked for. */
export function figure(value: number, digits = 3): string {
  const size = Math.abs(value);
  const text =
    value !== 0 && (size < 1e-4 || size >= 1e7)
      ? value.toExponential(digits - 1).replace(/\.?0+e/, "e")
      : new Intl.NumberFormat("en", { maximumSignificantDigits: digits }).format(value);
  return text.replaceAll("-", "−");
}

/** A number of things, with its word. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
