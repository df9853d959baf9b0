// The loss, step by step.
import { Chart } from "../../shell/chart.ts";

export class LossCurve {
  readonly #chart = new Chart({ name: "The loss, every ten steps", xLabel: "step", height: 210 });
  readonly element: HTMLElement = this.#chart.element;
  #points: readonly (readonly [step: number, loss: number])[] = [];

  /** Begins anew. */
  begin(): void {
    this.#points = [];
    this.#chart.show([]);
  }

  add(step: number, loss: number): void {
    this.#points = [...this.#points, [step, loss]];
    this.#chart.show([{ label: "loss", colour: "--c0", points: this.#points }]);
  }

  dispose(): void {
    this.#chart.dispose();
  }
}
