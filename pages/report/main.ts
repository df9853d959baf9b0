// The script of a run's report. It draws the charts from the data in the page, enlarges pictures,
// tells of cells, and loads a page again whose run goes on.
import { tellOfCells } from "./cells.ts";
import { drawCharts } from "./charts.ts";
import type { PageData } from "./data.ts";
import { byId } from "./elements.ts";
import { enlargePictures } from "./pictures.ts";
import { watchRun } from "./watch.ts";

const data = JSON.parse(byId("data").textContent ?? "") as PageData;
drawCharts(data.charts);
enlargePictures();
if (data.cells !== undefined) tellOfCells(data.cells);
if (data.state === "running") watchRun();
