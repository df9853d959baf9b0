// Two ways from one picture to another, each with its changes from step to step.
import type { Pictures } from "brenier/models";
import { html, svg } from "../../shell/elements.ts";
import { pictureCanvas, show } from "../pictures/canvas.ts";
import { changes, type Drawn, STEPS } from "./generator.ts";

/** Greatest height of a bar. */
const HEIGHT = 36;
const GAP = 6;
const WIDE = 100;

/** Pictures in a row; below each gap between two of them a bar as high as the change. */
class Strip {
  readonly element: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #bars = svg("svg", {
    class: "changes",
    viewBox: `0 0 ${WIDE * STEPS} ${HEIGHT}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  readonly #text = html("figcaption");

  constructor(title: string, name: string) {
    this.#canvas = pictureCanvas(title, name, STEPS);
    this.element = html("figure", { class: "strip" }, html("h2", {}, title), this.#canvas, this.#bars, this.#text);
  }

  /** @param jumps whether the way leads over a red edge: its jump is then red too */
  show(pictures: Pictures, most: number, jumps: boolean, text: string): void {
    show(this.#canvas, pictures, STEPS);
    this.#bars.replaceChildren(
      ...changes(pictures).map((change, n) => {
        const height = Math.max(1, (HEIGHT * change) / most);
        return svg("rect", {
          x: WIDE * (n + 1) - WIDE / 2 + GAP,
          y: HEIGHT - height,
          width: WIDE - 2 * GAP,
          height,
          class: jumps && change > 0.5 * most ? "jump" : "",
        });
      }),
    );
    this.#text.textContent = text;
  }
}

export class Strips {
  readonly #across = new Strip("Across the next facet, straight through the noise", "across");
  readonly #mixed = new Strip("Between the two stored codes, straight through the codes", "mixed");
  readonly element: HTMLElement = html("div", { class: "sheet strips" }, this.#across.element, this.#mixed.element);

  /**
   * Shows both ways with bars of one scale. Returns the greatest change on the way across.
   *
   * @param angle of the facet that is crossed; the map mixes no codes above `limit`
   */
  show({ across, mixed, joined }: Drawn, angle: number, limit: number): number {
    const [jump, straight] = [Math.max(...changes(across)), Math.max(...changes(mixed))];
    const most = Math.max(jump, straight, 1e-6);
    const figure = (value: number): string => value.toFixed(3);
    const why = joined
      ? "The edge is grey, and the map mixes the two codes at it"
      : angle > limit
        ? "The edge is red: the map jumps"
        : "The edge is grey, but the map mixes other codes at it or none: it jumps here too";
    const change = `the greatest change from one picture to the next is ${figure(jump)}.`;
    this.#across.show(across, most, angle > limit, `${why}; ${change}`);
    this.#mixed.show(
      mixed,
      most,
      false,
      `Here the decoder mixes the two pictures; no step changes more than ${figure(straight)}.`,
    );
    return jump;
  }
}
