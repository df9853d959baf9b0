// The results in a page as a table.
import { median } from "../measure.ts";
import { aligned, digits } from "../table.ts";
import type { BrowserResult, BrowserRow } from "./row.ts";

interface Medians {
  readonly wall: number;
  readonly cpu: number;
}

function mediansOf(result: BrowserResult | undefined): Medians | null {
  if (result === undefined || !("samples" in result)) return null;
  const { samples } = result;
  return { wall: median(samples.map(({ wall }) => wall)), cpu: median(samples.map(({ cpu }) => cpu)) };
}

const cell = (medians: Medians | null): string =>
  medians === null ? "–" : `${digits(medians.wall)} / ${digits(medians.cpu)}`;

/** The best peer's median over ours: above 1 where ours is faster. */
function ratio(row: BrowserRow, names: readonly string[], kind: keyof Medians): string {
  const ours = mediansOf(row.results["ours"]);
  const theirs = names.flatMap((name) => mediansOf(row.results[name])?.[kind] ?? []);
  return ours === null || theirs.length === 0 ? "–" : `${digits(Math.min(...theirs) / ours[kind])}×`;
}

/**
 * One line for each case: median milliseconds of a run as wall / CPU time, of this library and of
 * each peer, the rate by CPU time, and the ratios of the best peer's times to those of this
 * library.
 */
export function browserTable(rows: readonly BrowserRow[]): string {
  const peers = [...new Set(rows.flatMap(({ results }) => Object.keys(results)))].filter((name) => name !== "ours");
  const head = ["op", "shape", "kernels", "ours ms wall / CPU", "GFLOP per CPU s", ...peers, "wall", "CPU"];
  const lines = rows.map((row) => {
    const ours = mediansOf(row.results["ours"]);
    return [
      row.name,
      row.shape,
      `${row.family}, ${row.adapter}`,
      cell(ours),
      ours === null ? "–" : digits(row.flops / ours.cpu / 1e6),
      ...peers.map((name) => cell(mediansOf(row.results[name]))),
      ratio(row, peers, "wall"),
      ratio(row, peers, "cpu"),
    ];
  });
  return aligned(head, lines);
}
