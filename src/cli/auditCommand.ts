import { existsSync } from "node:fs";
import { openGpu } from "../adapter/openGpu.ts";
import { compareRecords, describeComparison } from "../audit/read/diff.ts";
import { explainKernel, nearestKernels } from "../audit/read/explain.ts";
import { describeSummary, summarise } from "../audit/read/summary.ts";
import { traceEvents } from "../audit/read/trace.ts";
import type { Checked } from "../audit/references/checker.ts";
import { KERNELS } from "../audit/references/table.ts";
import { AtomicFile } from "../files/atomicWrite.ts";
import { encodeUtf8 } from "../formats/utf8.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { progress } from "../run/progress.ts";
import { type RecordedRun, readRun, type Steps, type Verified, verifyRun } from "../run/verify.ts";
import { format } from "../tensor/shape.ts";
import { describeFlags, type Flag, parseArguments, text, toggle, UsageError } from "./arguments.ts";
import { ShortfallError } from "./command.ts";

const steps: Flag<Steps> = {
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
  out: text("FILE", "trace: the new file to write, for ui.perfetto.dev or chrome://tracing"),
  steps,
  run: text("RUN", "explain: the texts that ran in that run"),
} as const;

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
  verify RUN          holds the record to length, sha256 and hash chain in timing.json and summary.json; then replays training steps,
                      the first transport step and the drawing of samples, and holds every op to its float64 reference and, where
                      the adapter is the same, every byte to the record; fails at the first difference
  diff RUN_A RUN_B    the first command at which two runs part
  explain KERNEL      the WGSL of a kernel as it ran, beside its float64 reference

flags
${describeFlags(flags)}
\`verify\` says how many commands were replayed, how many are only in the hash chain, and how many it does not cover. With
every:N the chain cannot be computed: lines that were not replayed are held by the sha256 of the file, and commands without
a line are not covered. A record that was forged together with timing.json and summary.json is not told from a true one.

exit codes: 0 fine, 1 an op is wrong, runs part, or anything else, 2 wrong usage, 3 no adapter, 4 no record, or one that was
cut or changed, 130 after Ctrl-C, 143 after SIGTERM
`;

/** `node dist/audit.js`: see `usage`. `print` takes whole lines. */
export async function auditCommand(
  args: readonly string[],
  print: (line: string) => void,
  signal?: AbortSignal,
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
      const found = await summarise(first, { signal });
      for (const line of values.json === true ? [JSON.stringify(found, undefined, 2)] : describeSummary(found))
        print(line);
      break;
    }
    case "trace":
      print(`${await writeTrace(first, values.out, { signal })} events in ${values.out}`);
      break;
    case "diff": {
      const comparison = await compareRecords(first, second, { signal });
      for (const line of describeComparison(comparison)) print(line);
      if (comparison.difference !== undefined) throw new ShortfallError(`${first} and ${second} differ`);
      break;
    }
    case "explain":
      for (const line of await explain(first, values.run, { signal })) print(line);
      break;
    default:
      await verify(await readRecorded(first, { steps: values.steps, signal }), { print, signal });
  }
}

/** Writes a trace into a new file, all of it or none; returns the number of its events. */
async function writeTrace(folder: string, out: string | undefined, options: Cancellable): Promise<number> {
  if (out === undefined) throw new UsageError("trace: expected --out FILE, got none");
  if (existsSync(out))
    throw new UsageError(`trace: expected a new file for --out, got ${out}, which exists; remove it`);
  let count = 0;
  let file: AtomicFile | undefined;
  try {
    for await (const event of traceEvents(folder, options)) {
      file ??= new AtomicFile(out); // once the record has turned out to be one
      file.write(encodeUtf8(`${count === 0 ? "[" : ","}\n${JSON.stringify(event)}`));
      count++;
    }
  } catch (error) {
    file?.abandon();
    throw error;
  }
  file?.write(encodeUtf8("\n]\n"));
  file?.finish();
  return count;
}

async function explain(name: string, run: string | undefined, options: Cancellable): Promise<readonly string[]> {
  const lines = await explainKernel(name, run, options);
  if (lines !== undefined) return lines;
  const near = nearestKernels(name);
  const known = near.length > 0 ? near : Object.keys(KERNELS);
  throw new UsageError(`explain: expected a kernel such as ${known.join(", ")}, got ${name}`);
}

/** The worst of the comparisons under one name. */
interface Worst {
  readonly checked: Checked;
  readonly times: number;
}

async function readRecorded(folder: string, options: Parameters<typeof readRun>[1]): Promise<RecordedRun> {
  try {
    return await readRun(folder, options);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

interface VerifyArguments {
  readonly print: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

async function verify(run: RecordedRun, { print, signal }: VerifyArguments): Promise<void> {
  const worst = new Map<string, Worst>();
  const report = (checked: Checked): void => {
    const key = `${checked.op} (${checked.kernels.join(", ")}) ${checked.output}`;
    const known = worst.get(key);
    const greater = known === undefined || !(checked.outcome.error <= known.checked.outcome.error);
    worst.set(key, { checked: greater ? checked : known.checked, times: (known?.times ?? 0) + 1 });
  };
  const say = progress({ stream: process.stderr });
  const gpu = await openGpu({ signal });
  try {
    const verified = await verifyRun(gpu, run, { report, signal, say: (line) => say.end(line) });
    print(table(worst).join("\n"));
    print(verified.note ?? `${verified.replayed} commands have the bytes of the record`);
    print(describeCoverage(verified, run));
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

/** How much of the record was held to anything, and why the rest was not. */
function describeCoverage(verified: Verified, { held, header, finished }: RecordedRun): string {
  const { commands, replayed, uncovered } = verified;
  const only = held.by === "chain" ? "only chained" : "only in the sha256 of the file";
  const reasons = [
    ...(header.every === 1 ? [] : [`every:${header.every}`]),
    ...(finished ? [] : ["the run is not finished"]),
  ];
  const why = uncovered === 0 ? "" : ` (${reasons.join(", ")})`;
  return `${commands} commands: ${replayed} replayed, ${verified.held} ${only}, ${uncovered} not covered${why}`;
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
