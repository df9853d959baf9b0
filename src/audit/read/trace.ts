import { pausing } from "../../adapter/pause.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { readHeader, readRecord } from "../record/readRecord.ts";
import type { Line } from "../record/record.ts";

/** One event of the trace format that Chrome's chrome://tracing and Perfetto read; times in µs. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "C" | "M" | "i";
  readonly pid: 1;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly s?: "t";
  readonly args: Readonly<Record<string, unknown>>;
}

const [HOST, GPU] = [1, 2];

/**
 * The record as a trace. The track of the host shows commands at the time at which they were
 * recorded. The track of the GPU shows dispatches with their durations, one after another from
 * their submission on, since the two clocks differ. Memory is a counter. DataError for a folder
 * without a record, or with a damaged one.
 */
export async function* traceEvents(folder: string, options: Cancellable = {}): AsyncGenerator<TraceEvent, void> {
  checkOptions("traceEvents", options, ["signal"]);
  const { signal } = options;
  const { adapter } = readHeader(folder);
  yield { name: "process_name", ph: "M", pid: 1, tid: 0, ts: 0, args: { name: adapter.name } };
  yield { name: "thread_name", ph: "M", pid: 1, tid: HOST, ts: 0, args: { name: "host" } };
  yield { name: "thread_name", ph: "M", pid: 1, tid: GPU, ts: 0, args: { name: "GPU" } };
  let recorded: Line[] = [];
  let free = 0; // time at which the GPU is done with earlier dispatches
  for await (const line of pausing(readRecord(folder), signal)) {
    const ts = 1000 * line.at;
    if (line.kind !== "submit") {
      recorded.push(line);
      yield { name: nameOf(line), ph: "i", pid: 1, tid: HOST, ts, s: "t", args: argsOf(line) };
      continue;
    }
    const { inUse, reserved } = line;
    yield { name: "memory", ph: "C", pid: 1, tid: HOST, ts, args: { inUse, reserved } };
    let at = Math.max(ts, free);
    for (const done of recorded) {
      if (done.kind !== "dispatch" || done.ns === undefined) continue;
      const dur = done.ns / 1000;
      yield { name: nameOf(done), ph: "X", pid: 1, tid: GPU, ts: at, dur, args: argsOf(done) };
      at += dur;
    }
    free = at;
    recorded = [];
  }
}

const nameOf = (line: Exclude<Line, { kind: "submit" }>): string =>
  line.kind === "dispatch" ? `${line.op} (${line.kernel})` : "op" in line ? `${line.op} (copy)` : line.kind;

function argsOf(line: Exclude<Line, { kind: "submit" }>): Readonly<Record<string, unknown>> {
  const { seq, stage, epoch, step, bytes } = line;
  const shapes = Object.fromEntries(line.buffers.map(({ name, shape }) => [name, `[${shape.join(", ")}]`]));
  return { seq, stage, epoch, step, bytes, ...(line.kind === "dispatch" ? { flops: line.flops } : {}), ...shapes };
}
