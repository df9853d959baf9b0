import { pausing } from "../../adapter/pause.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { readHeader, readRecord } from "../record/readRecord.ts";
import type { Header, Line } from "../record/record.ts";

/**
 * Time, flops and bytes of a kernel, a stage or a single command. Rates and shares are null where
 * no time or no work was recorded.
 */
export interface Totals {
  readonly name: string;
  readonly commands: number;
  readonly ms: number | null;
  readonly flops: number;
  readonly bytes: number;
  readonly gflops: number | null;
  readonly gbps: number | null;
  /** Share of the adapter's peak: of its arithmetic or of its memory rate, whichever is greater. */
  readonly share: number | null;
}

/** Totals of one kernel under one op with equal shapes. */
export interface Costliest extends Totals {
  readonly op: string;
  readonly shapes: readonly (readonly number[])[];
}

/** What a record comes to: work and time in all, by kernel and by stage, and memory. */
export interface AuditSummary {
  readonly header: Header;
  readonly commands: number;
  readonly all: Totals;
  readonly kernels: readonly Totals[];
  readonly stages: readonly Totals[];
  readonly costliest: readonly Costliest[];
  /** Memory at up to 40 submissions, evenly spaced, and at the one that held most. */
  readonly memory: readonly Memory[];
}

/** Memory of the device at one submission, in bytes. */
export interface Memory {
  readonly at: number;
  readonly stage: string;
  readonly inUse: number;
  readonly reserved: number;
}

const COSTLIEST = 10;
const MOMENTS = 40;

class Sum {
  commands = 0;
  timed = 0;
  ns = 0;
  flops = 0;
  bytes = 0;

  add(line: Exclude<Line, { kind: "submit" }>): void {
    this.commands++;
    this.bytes += line.bytes;
    if (line.kind !== "dispatch") return;
    this.flops += line.flops;
    if (line.ns === undefined) return;
    this.ns += line.ns;
    this.timed += line.bytes;
  }

  totals(name: string, { peak }: Header): Totals {
    const { commands, flops, bytes, ns } = this;
    const known = ns > 0;
    const [gflops, gbps] = [known ? flops / ns : null, known ? this.timed / ns : null];
    const share = known ? Math.max((gflops ?? 0) / peak.gflops, (gbps ?? 0) / peak.gbps) : null;
    return { name, commands, ms: known ? ns / 1e6 : null, flops, bytes, gflops, gbps, share };
  }
}

/**
 * Time, flops, bytes and share of the peak per kernel and stage, the commands that took longest,
 * and memory over time. DataError for a folder without a record, or with a damaged one.
 */
export async function summarise(folder: string, options: Cancellable = {}): Promise<AuditSummary> {
  checkOptions("summarise", options, ["signal"]);
  const { signal } = options;
  const header = readHeader(folder);
  const all = new Sum();
  const [kernels, stages, kinds] = [new Map<string, Sum>(), new Map<string, Sum>(), new Map<string, Sum>()];
  const examples = new Map<string, Pick<Costliest, "op" | "shapes">>();
  const memory: Memory[] = [];
  for await (const line of pausing(readRecord(folder), signal)) {
    if (line.kind === "submit") {
      const { at, stage, inUse, reserved } = line;
      memory.push({ at, stage, inUse, reserved });
      continue;
    }
    const kernel = line.kind === "dispatch" ? line.kernel : line.kind;
    for (const sum of [all, of(kernels, kernel), of(stages, line.stage)]) sum.add(line);
    if (line.kind !== "dispatch") continue;
    const shapes = line.buffers.map(({ shape }) => shape);
    const key = `${line.op} (${kernel}) ${line.buffers.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(" ")}`;
    of(kinds, key).add(line);
    examples.set(key, { op: line.op, shapes });
  }
  const sorted = (sums: ReadonlyMap<string, Sum>): Totals[] =>
    [...sums].map(([name, sum]) => sum.totals(name, header)).sort(dearer);
  return {
    header,
    commands: all.commands,
    all: all.totals("all", header),
    kernels: sorted(kernels),
    stages: sorted(stages),
    costliest: sorted(kinds)
      .slice(0, COSTLIEST)
      .map((totals) => ({ ...totals, ...(examples.get(totals.name) ?? { op: "", shapes: [] }) })),
    memory: moments(memory),
  };
}

const dearer = (a: Totals, b: Totals): number => (b.ms ?? 0) - (a.ms ?? 0) || b.flops - a.flops || b.bytes - a.bytes;

function of(sums: Map<string, Sum>, name: string): Sum {
  const sum = sums.get(name) ?? new Sum();
  sums.set(name, sum);
  return sum;
}

function moments(memory: readonly Memory[]): Memory[] {
  const peak = memory.reduce<Memory | undefined>((a, b) => (a === undefined || b.inUse > a.inUse ? b : a), undefined);
  const every = Math.max(1, Math.ceil(memory.length / MOMENTS));
  return memory.filter((moment, i) => i % every === 0 || moment === peak || i === memory.length - 1);
}

const number = (value: number | null, digits: number): string => (value === null ? "–" : value.toFixed(digits));
const percent = (value: number | null): string => (value === null ? "–" : `${Math.round(100 * value)} %`);
const mebibytes = (bytes: number): string => (bytes / powerOfTwo(20)).toFixed(1);

/** The summary for people, one line an element. */
export function describeSummary({ header, commands, all, kernels, stages, costliest, memory }: AuditSummary): string[] {
  const { adapter, peak, level, every } = header;
  const table = (head: string, rows: readonly Totals[]): string[] =>
    align([
      [head, "commands", "GPU ms", "GFLOP", "GB", "GFLOP/s", "GB/s", "of peak"],
      ...rows.map((row) => [
        row.name,
        String(row.commands),
        number(row.ms, 1),
        number(row.flops / 1e9, 3),
        number(row.bytes / 1e9, 3),
        number(row.gflops, 1),
        number(row.gbps, 1),
        percent(row.share),
      ]),
    ]);
  return [
    `${commands} commands on ${adapter.name}; level ${level}, every ${every}`,
    `peak: ${peak.gflops.toFixed(1)} GFLOP/s, ${peak.gbps.toFixed(1)} GB/s`,
    ...(all.ms === null ? ["no times: the device has no timestamps, or they were off"] : []),
    "",
    ...table("kernel", [...kernels, all]),
    "",
    ...table("stage", stages),
    "",
    ...table("the costliest", costliest),
    "",
    ...align([
      ["memory", "at s", "in use MiB", "reserved MiB"],
      ...memory.map((m) => [m.stage, (m.at / 1000).toFixed(2), mebibytes(m.inUse), mebibytes(m.reserved)]),
    ]),
  ];
}

/** Aligns the columns of rows: the first to the left, numbers to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
