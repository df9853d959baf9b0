// The loss, step by step.
import uPlot from "uplot";
import { axis, colour, short } from "../../../pages/report/theme.ts";
import { html } from "../../shell/elements.ts";

const HEIGHT = 210;

export class LossCurve {
  readonly element: HTMLElement = html("div", {
    class: "plot",
    role: "img",
    "aria-label": "The loss of each ten steps",
  });
  readonly #steps: number[] = [];
  readonly #losses: number[] = [];
  readonly #resized = new ResizeObserver(() => this.#plot?.setSize({ width: this.#width, height: HEIGHT }));
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  #plot: uPlot | undefined;
  #most = 1;

  constructor() {
    this.#resized.observe(this.element);
    this.#dark.addEventListener("change", this.#draw);
  }

  get #width(): number {
    return Math.max(200, this.element.clientWidth);
  }

  /** All values so far, as rows of step and loss. */
  get rows(): readonly (readonly [number, number])[] {
    return this.#steps.map((step, i) => [step, this.#losses[i] as number] as const);
  }

  /** Begins anew, for so many steps. */
  begin(steps: number): void {
    this.#most = steps;
    this.#steps.length = 0;
    this.#losses.length = 0;
    this.#draw();
  }

  add(step: number, loss: number): void {
    this.#steps.push(step);
    this.#losses.push(loss);
    this.#plot?.setData([this.#steps, this.#losses]);
    this.element.setAttribute("aria-label", `The loss of each ten steps: ${short(loss)} at step ${step}`);
  }

  dispose(): void {
    this.#resized.disconnect();
    this.#dark.removeEventListener("change", this.#draw);
    this.#plot?.destroy();
  }

  readonly #draw = (): void => {
    this.#plot?.destroy();
    this.#plot = new uPlot(
      {
        width: this.#width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: () => [0, this.#most] },
          y: { range: (_plot, _min, max) => [0, Math.max(1, 1.05 * (max || 1))] },
        },
        axes: [axis("step"), axis("", { size: 52 })],
        series: [{}, { stroke: colour("--c0"), width: 2, points: { show: true, size: 5, fill: colour("--c0") } }],
      },
      [this.#steps, this.#losses],
      this.element,
    );
  };
}
