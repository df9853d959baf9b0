import { cellsSection } from "./cells.ts";
import { type Chart, chartSections } from "./charts.ts";
import type { ReportData } from "./data.ts";
import { figuresSection, missedSection } from "./figures.ts";
import { filesSection } from "./files.ts";
import { header } from "./header.ts";
import { html, json, Markup } from "./markup.ts";
import { SCRIPT, SCRIPT_SHA256, STYLE, STYLE_SHA256 } from "./page.generated.ts";
import { picturesSection } from "./pictures.ts";
import { factsSection, linesSection, tableSections } from "./tables.ts";

/** Nothing is loaded, and no script or style but those of this page counts. */
const POLICY = [
  "default-src 'none'",
  "img-src data:",
  `style-src 'sha256-${STYLE_SHA256}'`,
  `script-src 'sha256-${SCRIPT_SHA256}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * The report as one HTML document without links to anything but the run's files. Its script draws
 * the charts from the JSON in the element `data`, which holds `state`, `charts` and `cells`.
 */
export function renderReport(data: ReportData): string {
  const {
    command,
    name,
    state,
    figures,
    missed,
    pictures,
    curves,
    curvesNote,
    codes,
    masses,
    cells,
    tables,
    facts,
    lines,
    files,
  } = data;
  const charts: readonly Chart[] = [
    ...curves.map((curve) => ({ kind: "curve", ...curve }) as const),
    ...(codes === undefined ? [] : [{ kind: "points", ...codes } as const]),
    ...(masses === undefined ? [] : [{ kind: "bars", ...masses } as const]),
  ];
  const told = cells && { masses: cells.masses, asked: cells.asked, neighbours: cells.neighbours };
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}: brenier ${command}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
${header(data)}<main>
${missedSection(missed)}${figuresSection(figures)}${picturesSection(pictures)}${cells && cellsSection(cells)}
<noscript><p class="aside">The curves are drawn by a script; their numbers are in the run's files.</p></noscript>
${chartSections(charts, curvesNote)}${tableSections(tables)}${factsSection(facts)}${linesSection(lines)}${filesSection(files)}</main>
<footer><p>Charts by uPlot, © Leon Sorokin, under the MIT licence that stands in this page's script.</p></footer>
<script type="application/json" id="data">${json({ state, charts, cells: told })}</script>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}
