// What a comparison of two revisions found, as text for a terminal and as JSON.
import { aligned, digits } from "../table.ts";
import type { Found } from "./measure.ts";
import type { Ratio } from "./ratio.ts";

/** A case, and what was found; a word where it has no times. */
export interface Row {
  readonly name: string;
  readonly found: Found | "failed" | "not there";
}

export interface Heading {
  /** What ours and theirs are, in words. */
  readonly ours: string;
  readonly theirs: string;
  readonly rounds: number;
  readonly processor: string;
  readonly cores: number;
  /** Load averages at the start. */
  readonly load: readonly number[];
}

const HEAD = ["case", "ours ms", "theirs ms", "ours / theirs", "95 % interval", "of CPU time", "verdict"];

/** The lines above the table: what was compared on what, and what the columns mean. */
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
    `Both revisions ran in turns, ${rounds} times each, in a process of their own for each case, after their results were compared.`,
    "ours, theirs: median wall times in ms of one run. ours / theirs: median over the rounds of the ratio within a round.",
    "The interval covers it with at least 95 %: order statistics of the rounds' ratios (David and Nagaraja 2003, section 7.1).",
    "of CPU time: the same for the CPU time of all threads, which other processes disturb less.",
  ];
}

export function table(rows: readonly Row[]): string {
  return aligned(
    HEAD,
    rows.map(({ name, found }) => {
      if (typeof found === "string") return [name, "", "", "", "", "", found];
      const { ours, theirs, wall, cpu, verdict } = found;
      const times = [digits(ours), digits(theirs)];
      const whole = cpu === undefined ? "" : `${cpu.ratio.toFixed(3)} ${interval(cpu)}`;
      return [name, ...times, wall.ratio.toFixed(3), interval(wall), whole, verdict];
    }),
  );
}

const interval = ({ low, high }: Ratio): string => `[${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** One entry of `--json`; times in ms. */
export interface Entry {
  readonly name: string;
  readonly oursMs: number | null;
  readonly theirsMs: number | null;
  readonly ratio: number | null;
  readonly interval: readonly [number, number] | null;
  readonly cpuRatio: number | null;
  readonly cpuInterval: readonly [number, number] | null;
  readonly verdict: string;
}

export function entries(rows: readonly Row[]): Entry[] {
  return rows.map(({ name, found }) => {
    const { ours, theirs, wall, cpu, verdict }: Partial<Found> = typeof found === "string" ? {} : found;
    return {
      name,
      ...{ oursMs: ours ?? null, theirsMs: theirs ?? null },
      ...{ ratio: wall?.ratio ?? null, interval: wall === undefined ? null : [wall.low, wall.high] },
      ...{ cpuRatio: cpu?.ratio ?? null, cpuInterval: cpu === undefined ? null : [cpu.low, cpu.high] },
      verdict: verdict ?? (found as string),
    };
  });
}
