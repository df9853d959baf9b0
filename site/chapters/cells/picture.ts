import { fill, seenCell } from "../../plane/areas.ts";
import { placeColour } from "../../plane/colour.ts";
import { outline, SIZE, unit, type View, viewAround } from "../../plane/view.ts";
import { svg } from "../../shell/elements.ts";
import { type Cloud, REACH, type SourceName } from "./cloud.ts";
import type { Shown } from "./solve.ts";

/** What there is to see. */
export interface Scene {
  readonly cloud: Cloud;
  readonly source: SourceName;
  readonly shown: Shown | undefined;
  /** Part of the way from each place to its point: cells at 0, points at 1. */
  readonly t: number;
  readonly chosen: number;
}

/** With more points than this, the lines from cells to points would hide the cells. */
const MOST_LINES = 150;

/** The cells as a picture. What is done to it is told by events.ts. */
export class CellPicture {
  readonly element = svg("svg", {
    ...{ viewBox: `0 0 ${SIZE} ${SIZE}`, class: "picture cells", tabindex: 0, role: "application" },
    "aria-label":
      "Points and their cells. Page keys choose a point, arrow keys move it, Enter adds one, Delete removes it.",
  });
  readonly #frame = svg("g", { class: "frame" });
  readonly #cells = svg("g", { class: "areas" });
  readonly #lines = svg("path", { class: "lines" });
  readonly #points = svg("g", { class: "points" });
  readonly #path = svg("path", { class: "drawn" });
  #view: View = viewAround([], 1);
  #held: View | undefined;

  constructor() {
    this.element.append(this.#frame, this.#cells, this.#lines, this.#points, this.#path);
  }

  get view(): View {
    return this.#view;
  }

  /** Keeps the view as it is while something is dragged. */
  hold(held: boolean): void {
    this.#held = held ? this.#view : undefined;
  }

  draw({ cloud, source, shown, t, chosen }: Scene): void {
    const view = this.#held ?? viewAround(cloud.values, REACH[source]);
    this.#view = view;
    this.#drawFrame(source);
    const n = cloud.weights.length;
    fill(this.#cells, n, () => svg("path"));
    fill(this.#points, n, () => svg("circle"));
    const colours = coloursOf(cloud);
    const [radius, hit] = n > 400 ? [2.2, 5] : n > 120 ? [3.2, 9] : [4.2, 16];
    let lines = "";
    for (let i = 0; i < n; i++) {
      const area = this.#cells.children[i] as SVGPathElement;
      const [px, py] = [cloud.values[2 * i] as number, cloud.values[2 * i + 1] as number];
      const toward = (value: number, k: number): number => (1 - t) * value + t * (k % 2 === 0 ? px : py);
      const seen = shown === undefined ? [] : seenCell(shown.cells, i, source);
      area.setAttribute("d", outline(view, seen.map(toward)));
      area.setAttribute("fill", colours[i] as string);
      area.setAttribute("data-mass", String(shown?.masses[i] ?? ""));
      area.setAttribute("class", i === chosen ? "chosen" : "");
      const point = this.#points.children[i] as SVGCircleElement;
      point.setAttribute("cx", unit(view.x(px)));
      point.setAttribute("cy", unit(view.y(py)));
      point.setAttribute("r", String(i === chosen ? radius + 2 : radius));
      point.setAttribute("stroke-width", String(2 * (hit - radius)));
      point.setAttribute("class", i === chosen ? "chosen" : "");
      if (n <= MOST_LINES && (shown?.masses[i] ?? 0) > 0) {
        const [cx, cy] = [toward(shown?.centres[2 * i] ?? 0, 0), toward(shown?.centres[2 * i + 1] ?? 0, 1)];
        lines += `M${unit(view.x(cx))} ${unit(view.y(cy))}L${unit(view.x(px))} ${unit(view.y(py))}`;
      }
    }
    this.#lines.setAttribute("d", lines);
  }

  /** Shows the path that is being drawn. */
  trace(path: readonly (readonly [number, number])[]): void {
    const { x, y } = this.#view;
    this.#path.setAttribute("d", path.map(([a, b], k) => `${k === 0 ? "M" : "L"}${unit(x(a))} ${unit(y(b))}`).join(""));
  }

  /** The point at an event; undefined beside all of them. */
  pointAt({ target }: Event): number | undefined {
    const at = Array.prototype.indexOf.call(this.#points.children, target);
    return at < 0 ? undefined : at;
  }

  /** The cell at an event. */
  cellAt({ target }: Event): number | undefined {
    const at = Array.prototype.indexOf.call(this.#cells.children, target);
    return at < 0 ? undefined : at;
  }

  #drawFrame(source: SourceName): void {
    const { x, y, scale } = this.#view;
    const half = REACH.cube;
    const shapes =
      source === "cube"
        ? [svg("rect", { x: x(-half), y: y(half), width: 2 * half * scale, height: 2 * half * scale })]
        : [1, 2, 3].map((sigma) => svg("circle", { cx: x(0), cy: y(0), r: sigma * scale }));
    this.#frame.replaceChildren(...shapes);
  }
}

/** Colours of points by where they lie among all. */
export function coloursOf({ values }: Cloud): readonly string[] {
  const n = values.length / 2;
  let [mx, my, reach] = [0, 0, 1e-9];
  for (let i = 0; i < n; i++) {
    mx += (values[2 * i] as number) / n;
    my += (values[2 * i + 1] as number) / n;
  }
  const away = (i: number): [number, number] => [(values[2 * i] as number) - mx, (values[2 * i + 1] as number) - my];
  for (let i = 0; i < n; i++) reach = Math.max(reach, Math.hypot(...away(i)));
  return Array.from({ length: n }, (_, i) => placeColour(...away(i), 0.8 * reach));
}
