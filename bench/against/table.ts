// The results of a comparison of two revisions, as text for a terminal and as JSON.
import { aligned, digits } from "../table.ts";
import type { Found } from "./measure.ts";
import { type Ratio, type Verdict, verdictOf } from "./ratio.ts";

/** A case and its measurement, or the reason why it has no times. */
export interface Row {
  readonly name: string;
  readonly found: Found | "failed" | "not there";
}

export interface Heading {
  /** Descriptions of the two revisions. */
  readonly ours: string;
  readonly theirs: string;
  readonly rounds: number;
  readonly processor: string;
  readonly cores: number;
  /** Load averages at the start. */
  readonly load: readonly number[];
}

const HEAD = ["case", "ours ms", "theirs ms", ...["wall", "CPU"].flatMap((of) => [of, "95 %", "verdict"])];

/** The lines above the table: the revisions, the machine, and the meaning of the columns. */
export function heading({ ours, theirs, rounds, processor, cores, load }: Heading, rows: readonly Row[]): string[] {
  const devices = new Set<string>();
  for (const { found } of rows) {
    if (typeof found === "string") continue;
    const { devices: of } = found;
    devices.add(of.ours === of.theirs ? of.ours : `${of.ours} (theirs: ${of.theirs})`);
  }
  return [
    `ours: ${ours}`,
    `theirs: ${theirs}`,
    ...[...devices].map((device) => `adapter: ${device}`),
    `${processor}, ${cores} cores, load ${load.map((x) => x.toFixed(2)).join(" ")}`,
    `Both revisions ran in turns, ${rounds} times each, every time in a new process, which runs the work for as long before it is timed. Their results were compared first.`,
    "ours, theirs: median wall times in ms of one run. wall: median over the rounds of ours / theirs within a round, above 1 where ours is slower.",
    "The interval covers it with at least 95 %: order statistics of the rounds' ratios (David and Nagaraja 2003, section 7.1).",
    "CPU: the same for the CPU time of all threads, which other processes disturb less.",
  ];
}

export function table(rows: readonly Row[]): string {
  return aligned(
    HEAD,
    rows.map(({ name, found }) => {
      if (typeof found === "string") return [name, "", "", "", "", found, "", "", ""];
      const { ours, theirs, wall, cpu } = found;
      return [name, digits(ours), digits(theirs), ...ratioCells(wall), ...ratioCells(cpu)];
    }),
  );
}

function ratioCells(ratio: Ratio | undefined): string[] {
  if (ratio === undefined) return ["", "", ""];
  const { ratio: median, low, high } = ratio;
  return [median.toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`, verdictOf(ratio)];
}

/** One entry of `--json`, with times in ms. */
export interface Entry {
  readonly name: string;
  readonly oursMs: number | null;
  readonly theirsMs: number | null;
  readonly wall: RatioEntry | null;
  readonly cpu: RatioEntry | null;
  /** The reason why the other fields are missing. */
  readonly problem?: string;
}

interface RatioEntry extends Ratio {
  readonly verdict: Verdict;
}

export function entries(rows: readonly Row[]): Entry[] {
  const entry = (ratio: Ratio): RatioEntry => ({ ...ratio, verdict: verdictOf(ratio) });
  return rows.map(({ name, found }) => {
    if (typeof found === "string") return { name, oursMs: null, theirsMs: null, wall: null, cpu: null, problem: found };
    const { ours, theirs, wall, cpu } = found;
    return { name, oursMs: ours, theirsMs: theirs, wall: entry(wall), cpu: cpu === undefined ? null : entry(cpu) };
  });
}
