import { closeSync, openSync, writeSync } from "node:fs";
import { openGpu } from "../adapter/openGpu.ts";
import { pause } from "../adapter/pause.ts";
import { compareRecords, describeComparison } from "../audit/read/diff.ts";
import { explainKernel, nearestKernels } from "../audit/read/explain.ts";
import { describeSummary, summarise } from "../audit/read/summary.ts";
import { traceEvents } from "../audit/read/trace.ts";
import type { Checked } from "../audit/references/checker.ts";
import { KERNELS } from "../audit/references/table.ts";
import type { Signal } from "../kernels/signal.ts";
import { progress } from "../run/progress.ts";
import { verifyRun } from "../run/verify.ts";
import { format } from "../tensor/shape.ts";
import { describeFlags, type Flag, parseArguments, text, toggle, UsageError } from "./arguments.ts";
import { ShortfallError } from "./command.ts";

const steps: Flag<readonly [number, number]> = {
  value: "A..B",
  help: "verify: training steps to replay, from 1 on (default: the first, and the stages after the training)",
  parse(given, name) {
    const [, first = "", last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(given) ?? [];
    const range = [Number(first), Number(last)] as const;
    if (first === "" || range[0] < 1 || range[1] < range[0] || !Number.isSafeInteger(range[1])) {
      throw new UsageError(`--${name}: expected A..B with 1 ≤ A ≤ B, got ${given}`);
    }
    return range;
  },
};

const flags = {
  json: toggle("summary: one JSON record"),
  out: text("FILE", "trace: the file to write, for ui.perfetto.dev or chrome://tracing"),
  steps,
  run: text("RUN", "explain: the texts that ran in that run"),
} as const;

/** Events of a trace between two pauses, which take a few milliseconds. */
const EVENTS_TO_PAUSE = 1000;

/** Each subcommand with the names of its arguments. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  summary: ["RUN"],
  trace: ["RUN"],
  verify: ["RUN"],
  diff: ["RUN_A", "RUN_B"],
  explain: ["KERNEL"],
};

const usage = `usage: node dist/audit.js COMMAND ARGUMENTS [flags]

Reads what \`node dist/train.js --audit\` recorded in the folder of a run.

commands
  summary RUN         time, flops, bytes and share of the adapter's peak per kernel and stage, the ten that cost most, memory
  trace RUN           the record as a trace of Chrome and Perfetto, into --out
  verify RUN          replays training steps, the first transport step and the drawing of samples, and holds every op to its
                      float64 reference and, where the adapter is the same, every byte to the record; fails at the first difference
  diff RUN_A RUN_B    the first command at which two runs part
  explain KERNEL      the WGSL of a kernel as it ran, beside its float64 reference

flags
${describeFlags(flags)}
exit codes: 0 fine, 1 an op is wrong, runs part, or anything else, 2 wrong usage, 3 no adapter, 4 no record
`;

/** `node dist/audit.js`: see `usage`. `print` takes whole lines. */
export async function auditCommand(
  args: readonly string[],
  print: (line: string) => void,
  signal?: Signal,
): Promise<void> {
  const command = args[0]?.startsWith("-") === true ? "" : (args[0] ?? "");
  const expected = COMMANDS[command];
  const asksForHelp = args.includes("--help") || args.includes("-h");
  if (expected === undefined && !asksForHelp) {
    throw new UsageError(`expected first a command ${Object.keys(COMMANDS).join(", ")}, got ${command || "none"}`);
  }
  const { help, values, positionals } = parseArguments(args, flags, ["COMMAND", ...(expected ?? [])]);
  if (help) {
    print(usage.trimEnd());
    return;
  }
  const [, first = "", second = ""] = positionals;
  switch (command) {
    case "summary": {
      const found = summarise(first);
      for (const line of values.json === true ? [JSON.stringify(found, undefined, 2)] : describeSummary(found))
        print(line);
      break;
    }
    case "trace":
      print(`${await writeTrace(first, values.out, signal)} events in ${values.out}`);
      break;
    case "diff": {
      const comparison = compareRecords(first, second);
      for (const line of describeComparison(comparison)) print(line);
      if (comparison.difference !== undefined) throw new ShortfallError(`${first} and ${second} differ`);
      break;
    }
    case "explain":
      explain(first, values.run, print);
      break;
    default:
      await verify(first, { steps: values.steps, print, signal });
  }
}

async function writeTrace(folder: string, out: string | undefined, signal: Signal | undefined): Promise<number> {
  if (out === undefined) throw new UsageError("trace: expected --out FILE, got none");
  let count = 0;
  let file: number | undefined;
  for (const event of traceEvents(folder)) {
    if (count % EVENTS_TO_PAUSE === 0) await pause(signal);
    file ??= openSync(out, "w");
    writeSync(file, `${count === 0 ? "[" : ","}\n${JSON.stringify(event)}`);
    count++;
  }
  if (file !== undefined) {
    writeSync(file, "\n]\n");
    closeSync(file);
  }
  return count;
}

function explain(name: string, run: string | undefined, print: (line: string) => void): void {
  const lines = explainKernel(name, run);
  if (lines === undefined) {
    const near = nearestKernels(name);
    const known = near.length > 0 ? near : Object.keys(KERNELS);
    throw new UsageError(`explain: expected a kernel such as ${known.join(", ")}, got ${name}`);
  }
  for (const line of lines) print(line);
}

/** The worst of the comparisons under one name. */
interface Worst {
  readonly checked: Checked;
  readonly times: number;
}

interface VerifyArguments {
  readonly steps: readonly [number, number] | undefined;
  readonly print: (line: string) => void;
  readonly signal: Signal | undefined;
}

async function verify(folder: string, { steps, print, signal }: VerifyArguments): Promise<void> {
  const worst = new Map<string, Worst>();
  const report = (checked: Checked): void => {
    const key = `${checked.op} (${checked.kernels.join(", ")}) ${checked.output}`;
    const known = worst.get(key);
    const greater = known === undefined || !(checked.outcome.error <= known.checked.outcome.error);
    worst.set(key, { checked: greater ? checked : known.checked, times: (known?.times ?? 0) + 1 });
  };
  const say = progress({ stream: process.stderr });
  const gpu = await openGpu();
  try {
    const { digests, note } = await verifyRun(gpu, folder, { steps, report, signal, say: (line) => say.end(line) });
    print(table(worst).join("\n"));
    print(note ?? `${digests} commands have the bytes of the record`);
    print(
      `verified: ${[...worst.values()].reduce((sum, { times }) => sum + times, 0)} outputs within their tolerances`,
    );
  } catch (error) {
    if (worst.size > 0) print(table(worst).join("\n"));
    throw error;
  } finally {
    // An error while disposing would hide the earlier one.
    await gpu.dispose().catch(() => undefined);
  }
}

function table(worst: ReadonlyMap<string, Worst>): string[] {
  const rows = [...worst].map(([name, { checked, times }]) => {
    const { where, shape, outcome } = checked;
    const { error, tolerance, index } = outcome;
    return [
      name,
      String(times),
      error.toExponential(2),
      tolerance.toExponential(2),
      `${format(shape)} value ${index}, ${where}`,
    ];
  });
  const all = [["op (kernels) output", "checked", "largest error", "allowed", "where"], ...rows];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
  );
}
