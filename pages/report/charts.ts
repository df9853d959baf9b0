// Charts by uPlot, which can be zoomed, read off and toggled by pointer and by keyboard.
import uPlot from "uplot";
import type { Chart } from "../../src/report/charts.ts";
import { barsOf } from "./bars.ts";
import { curveOf } from "./curve.ts";
import { added, button } from "./elements.ts";
import { Keep } from "./keep.ts";
import { pointsOf } from "./points.ts";

/** How one kind of chart is drawn. */
export interface Plan {
  readonly height: number;
  readonly data: uPlot.AlignedData;
  /** Made anew for each drawing, since colours depend on the theme. */
  readonly options: () => Omit<uPlot.Options, "width" | "height">;
  /** What a reader is told of the place of the cursor. */
  readonly read: (plot: uPlot) => string;
  /** Lines or classes that can be hidden: their names and the variables of their colours. */
  readonly parts: readonly { readonly label: string; readonly colour: string }[];
  /** Whether the arrow keys step through the values; else they move what is seen. */
  readonly steps: boolean;
}

const planOf = (chart: Chart): Plan => {
  switch (chart.kind) {
    case "curve":
      return curveOf(chart);
    case "points":
      return pointsOf(chart);
    case "bars":
      return barsOf(chart);
  }
};

/** Draws each chart into its place, and again as the theme changes and for printing. */
export function drawCharts(charts: readonly Chart[]): void {
  const drawn = [...document.querySelectorAll<HTMLElement>(".plot")].map((place) => {
    const at = Number(place.dataset["chart"]);
    return new Drawn(place, charts[at] as Chart, at);
  });
  const root = document.documentElement;
  const redraw = (): void => {
    for (const each of drawn) each.draw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => {
    root.classList.add("printing");
    redraw();
  });
  addEventListener("afterprint", () => {
    root.classList.remove("printing");
    redraw();
  });
}

class Drawn {
  readonly #place: HTMLElement;
  readonly #canvas: HTMLElement;
  readonly #output: HTMLOutputElement;
  readonly #plan: Plan;
  readonly #keep: Keep;
  readonly #hidden = new Set<number>();
  #plot: uPlot | undefined;

  constructor(place: HTMLElement, chart: Chart, at: number) {
    this.#place = place;
    this.#plan = planOf(chart);
    this.#keep = new Keep(`${at} ${chart.title}`);
    this.#canvas = added(place, "div");
    this.#canvas.className = "canvas";
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute("role", this.#plan.steps ? "slider" : "img");
    const how = this.#plan.steps ? "arrow keys read values off" : "arrow keys move";
    this.#canvas.setAttribute("aria-label", `${chart.title}: ${how}, plus and minus zoom, 0 shows all`);
    const bar = added(place, "div");
    bar.className = "tools";
    this.#output = added(bar, "output");
    const zoom = added(bar, "div");
    const name = (element: HTMLElement, label: string): void => element.setAttribute("aria-label", label);
    name(
      button(zoom, "−", () => this.#zoom(2)),
      `${chart.title}: zoom out`,
    );
    name(
      button(zoom, "+", () => this.#zoom(0.5)),
      `${chart.title}: zoom in`,
    );
    name(
      button(zoom, "all", () => this.#whole()),
      `${chart.title}: show all`,
    );
    if (this.#plan.parts.length > 1) this.#toggles();
    this.#canvas.addEventListener("keydown", (event) => this.#onKey(event));
    this.draw();
    new ResizeObserver(() => {
      const size = this.#size;
      if (this.#plot !== undefined && this.#plot.width !== size.width) this.#plot.setSize(size);
    }).observe(place);
  }

  /** The width of its place; where that is narrow, no higher than wide. */
  get #size(): { readonly width: number; readonly height: number } {
    const width = Math.max(240, this.#place.clientWidth);
    return { width, height: Math.min(width, this.#plan.height) };
  }

  /** Draws in the colours of the present theme; what was zoomed stays so. */
  draw(): void {
    const { data, options, parts } = this.#plan;
    this.#plot?.destroy();
    const given = options();
    const plot = new uPlot(
      {
        ...given,
        ...this.#size,
        legend: { show: false },
        hooks: {
          setCursor: [() => this.#read()],
          setScale: [(each, key) => key === "x" && this.#keep.scales(each)],
        },
      },
      data,
      this.#canvas,
    );
    this.#plot = plot;
    for (const at of parts.keys()) if (this.#hidden.has(at)) plot.setSeries(at + 1, { show: false });
    this.#keep.restore(plot);
    this.#read();
  }

  #read(): void {
    if (this.#plot === undefined) return;
    const text = this.#plan.read(this.#plot);
    this.#output.textContent = text;
    if (!this.#plan.steps) return;
    const { idx } = this.#plot.cursor;
    const last = (this.#plan.data[0]?.length ?? 1) - 1;
    for (const [name, value] of Object.entries({ valuemin: 0, valuemax: last, valuenow: idx ?? last, valuetext: text }))
      this.#canvas.setAttribute(`aria-${name}`, String(value));
  }

  #toggles(): void {
    const group = added(this.#place, "div");
    group.className = "parts";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Shown");
    for (const [at, { label, colour }] of this.#plan.parts.entries()) {
      const element = button(group, label, () => {
        const show = this.#hidden.has(at);
        if (show) this.#hidden.delete(at);
        else this.#hidden.add(at);
        element.setAttribute("aria-pressed", String(show));
        this.#plot?.setSeries(at + 1, { show });
      });
      element.setAttribute("aria-pressed", "true");
      element.style.setProperty("--part", `var(${colour})`);
    }
  }

  /** Makes the range of x that much longer, and that of y where both are coordinates. */
  #zoom(factor: number): void {
    for (const key of this.#plan.steps ? ["x"] : ["x", "y"])
      this.#range(key, (min, max) => {
        const middle = (min + max) / 2;
        const half = (factor * (max - min)) / 2;
        return [middle - half, middle + half];
      });
  }

  #move(key: string, share: number): void {
    this.#range(key, (min, max) => [min + share * (max - min), max + share * (max - min)]);
  }

  #range(key: string, change: (min: number, max: number) => [number, number]): void {
    const { min, max } = this.#plot?.scales[key] ?? {};
    if (min === undefined || max === undefined || min === null || max === null) return;
    const [from, to] = change(min, max);
    this.#plot?.setScale(key, { min: from, max: to });
  }

  #whole(): void {
    this.#keep.forget();
    this.#plot?.setData(this.#plan.data, true);
  }

  #onKey(event: KeyboardEvent): void {
    const { key } = event;
    const across = { ArrowLeft: -1, ArrowRight: 1 }[key];
    const up = { ArrowDown: -1, ArrowUp: 1 }[key];
    if (key === "+" || key === "=") this.#zoom(0.5);
    else if (key === "-") this.#zoom(2);
    else if (key === "0" || key === "Escape") this.#whole();
    else if (this.#plan.steps && (key === "Home" || key === "End")) this.#point(key === "Home" ? -1e9 : 1e9);
    else if (across !== undefined && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (this.#plan.steps) this.#point(event.shiftKey ? 10 * across : across);
      else this.#move("x", 0.1 * across);
    } else if (up !== undefined && !this.#plan.steps) this.#move("y", 0.1 * up);
    else return;
    event.preventDefault();
  }

  /** Moves the cursor by so many values among those that are seen. */
  #point(steps: number): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const x = this.#plan.data[0] ?? [];
    const { min = 0, max = 0 } = plot.scales["x"] ?? {};
    const seen = Array.from(x.keys()).filter((i) => (x[i] as number) >= (min ?? 0) && (x[i] as number) <= (max ?? 0));
    const [first, last] = [seen[0], seen.at(-1)];
    if (first === undefined || last === undefined) return;
    const at = Math.max(first, Math.min(last, (plot.cursor.idx ?? (steps > 0 ? first - 1 : last + 1)) + steps));
    const left = plot.valToPos(x[at] as number, "x");
    plot.setCursor({ left, top: plot.over.clientHeight / 2 });
  }
}
