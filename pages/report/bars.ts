import uPlot from "uplot";
import type { Chart } from "../../src/report/charts.ts";
import type { Plan } from "./charts.ts";
import { axis, colour, short } from "./theme.ts";

const HEIGHT = 420;

/** A histogram, and as a line the counts to expect. */
export function barsOf({ from, width, counts, expected, xLabel, yLabel }: Extract<Chart, { kind: "bars" }>): Plan {
  const lines = expected === undefined ? [] : [{ label: "expected from noise alone", colour: "--asked" }];
  return {
    height: HEIGHT,
    data: [from.map((x) => x + width / 2), [...counts], ...(expected === undefined ? [] : [[...expected]])],
    parts: [{ label: "cells", colour: "--c0" }, ...lines],
    steps: true,
    options: () => ({
      scales: {
        x: { time: false, range: (_plot, min, max) => [min - width / 2, max + width / 2] },
        y: { range: (_plot, _min, max) => [0, 1.05 * (max || 1)] },
      },
      axes: [axis(xLabel), axis(yLabel, { size: 62 })],
      cursor: { y: false, drag: { x: true, y: false }, points: { show: false } },
      series: [
        {},
        {
          label: "cells",
          stroke: colour("--c0"),
          fill: colour("--c0-soft"),
          width: 1,
          ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.94, 100] }) }),
          points: { show: false },
        },
        ...lines.map(({ label, colour: name }) => ({
          label,
          stroke: colour(name),
          width: 1.5,
          ...(uPlot.paths.spline && { paths: uPlot.paths.spline() }),
          points: { show: false },
        })),
      ],
    }),
    read(plot) {
      const at = plot.cursor.idx;
      if (at === null || at === undefined || from[at] === undefined) {
        return `${short(
          counts.reduce((sum, count) => sum + count, 0),
          9,
        )} cells`;
      }
      const low = from[at] as number;
      const hope = expected?.[at];
      return `${short(low, 3)} to ${short(low + width, 3)}: ${short(counts[at] ?? 0, 9)} cells${hope === undefined ? "" : `, expected ${short(hope, 3)}`}`;
    },
  };
}
