import type uPlot from "uplot";
import type { Chart } from "../../src/report/charts.ts";
import type { Plan } from "./charts.ts";
import { axis, colour, short } from "./theme.ts";

const HEIGHT = 420;
const COLOURS = 10;
const MARGIN = 0.03;

/** Points of the plane: a series for each class, which has a value only at its own points. */
export function pointsOf({ x, y, xLabel, yLabel, classes, labels }: Extract<Chart, { kind: "points" }>): Plan {
  const order = Array.from(x.keys()).sort((a, b) => (x[a] as number) - (x[b] as number));
  const names = classes.length === 0 ? [""] : classes;
  const parts = names.map((label, i) => ({ label, colour: `--c${i % COLOURS}` }));
  const values = names.map((_, at) => order.map((i) => ((labels[i] ?? 0) === at ? (y[i] as number) : null)));
  const range: uPlot.Range.Function = (_plot, min, max) => {
    const more = MARGIN * (max - min || 1);
    return [min - more, max + more];
  };
  return {
    height: HEIGHT,
    data: [order.map((i) => x[i] as number), ...values],
    parts,
    steps: false,
    options: () => ({
      scales: { x: { time: false, range }, y: { range } },
      axes: [axis(xLabel), axis(yLabel, { size: 56 })],
      cursor: { drag: { x: true, y: true }, points: { show: false } },
      series: [
        {},
        ...parts.map(({ label, colour: name }) => ({
          label,
          stroke: colour(name),
          paths: () => null,
          points: { show: true, size: 3.5, width: 0, fill: colour(name) },
        })),
      ],
    }),
    read(plot) {
      const { left = -1, top = -1 } = plot.cursor;
      if (left < 0 || top < 0) return `${short(x.length, 9)} points`;
      return `${short(plot.posToVal(left, "x"), 3)}, ${short(plot.posToVal(top, "y"), 3)}`;
    },
  };
}
