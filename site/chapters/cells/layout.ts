import { html } from "../../shell/elements.ts";

/** What stands in the chapter. */
export interface Parts {
  readonly picture: Element;
  readonly envelope: Element;
  readonly steps: Element;
  /** The slider below the picture. */
  readonly moved: Element;
  /** What sets the points, and what belongs to the chosen one. */
  readonly points: readonly Element[];
  readonly chosen: readonly Element[];
}

/** Lays out the chapter. */
export function layOut(host: HTMLElement, { picture, envelope, steps, moved, points, chosen }: Parts): void {
  const hint = "Click to add a point, drag to move it; by keyboard: page keys, arrows, Enter, Delete.";
  const about =
    "Of each point only its horizontal place y: a line of slope y and height h. Where its line is the highest, mass goes to y; the heights are what is solved for.";
  host.append(
    html(
      "div",
      { class: "split" },
      html("div", { class: "sheet" }, picture, moved, html("p", { class: "hint" }, hint)),
      html(
        "div",
        { class: "side" },
        html("div", { class: "sheet side" }, ...points),
        html("div", { class: "sheet side" }, ...chosen),
      ),
    ),
    html(
      "div",
      { class: "pair" },
      html(
        "figure",
        { class: "sheet" },
        html("h2", {}, "The same in one dimension"),
        envelope,
        html("figcaption", {}, about),
      ),
      html("figure", { class: "sheet" }, html("h2", {}, "Newton’s steps"), steps),
    ),
  );
}
