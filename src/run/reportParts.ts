// Parts that reports of runs have in common.
import type { AuditSummary } from "../audit/read/summary.ts";
import type { Memory } from "../kernels/device.ts";
import type { Curve, Table } from "../report/data.ts";
import { thin } from "../report/thin.ts";
import { grouped, mebibytes, percent, short } from "../report/words.ts";

/** A line of a log. */
export type LogLine = Readonly<Record<string, unknown>>;
export type StageMemory = Pick<Memory, "inUse" | "peak">;

/** A number of a line of a log; null for what is none, such as NaN, which is written as a text. */
const numberOf = (line: LogLine, key: string): number | null => {
  const value = line[key];
  return typeof value === "number" ? value : null;
};

/** Greatest number of kernels that a report names. */
const MOST_KERNELS = 12;

/** Loss, learning rates and χ² over the steps in a log; curves without a value are left out. */
export function curvesOf(log: readonly LogLine[], asked: number): readonly Curve[] {
  const training = thin(log.filter(({ stage, step }) => stage === "autoencoder" && typeof step === "number"));
  const solving = log.filter(({ stage, iteration }) => stage === "transport" && typeof iteration === "number");
  const steps = thin(solving);
  const estimates = solving.filter(({ chi2 }) => typeof chi2 === "number");
  const shown = new Set([...steps, ...thin(estimates)]);
  const rounds = solving.filter((line) => shown.has(line));
  const over = (lines: readonly LogLine[], x: string, y: string): Pick<Curve, "x" | "lines"> => ({
    x: lines.map((line) => numberOf(line, x) as number),
    lines: [{ label: y, values: lines.map((line) => numberOf(line, y)) }],
  });
  const loss = over(training, "step", "loss");
  const rate = over(training, "step", "learningRate");
  const lr = over(steps, "iteration", "lr");
  const below = estimates.filter(({ chi2 }) => !((chi2 as number) > 0)).length;
  const named = (curve: Pick<Curve, "x" | "lines">, label: string): Pick<Curve, "x" | "lines"> => ({
    x: curve.x,
    lines: curve.lines.map((line) => ({ ...line, label })),
  });
  const curves: readonly Curve[] = [
    {
      title: "Loss",
      note: "of the autoencoder, mean of the steps since the point before",
      xLabel: "step",
      log: true,
      ...loss,
    },
    {
      title: "χ² of the masses",
      note: `estimated after each round of the transport${below > 0 ? `; ${below} estimates below 0 are not drawn` : ""}`,
      xLabel: "step",
      log: true,
      x: rounds.map((line) => line["iteration"] as number),
      lines: [
        { label: "χ²", values: rounds.map((line) => numberOf(line, "chi2")) },
        { label: "asked", values: rounds.map(() => asked), asked: true },
      ],
    },
    { title: "Learning rate", note: "of the autoencoder", xLabel: "step", log: false, ...named(rate, "learning rate") },
    { title: "Learning rate", note: "of the transport", xLabel: "step", log: true, ...named(lr, "learning rate") },
  ];
  return curves.filter(({ x }) => x.length > 0);
}

/** Seconds of each stage, by name. */
export type StageSeconds = Readonly<Record<string, number>>;

/** With the stage under way, whose time is that of its last line in the log. */
export function secondsSoFar(done: StageSeconds, log: readonly LogLine[]): StageSeconds {
  const { stage, seconds } = log.at(-1) ?? {};
  const under = typeof stage === "string" && typeof seconds === "number" && !(stage in done);
  return under ? { ...done, [stage]: seconds } : done;
}

export const secondsOfAll = (seconds: StageSeconds): number =>
  Object.values(seconds).reduce((sum, each) => sum + each, 0);

/** Time and memory of each stage. */
export function stagesTable(seconds: StageSeconds, memory: Readonly<Record<string, StageMemory>>): readonly Table[] {
  const all = secondsOfAll(seconds);
  if (all === 0) return [];
  const bytes = (value: number | undefined): string | null => (value === undefined ? null : mebibytes(value));
  return [
    {
      title: "Time and memory",
      note: "Memory of the device in MiB: at the end of the stage, and the greatest until then.",
      columns: [
        { name: "Stage", kind: "text" },
        { name: "Share", kind: "bar" },
        { name: "%", kind: "number" },
        { name: "Seconds", kind: "number" },
        { name: "In use", kind: "number" },
        { name: "Peak", kind: "number" },
      ],
      rows: [
        ...Object.entries(seconds).map(([name, each]) => ({
          cells: [
            name,
            each / all,
            ((100 * each) / all).toFixed(1),
            each.toFixed(2),
            bytes(memory[name]?.inUse),
            bytes(memory[name]?.peak),
          ],
        })),
        { cells: ["all", null, "100.0", all.toFixed(2), null, null] },
      ],
    },
  ];
}

/** The kernels that took most time by the audit's record. */
export function auditTable({ kernels, header }: AuditSummary): Table {
  const most = Math.max(...kernels.map(({ ms }) => ms ?? 0));
  const { gflops, gbps } = header.peak;
  return {
    title: "The most expensive kernels",
    note: `By the record of --audit. The adapter's measured peak is ${short(gflops, 3)} GFLOP/s and ${short(gbps, 3)} GB/s.`,
    columns: [
      { name: "Kernel", kind: "text" },
      { name: "Time", kind: "bar" },
      { name: "ms", kind: "number" },
      { name: "Commands", kind: "number" },
      { name: "GFLOP", kind: "number" },
      { name: "GFLOP/s", kind: "number" },
      { name: "GB/s", kind: "number" },
      { name: "Of peak", kind: "number" },
    ],
    rows: kernels.slice(0, MOST_KERNELS).map(({ name, commands, ms, flops, gflops: rate, gbps: flow, share }) => ({
      cells: [
        name,
        ms === null || most === 0 ? null : ms / most,
        ms === null ? null : ms.toFixed(1),
        grouped(commands),
        (flops / 1e9).toFixed(3),
        rate === null ? null : rate.toFixed(1),
        flow === null ? null : flow.toFixed(1),
        share === null ? null : percent(share),
      ],
    })),
  };
}
