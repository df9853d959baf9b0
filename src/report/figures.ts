import type { Figure, Missed } from "./data.ts";
import { html, type Markup } from "./markup.ts";

/** What was not reached, each with its cause. */
export function missedSection(missed: readonly Missed[]): Markup | undefined {
  if (missed.length === 0) return undefined;
  return html`<section class="missed" aria-labelledby="missed">
<h2 id="missed">Missed</h2>
<ul>
${missed.map(({ what, cause }) => html`<li><strong>${what}</strong> <span>${cause}</span></li>\n`)}</ul>
</section>
`;
}

/** The numbers that the run is judged by. */
export function figuresSection(figures: readonly Figure[]): Markup | undefined {
  if (figures.length === 0) return undefined;
  return html`<section aria-label="Results">
<dl class="figures">
${figures.map(
  ({ label, value, note, missed }) => html`<div${missed === true ? html` class="off"` : undefined}><dt>${label}</dt>
<dd>${value}${note === undefined ? undefined : html`<small>${note}</small>`}</dd></div>
`,
)}</dl>
</section>
`;
}
