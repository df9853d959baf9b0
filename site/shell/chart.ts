import uPlot from "uplot";
import { axis, colour, WHOLE } from "../../pages/report/theme.ts";
import { html } from "./elements.ts";

/** A line of a chart, or the band between two values where `to` is given. */
export interface Line {
  readonly label: string;
  /** The name of a colour, such as --c0. */
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dash?: boolean;
  /** Points alone, each with the interval from one value to another. */
  readonly intervals?: readonly (readonly [low: number, high: number])[];
}

export interface ChartOptions {
  readonly name: string;
  readonly xLabel: string;
  readonly height: number;
  /** Whether both axes are logarithms. Default false. */
  readonly log?: boolean;
}

/** A chart by uPlot that follows its place, the theme, and its lines. */
export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #place = html("div", { class: "canvas" });
  readonly #key = html("ul", { class: "key" });
  readonly #observer: ResizeObserver;
  readonly #theme = matchMedia("(prefers-color-scheme: dark)");
  readonly #redraw = (): void => this.#draw();
  #lines: readonly Line[] = [];
  #plot: uPlot | undefined;
  #width = 0;

  constructor(options: ChartOptions) {
    this.#options = options;
    this.element = html("div", { class: "chart", role: "img", "aria-label": options.name }, this.#place, this.#key);
    this.#observer = new ResizeObserver(() => {
      if (this.#place.clientWidth !== this.#width) this.#draw();
    });
    this.#observer.observe(this.#place);
    this.#theme.addEventListener("change", this.#redraw);
  }

  show(lines: readonly Line[]): void {
    this.#lines = lines;
    this.#draw();
  }

  dispose(): void {
    this.#observer.disconnect();
    this.#theme.removeEventListener("change", this.#redraw);
    this.#plot?.destroy();
  }

  #draw(): void {
    this.#plot?.destroy();
    this.#width = this.#place.clientWidth;
    if (this.#width === 0) return;
    const { xLabel, height, log = false } = this.#options;
    const lines = this.#lines.filter(({ points }) => points.length > 0);
    const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
    const columns = lines.map(({ points }) => {
      const values = new Map(points);
      return xs.map((x) => {
        const y = values.get(x);
        return y === undefined || (log && !(y > 0)) ? null : y;
      });
    });
    const scale: uPlot.Scale = log ? { distr: 3, range: tight } : {};
    this.#plot = new uPlot(
      {
        width: this.#width,
        height,
        scales: { x: { time: false, ...scale }, y: scale },
        axes: [axis(xLabel, { incrs: WHOLE }), axis("", { size: 62 })].map((each) =>
          log ? { ...each, splits: decades, filter: (_plot: uPlot, splits: number[]) => splits } : each,
        ),
        legend: { show: false },
        cursor: { show: false },
        series: [
          {},
          ...lines.map(({ label, colour: name, dash = false, intervals }) => ({
            label,
            stroke: colour(name),
            width: dash ? 1.25 : 1.75,
            spanGaps: true,
            ...(dash && { dash: [6, 4] }),
            points: { show: intervals !== undefined, size: 6, fill: colour(name) },
            ...(intervals !== undefined && { paths: () => null }),
          })),
        ],
        hooks: { draw: [(plot) => drawIntervals(plot, lines)] },
      },
      [xs, ...columns],
      this.#place,
    );
    this.#key.replaceChildren(
      ...lines.map(({ label, colour: name, dash = false, intervals }) => {
        const mark = html("span", { class: intervals !== undefined ? "mark dot" : dash ? "mark dash" : "mark" });
        mark.style.borderColor = `var(${name})`;
        return html("li", {}, mark, label);
      }),
    );
  }
}

/** Little more than the values. */
const tight: uPlot.Range.Function = (_plot, min, max) => (min > 0 ? [min / 1.2, max * 1.2] : [0.1, 1]);

/** Ticks at powers of ten alone. */
const decades: uPlot.Axis.Splits = (_plot, _axis, min, max) => {
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log10(min)); power <= Math.log10(max); power++) ticks.push(Number(`1e${power}`));
  return ticks;
};

function drawIntervals(plot: uPlot, lines: readonly Line[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { points, intervals, colour: name } of lines) {
    if (intervals === undefined) continue;
    ctx.strokeStyle = colour(name);
    ctx.lineWidth = 1.5 * devicePixelRatio;
    const floor = plot.scales["y"]?.min ?? 0;
    for (const [k, [low, high]] of intervals.entries()) {
      const x = plot.valToPos((points[k] as readonly [number, number])[0], "x", true);
      ctx.beginPath();
      ctx.moveTo(x, plot.valToPos(Math.max(low, floor), "y", true));
      ctx.lineTo(x, plot.valToPos(Math.max(high, floor), "y", true));
      ctx.stroke();
    }
  }
  ctx.restore();
}
