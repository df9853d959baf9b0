// The places of charts, which the page's script fills from the data in the page.
import type { Curve, Histogram, Scatter } from "./data.ts";
import { html, type Markup } from "./markup.ts";

/** What the page's script draws: the charts in the order of their places. */
export type Chart =
  | ({ readonly kind: "curve" } & Curve)
  | ({ readonly kind: "points" } & Scatter)
  | ({ readonly kind: "bars" } & Histogram);

/** Curves, each in a place of its own, and then the codes beside the masses. */
export function chartSections(charts: readonly Chart[], note?: string): readonly Markup[] {
  const place = (chart: Chart): Markup => {
    const at = charts.indexOf(chart);
    return html`<figure class="chart ${chart.kind}">
<figcaption id="chart-${at}"><strong>${chart.title}</strong> <span>${chart.note}</span></figcaption>
<div class="plot" data-chart="${at}"></div>
</figure>
`;
  };
  const section = (id: string, title: string, chosen: readonly Chart[], aside?: string): Markup | undefined =>
    chosen.length === 0
      ? undefined
      : html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${aside === undefined ? undefined : html`<p class="aside">${aside}</p>`}<div class="charts">
${chosen.map(place)}</div>
</section>
`;
  const curves = charts.filter(({ kind }) => kind === "curve");
  const others = charts.filter(({ kind }) => kind !== "curve");
  const [first, ...more] = others;
  const title = more.length > 0 ? "Codes and cells" : first?.kind === "points" ? "Map" : "Masses";
  return [section("curves", "Curves", curves, note), section("geometry", title, others)].filter(
    (each) => each !== undefined,
  );
}
