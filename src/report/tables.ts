import type { Column, Facts, Row, Table } from "./data.ts";
import { html, type Markup } from "./markup.ts";

/** Tables, each with its title. */
export const tableSections = (tables: readonly Table[]): readonly Markup[] =>
  tables.map(
    ({ title, note, columns, rows }, at) => html`<section aria-labelledby="table-${at}">
<h2 id="table-${at}">${title}</h2>
${note === undefined ? undefined : html`<p class="aside">${note}</p>`}
<div class="scroll" tabindex="0" role="group" aria-label="${title}, as a table"><table>
<thead><tr>${columns.map(({ name, kind }) => html`<th scope="col" class="${kind}">${name}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => line(row, columns))}</tbody>
</table></div>
</section>
`,
  );

function line({ cells, missed }: Row, columns: readonly Column[]): Markup {
  const [first, ...rest] = cells;
  return html`<tr${missed === true ? html` class="off"` : undefined}><th scope="row">${first ?? "–"}</th>${rest.map(
    (cell, i) => html`<td class="${columns[i + 1]?.kind ?? "text"}">${inside(cell, columns[i + 1])}</td>`,
  )}</tr>
`;
}

function inside(cell: string | number | null, column: Column | undefined): Markup | string | number {
  if (cell === null) return "–";
  if (column?.kind !== "bar" || typeof cell !== "number") return cell;
  const width = Math.max(0, Math.min(1, cell));
  const label = `${Math.round(100 * width)} %`;
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${label}"><rect width="${(100 * width).toFixed(2)}" height="8" rx="1"/></svg>`;
}

/** Named values in groups side by side. */
export function factsSection(facts: readonly Facts[]): Markup | undefined {
  if (facts.length === 0) return undefined;
  return html`<section aria-labelledby="facts">
<h2 id="facts">What was run</h2>
<div class="facts">
${facts.map(
  ({ title, rows }) => html`<div><h3>${title}</h3><dl>
${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl></div>
`,
)}</div>
</section>
`;
}

/** What the run told its user, line after line. */
export function linesSection(lines: readonly string[]): Markup | undefined {
  if (lines.length === 0) return undefined;
  return html`<section aria-labelledby="lines">
<h2 id="lines">What it said</h2>
<ol class="lines">
${lines.map((each) => html`<li>${each}</li>\n`)}</ol>
</section>
`;
}
