import { solveExact } from "../../../src/ot/exact/exact.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { unit } from "../../plane/view.ts";
import { svg } from "../../shell/elements.ts";
import { type Cloud, REACH, type SourceName } from "./cloud.ts";
import { coloursOf } from "./picture.ts";

const [WIDTH, HEIGHT, STRIP, GAP] = [640, 300, 16, 12];
/** With more points than this, only the envelope of the lines is drawn. */
const MOST_LINES = 60;

/**
 * The potential in one dimension, for the horizontal coordinates of the points: of all lines
 * x y_i + h_i the upper envelope, and below it the cells on the line.
 */
export class Envelope {
  readonly element = svg("svg", {
    ...{ viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "picture envelope", role: "img" },
    "aria-label": "The potential in one dimension: the upper envelope of one line for each point",
  });

  draw(cloud: Cloud, source: SourceName, chosen: number): void {
    const { values, weights } = cloud;
    const y = Float64Array.from(weights, (_, i) => values[2 * i] as number);
    const problem = createProblem(points("envelope", y, 1), { nu: weights, source });
    const { heights, cells } = solveExact(problem);
    const half = REACH[source];
    const rows = Array.from(heights, (h, i) => ({
      h,
      y: y[i] as number,
      from: Math.max(-half, cells.vertices[cells.start[i] as number] ?? 0),
      to: Math.min(half, cells.vertices[(cells.start[i] as number) + 1] ?? 0),
      filled: cells.start[i] !== cells.start[i + 1],
      at: i,
    })).filter(({ filled, from, to }) => filled && to > from);
    const u = (x: number): number =>
      rows.reduce((most, row) => Math.max(most, x * row.y + row.h), Number.NEGATIVE_INFINITY);
    const ends = rows.flatMap(({ from, to }) => [u(from), u(to)]);
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const range = high - low || 1;
    const floor = HEIGHT - STRIP - GAP;
    const px = (x: number): number => ((x + half) / (2 * half)) * WIDTH;
    const py = (value: number): number => floor - 8 - ((value - low + 0.12 * range) / (1.22 * range)) * (floor - 16);
    const line = (row: { y: number; h: number }, from: number, to: number): string =>
      `M${unit(px(from))} ${unit(py(from * row.y + row.h))}L${unit(px(to))} ${unit(py(to * row.y + row.h))}`;
    const colours = coloursOf(cloud);
    const clip = svg("clipPath", { id: "above-strip" }, svg("rect", { x: 0, y: 0, width: WIDTH, height: floor }));
    const lines = svg("g", { class: "lines", "clip-path": "url(#above-strip)" });
    const pieces = svg("g", { class: "pieces" });
    const strip = svg("g", { class: "strip" });
    for (const row of rows) {
      const [stroke, name] = [colours[row.at] as string, row.at === chosen ? "chosen" : ""];
      if (rows.length <= MOST_LINES) lines.append(svg("path", { d: line(row, -half, half), stroke, class: name }));
      pieces.append(svg("path", { d: line(row, row.from, row.to), stroke, class: name }));
      const [left, width] = [px(row.from), px(row.to) - px(row.from)];
      strip.append(
        svg("rect", { x: unit(left), y: HEIGHT - STRIP, width: unit(width), height: STRIP, fill: stroke, class: name }),
      );
    }
    this.element.replaceChildren(clip, lines, pieces, strip);
  }
}
