import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import type { Chart } from "../../src/report/charts.ts";
import type { CellsOfPlane, State } from "../../src/report/data.ts";

/** What a report's page holds for its script. */
export interface Embedded {
  readonly state: State;
  readonly charts: readonly Chart[];
  readonly cells?: Omit<CellsOfPlane, "scene">;
}

/** The data in the text of a page. */
export function embedded(page: string): Embedded {
  const found = [...page.matchAll(/<script type="application\/json" id="data">([^<]*)<\/script>/g)];
  assert.is(found.length, 1, "one element of data");
  return JSON.parse(found[0]?.[1] ?? "") as Embedded;
}

export const readPage = (path: string): string => readFileSync(path, "utf8");

/** The lines of a chart by its title and a part of its note. */
export function curve(page: string, title: string, note = ""): Extract<Chart, { kind: "curve" }> {
  const found = embedded(page).charts.find(
    (chart) => chart.kind === "curve" && chart.title === title && (chart.note ?? "").includes(note),
  );
  assert.ok(found !== undefined && found.kind === "curve", `${title} ${note}`);
  return found;
}
