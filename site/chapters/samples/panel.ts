import { short } from "../../../pages/report/theme.ts";
import { drawAreas } from "../../plane/areas.ts";
import { SIZE, type View } from "../../plane/view.ts";
import { html, svg } from "../../shell/elements.ts";
import type { Reached } from "./race.ts";

/** Relative error of a mass at which a cell has its full colour. */
const FULL = 0.5;

/** The cells that a solver has reached, in the colours of their errors, and its figures. */
export class Panel {
  readonly element: HTMLElement;
  readonly picture = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "picture errors", role: "img" });
  readonly #areas = svg("g");
  readonly #values = new Map<string, HTMLElement>();

  constructor(key: string, title: string, text: string) {
    this.picture.setAttribute("aria-label", `${title}: cells in the colours of their errors`);
    this.picture.append(this.#areas);
    const list = html("dl", { class: "facts" });
    for (const [name, label] of Object.entries({
      chi2: "χ²",
      w2: "W₂",
      samples: "Samples",
      steps: "Steps",
      time: "Time",
    })) {
      const value = html("dd", { "data-figure": `${key}-${name}` }, "–");
      this.#values.set(name, value);
      list.append(html("div", {}, html("dt", {}, label), value));
    }
    this.element = html(
      "figure",
      { class: "sheet panel" },
      html("h2", {}, title),
      html("figcaption", {}, text),
      this.picture,
      list,
    );
  }

  clear(): void {
    this.#areas.replaceChildren();
    for (const value of this.#values.values()) value.textContent = "–";
  }

  show(
    { cells, masses, chi2, w2, samples, steps, time }: Reached,
    nu: Float64Array,
    view: View,
    source: "cube" | "gaussian",
  ): void {
    const colour = (i: number): string => {
      const error = ((masses[i] as number) - (nu[i] as number)) / (nu[i] || 1);
      const share = Math.round(100 * Math.min(1, Math.abs(error) / FULL));
      return `color-mix(in srgb, var(${error > 0 ? "--c3" : "--c0"}) ${share}%, var(--ground))`;
    };
    drawAreas(this.#areas, cells, { view, source, colour });
    this.#set("chi2", short(chi2, 3));
    this.#set("w2", short(w2, 7));
    this.#set("samples", samples.toLocaleString("en"));
    this.#set("steps", steps.toLocaleString("en"));
    this.#set("time", time < 1000 ? `${Math.round(time)} ms` : `${short(time / 1000, 2)} s`);
  }

  #set(name: string, text: string): void {
    const value = this.#values.get(name);
    if (value !== undefined) value.textContent = text;
  }
}
