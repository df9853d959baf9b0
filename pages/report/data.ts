import type { Chart } from "../../src/report/charts.ts";
import type { CellsOfPlane, State } from "../../src/report/data.ts";

/** What stands in the element `data` of the page. */
export interface PageData {
  readonly state: State;
  readonly charts: readonly Chart[];
  readonly cells?: Omit<CellsOfPlane, "scene">;
}
