import { short } from "../../../pages/report/theme.ts";
import { html } from "../../shell/elements.ts";
import type { Shown } from "./solve.ts";

/** Errors between which bars have a length. */
const [WORST, BEST] = [0, -15];

/** Newton's steps as a list, with bars for the digits of their errors. */
export class StepList {
  readonly element = html("ol", { class: "newton" });

  clear(): void {
    this.element.replaceChildren();
  }

  add({ iteration, step, maxRelativeError: error }: Shown): void {
    const bar = html("span", { class: "bar" });
    const digits = Math.max(BEST, Math.min(WORST, Math.log10(error)));
    bar.style.width = `${(100 * (digits - BEST)) / (WORST - BEST)}%`;
    const share = iteration === 0 ? "start" : step === 1 ? "full step" : `1/${short(1 / step, 3)} step`;
    const row = html(
      "li",
      { "data-step": iteration },
      html("span", {}, String(iteration)),
      html("span", {}, share),
      html("span", { class: "track" }, bar),
      html("span", { class: "error" }, short(error, 2)),
    );
    const last = this.element.lastElementChild;
    if (last?.getAttribute("data-step") === String(iteration)) last.replaceWith(row);
    else this.element.append(row);
  }
}
