import type { Progress, ReportData, State } from "./data.ts";
import { html, type Markup } from "./markup.ts";
import { grouped, moment } from "./words.ts";

const STATES: Readonly<Record<State, string>> = {
  running: "Running",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Failed",
};

/** What was run, how far it is and when that was written. */
export function header({ command, name, state, written, progress, resume, about }: ReportData): Markup {
  return html`<header>
<p class="command">brenier ${command}</p>
<h1>${name} <span class="state ${state}">${STATES[state]}</span></h1>
<p class="about">${about}</p>
${state === "running" ? live(progress) : undefined}
<p class="written"><span>Written <time id="written" datetime="${new Date(written).toISOString()}">${moment(written)}</time></span>
${state === "running" ? html`<label><input type="checkbox" id="reload" checked> load again every 10 s</label>` : undefined}</p>
${
  resume === undefined || state === "finished"
    ? undefined
    : html`<p id="silent"${state === "running" ? html` hidden` : undefined}>
${state === "running" ? "Nothing was written for a while: the run may have ended. " : undefined}Go on with <code>${resume}</code></p>`
}
</header>
`;
}

function live(progress: Progress | undefined): Markup | undefined {
  if (progress === undefined) return undefined;
  const { text, done, total } = progress;
  if (total === 0) return html`<p class="progress">${text}</p>`;
  return html`<p class="progress"><progress max="${total}" value="${done}" aria-label="Steps of this stage"></progress>
<span class="number">${grouped(done)} / ${grouped(total)}</span> <span>${text}</span></p>`;
}
