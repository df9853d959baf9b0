import type uPlot from "uplot";

/** A colour of the page's style by the name of its variable. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/** Distances of ticks on an axis of whole numbers, such as steps. */
export const WHOLE = Array.from({ length: 10 }, (_, k) => [1, 2, 5].map((digit) => Number(`${digit}e${k}`))).flat();

/** A number as in the rest of the page, to four digits. */
export function short(value: number, digits = 4): string {
  const size = Math.abs(value);
  const text =
    value !== 0 && (size < 1e-4 || size >= 1e7)
      ? value.toExponential(digits - 1).replace(/\.?0+e/, "e")
      : new Intl.NumberFormat("en", { maximumSignificantDigits: digits }).format(value);
  return text.replaceAll("-", "−");
}

/** An axis with its label, in the colours of the theme. */
export const axis = (label: string, more: Partial<uPlot.Axis> = {}): uPlot.Axis => ({
  label,
  size: 30,
  gap: 4,
  labelSize: label === "" ? 0 : 18,
  labelGap: 0,
  labelFont: FONT,
  font: FONT,
  stroke: colour("--quiet"),
  grid: { stroke: colour("--line"), width: 1 },
  ticks: { stroke: colour("--line"), width: 1, size: 5 },
  values: (_plot, values) => values.map((value) => (value === null ? "" : short(value))),
  ...more,
});
