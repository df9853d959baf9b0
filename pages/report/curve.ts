import type uPlot from "uplot";
import type { Chart } from "../../src/report/charts.ts";
import type { Plan } from "./charts.ts";
import { axis, colour, short, WHOLE } from "./theme.ts";

const HEIGHT = 250;
/** With fewer values than this, each of them is marked. */
const FEW = 60;
/** Greatest number of ticks at powers of ten. */
const MOST_DECADES = 7;

/** Lines over steps, the asked value dashed. */
export function curveOf({ xLabel, x, lines, log }: Extract<Chart, { kind: "curve" }>): Plan {
  // A logarithm takes no values from 0 down.
  const values = lines.map(({ values, apart }) =>
    values.map((y) => (log && apart !== true && !(y !== null && y > 0) ? null : y)),
  );
  const parts = lines.map(({ label, asked }, i) => ({ label, colour: asked === true ? "--asked" : `--c${i}` }));
  return {
    height: HEIGHT,
    data: [[...x], ...values],
    parts,
    steps: true,
    options: () => ({
      scales: { x: { time: false }, y: log ? { distr: 3, range: logRange } : {} },
      axes: [
        axis(xLabel, { incrs: WHOLE }),
        axis("", {
          size: 62,
          ...(log && { splits: logTicks, filter: (_plot: uPlot, splits: number[]) => splits }),
        }),
        ...(lines.some(({ apart }) => apart === true)
          ? [axis("", { scale: "apart", side: 1, size: 58, grid: { show: false } })]
          : []),
      ],
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 } },
      series: [
        {},
        ...lines.map(({ label, asked, apart }, i) => ({
          label,
          scale: apart === true ? "apart" : "y",
          stroke: colour(parts[i]?.colour ?? ""),
          width: asked === true ? 1.25 : 1.75,
          spanGaps: true,
          ...(asked === true && { dash: [6, 4] }),
          points: { show: asked !== true && (values[i]?.filter((y) => y !== null).length ?? 0) < FEW, size: 5 },
        })),
      ],
    }),
    read(plot) {
      const at = plot.cursor.idx ?? x.length - 1;
      if (x[at] === undefined) return "";
      const told = lines.map(({ label }, i) => {
        const value = known(values[i] ?? [], at);
        return `${label} ${value === undefined ? "–" : short(value)}`;
      });
      return `${xLabel} ${short(x[at], 9)}: ${told.join(", ")}`;
    },
  };
}

/** From the greatest digit·10ᵏ below the values to the least above them, so that ends are round. */
const logRange: uPlot.Range.Function = (_plot, min, max) => {
  if (!(min > 0)) return [0.1, 1];
  const rounded = (value: number, round: (digit: number) => number): number => {
    const decade = 10 ** Math.floor(Math.log10(value));
    return round(value / decade) * decade;
  };
  return [rounded(0.97 * min, Math.floor), rounded(1.03 * max, Math.ceil)];
};

/** Ticks at all digits of one decade, at 1, 2 and 5 of a few, at powers of ten of many. */
const logTicks = (_plot: uPlot, _axis: number, min: number, max: number): number[] => {
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const every = Math.ceil((last - first) / MOST_DECADES);
  const digits = last - first <= 1 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : last - first <= 3 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let decade = first; decade <= last; decade += every) {
    for (const digit of digits) ticks.push(Number(`${digit}e${decade}`));
  }
  return ticks.filter((tick) => tick >= 0.999 * min && tick <= 1.001 * max);
};

/** The value at a place, or the last one before it. */
function known(values: readonly (number | null)[], at: number): number | undefined {
  for (let i = at; i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return undefined;
}
