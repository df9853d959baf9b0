import { pausing } from "../../adapter/pause.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable, Signal } from "../../kernels/signal.ts";
import { readHeader, readRecord } from "../record/readRecord.ts";
import type { Digest, Line } from "../record/record.ts";

type Command = Exclude<Line, { kind: "submit" }>;

/** The first command in which two records differ. */
export interface Difference {
  readonly seq: number;
  /** The command in each record; undefined where that record has ended. */
  readonly a: Command | undefined;
  readonly b: Command | undefined;
  /** The field that differs, such as `text` or `outputs.y`. */
  readonly field: string;
}

/** How far two records agree. */
export interface Comparison {
  /** Number of equal commands before the first that differs. */
  readonly equal: number;
  readonly difference: Difference | undefined;
}

/**
 * Compares the commands of two records in order, by all fields that the hash chain covers and both
 * records have. DataError for a folder without a record, or with a damaged one.
 */
export async function compareRecords(a: string, b: string, options: Cancellable = {}): Promise<Comparison> {
  checkOptions("compareRecords", options, ["signal"]);
  const { signal } = options;
  const [p, q] = [readHeader(a).every, readHeader(b).every];
  const sampled = (p / greatestCommonDivisor(p, q)) * q; // least common multiple: steps of both
  const [left, right] = [commands(a, sampled, signal), commands(b, sampled, signal)];
  try {
    for (let equal = 0; ; equal++) {
      const [x, y] = [(await left.next()).value ?? undefined, (await right.next()).value ?? undefined];
      if (x === undefined && y === undefined) return { equal, difference: undefined };
      const field = x === undefined || y === undefined ? "length" : differing(x, y);
      if (field !== undefined) return { equal, difference: { seq: x?.seq ?? y?.seq ?? equal, a: x, b: y, field } };
    }
  } finally {
    await left.return(); // closes the files
    await right.return();
  }
}

/**
 * The commands of a record that the hash chain covers; of numbered steps only multiples of `every`.
 */
async function* commands(folder: string, every: number, signal: Signal | undefined): AsyncGenerator<Command, void> {
  for await (const line of pausing(readRecord(folder), signal)) {
    if (line.kind === "submit" || line.seq === undefined) continue;
    if (line.step === undefined || line.step % every === 0) yield line;
  }
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/**
 * The first field in which two commands differ. Outputs are compared where both records have them.
 */
export function differing(a: Command, b: Command): string | undefined {
  const [x, y] = [a, b] as unknown as [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>];
  for (const field of new Set([...Object.keys(x), ...Object.keys(y)])) {
    if (field === "seq" || field === "at" || field === "ns" || field === "outputs") continue;
    if (JSON.stringify(x[field]) !== JSON.stringify(y[field])) return field;
  }
  const [outputs, others] = [outputsOf(a), outputsOf(b)];
  for (const [name, digest] of Object.entries(outputs)) {
    if (others[name] !== undefined && others[name].sha256 !== digest.sha256) return `outputs.${name}`;
  }
  return undefined;
}

/** The digests of a command's outputs by name; none where the record has none. */
export const outputsOf = (line: Command): Readonly<Record<string, Digest>> =>
  ("outputs" in line ? line.outputs : undefined) ?? {};

/** A command in words: op and kernel, with its place in the run. */
export const titleOf = (line: Command): string => {
  const { stage, epoch, step, kind } = line;
  const what = kind === "dispatch" ? `${line.op} (${line.kernel})` : "op" in line ? `${line.op} (${kind})` : kind;
  const at = [
    stage,
    ...(epoch === undefined ? [] : [`epoch ${epoch}`]),
    ...(step === undefined ? [] : [`step ${step}`]),
  ];
  return `${what} in ${at.join(", ")}`;
};

/**
 * The lines that `diff` prints: where two runs begin to differ, with digests and values side by
 * side.
 */
export function describeComparison({ equal, difference }: Comparison): string[] {
  if (difference === undefined) return [`${equal} commands are equal: the runs do not part`];
  const { seq, a, b, field } = difference;
  const lines = [`${equal} commands are equal; the runs part at command ${seq}: ${field} differs`];
  for (const [name, line] of [
    ["A", a],
    ["B", b],
  ] as const) {
    lines.push(`${name}  ${line === undefined ? "has no more commands" : titleOf(line)}`);
  }
  if (a === undefined || b === undefined) return lines;
  if (!field.startsWith("outputs.")) {
    const value = (line: Command): string =>
      JSON.stringify((line as unknown as Record<string, unknown>)[field] ?? null);
    lines.push(`A  ${field} ${value(a)}`, `B  ${field} ${value(b)}`);
  }
  const others = outputsOf(b);
  for (const [name, x] of Object.entries(outputsOf(a))) {
    const y = others[name];
    if (y !== undefined && y.sha256 !== x.sha256) lines.push(...describeOutput(a, name, x, y));
  }
  return lines;
}

/** An output of one command in two runs: digests, statistics and some of its values. */
function describeOutput({ buffers }: Command, name: string, x: Digest, y: Digest): string[] {
  const shape = buffers.find((use) => use.name === name)?.shape ?? [];
  const lines = [`${name} [${shape.join(", ")}]`];
  for (const [run, d] of [
    ["A", x],
    ["B", y],
  ] as const) {
    lines.push(`${run}  sha256 ${d.sha256}  min ${d.min}  max ${d.max}  mean ${d.mean}  NaN ${d.nan}  Inf ${d.inf}`);
  }
  for (const [k, [index, value]] of x.values.entries()) {
    const other = y.values[k]?.[1];
    lines.push(`   [${index}]  ${value}  ${other}${value === other ? "" : "  differs"}`);
  }
  return lines;
}
