// `npm run bench:cluster -- scale`: the real coordinator and a real nats-server with many workers
// that count nothing, see fakes.ts. Says what a step of the descent costs the coordinator, the
// server and the wire.
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { ClusterCells } from "../../src/cluster/clusterCells.ts";
import type { Identity } from "../../src/cluster/identity.ts";
import { Lead } from "../../src/cluster/lead.ts";
import type { Messenger } from "../../src/cluster/messenger.ts";
import { connectNats } from "../../src/cluster/nats.ts";
import { counting, rangesOf } from "../../src/ot/cells/counter.ts";
import type { Points } from "../../src/ot/points.ts";
import type { Problem } from "../../src/ot/problem.ts";
import { start, step } from "../../src/ot/solver/descent.ts";
import { root } from "../root.ts";
import type { Fakes } from "./fakes.ts";
import { busy, peakMemory, startNatsServer } from "./machines.ts";
import { countsOf } from "./recorded.ts";

interface Setting {
  readonly targets: number;
  readonly dimension: number;
  readonly batch: number;
  readonly workers: number;
  readonly dense: boolean;
  readonly latency: number;
  readonly lose: number;
  readonly steps: number;
}

interface Row extends Setting {
  readonly ranges: number;
  /** Milliseconds of a step: of the coordinator's and the server's processor, and on the clock. */
  readonly lead: number;
  readonly server: number;
  readonly wall: number;
  /** Bytes that the coordinator sent and received in a step. */
  readonly sent: number;
  readonly received: number;
  /** Greatest resident memory in MB. */
  readonly leadMemory: number;
  readonly serverMemory: number;
  /** Ranges that were given out again, in all steps. */
  readonly again: number;
}

const MB = 1_000_000;
const IDENTITY: Identity = {
  brenier: "scale",
  webgpu: "none",
  adapter: { name: "none", vendor: "none", architecture: "none", device: "none", driver: "none", cpu: true },
  choice: { kernels: { family: "none" }, by: "adapter" },
  probe: "none",
};

/** Peak resident memory in MB, and milliseconds of processor time so far. */
const used = (pid: number): { readonly memory: number; readonly busy: number } => ({
  memory: peakMemory(pid) / MB,
  busy: 1000 * busy(pid),
});

/** The messenger, with the bytes that went through it. */
function counted(messenger: Messenger): Messenger & { sent: number; received: number } {
  const all = {
    sent: 0,
    received: 0,
    mostBytes: messenger.mostBytes,
    lost: messenger.lost,
    close: () => messenger.close(),
    flush: () => messenger.flush(),
    publish(subject: string, bytes: Uint8Array) {
      all.sent += bytes.length;
      messenger.publish(subject, bytes);
    },
    listen: (subject: string, take: (bytes: Uint8Array) => void) =>
      messenger.listen(subject, (bytes) => {
        all.received += bytes.length;
        take(bytes);
      }),
  };
  return all;
}

async function measure(setting: Setting): Promise<Row> {
  const { targets: count, dimension, batch, workers, steps, dense, latency, lose } = setting;
  // All workers are one process, which reads 64 times as much as a worker: wait for it.
  const server = await startNatsServer({ conf: 'write_deadline: "60s"\nmax_pending: 256MB' });
  const fakes: Fakes = { server: server.url, workers, targets: count, dense, latency, lose, identity: IDENTITY };
  const child = fork(join(import.meta.dirname, "fakes.js"), [JSON.stringify(fakes)]);
  try {
    await once(child, "message");
    const messenger = counted(await connectNats({ server: server.url, name: "lead" }));
    const lead = new Lead(messenger, { version: "scale" });
    // Nobody counts them, but they take their memory.
    const values = new Float32Array(count * dimension).fill(0.5);
    const targets: Points = { values, count, dimension };
    const problem: Problem = {
      targets,
      offset: new Float64Array(dimension),
      nu: new Float64Array(count).fill(1 / count),
      source: "gaussian",
      duplicates: 0,
    };
    using cells = new ClusterCells(lead, targets, "gaussian");
    const round = { heights: new Float64Array(count), lr: 0.1, samples: 300 * batch, seed: 1, first: 0 };
    let state = { ...start(round), batch };
    const ranges = [...rangesOf(counting, undefined, targets, { seed: 1, stream: 0, first: 0, count: batch })];
    // Counts that are added up by hand, against those of the cluster.
    const wanted = new Float64Array(count);
    for (const range of ranges) countsOf(count, range.count, wanted);
    const first = { seed: 1, stream: 0, first: 0, count: batch };
    cells.setHeights(round.heights);
    const found = await cells.ask(counting, undefined, first);
    if (!found.every((each, i) => each === wanted[i])) throw new Error("scale: expected the recorded counts");
    state = await step(cells, problem, state);
    const [before, lasted, cpu] = [used(server.pid() ?? 0), performance.now(), process.cpuUsage()];
    [messenger.sent, messenger.received] = [0, 0];
    for (let n = 0; n < steps; n++) state = await step(cells, problem, state);
    const [after, { user, system }] = [used(server.pid() ?? 0), process.cpuUsage(cpu)];
    const row: Row = {
      ...setting,
      ranges: ranges.length,
      lead: (user + system) / 1000 / steps,
      server: (after.busy - before.busy) / steps,
      wall: (performance.now() - lasted) / steps,
      sent: messenger.sent / steps,
      received: messenger.received / steps,
      leadMemory: used(process.pid).memory,
      serverMemory: after.memory,
      again: lead.tally.again,
    };
    if (lead.tally.wrong > 0) throw new Error(`scale: expected right answers, got ${lead.tally.wrong} wrong`);
    lead.close();
    await messenger.close();
    return row;
  } finally {
    child.disconnect();
    await once(child, "exit");
    await server.remove();
  }
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ["N", (row) => String(row.targets)],
  ["workers", (row) => String(row.workers)],
  ["samples of a step", (row) => String(row.batch)],
  ["ranges", (row) => String(row.ranges)],
  ["counts", (row) => (row.dense ? "dense" : "sparse")],
  ["latency, ms", (row) => String(row.latency)],
  ["lost, %", (row) => String(100 * row.lose)],
  ["coordinator, ms", (row) => row.lead.toFixed(0)],
  ["server, ms", (row) => row.server.toFixed(0)],
  ["clock, ms", (row) => row.wall.toFixed(0)],
  ["sent, MB", (row) => (row.sent / MB).toFixed(2)],
  ["received, MB", (row) => (row.received / MB).toFixed(2)],
  ["coordinator, MB", (row) => row.leadMemory.toFixed(0)],
  ["server, MB", (row) => row.serverMemory.toFixed(0)],
  ["again", (row) => String(row.again)],
];

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (rows: readonly Row[]): string =>
  [
    line(COLUMNS.map(([name]) => name)),
    line(COLUMNS.map(() => "--:")),
    ...rows.map((row) => line(COLUMNS.map(([, show]) => show(row)))),
  ].join("\n");

/** The problem of the figures, and what changes with its size, its counts and its workers. */
const BASE: Setting = {
  targets: 1_000_000,
  dimension: 64,
  batch: 131_072, // as the solver takes for χ² = 0.05
  workers: 64,
  dense: false,
  latency: 20,
  lose: 0,
  steps: 5,
};
const SETTINGS: readonly Setting[] = [
  BASE,
  { ...BASE, batch: 32_768 },
  { ...BASE, batch: 32_768, dense: true },
  { ...BASE, latency: 200 },
  { ...BASE, workers: 16 },
  { ...BASE, targets: 100_000, latency: 5 },
  { ...BASE, targets: 100_000, latency: 5, lose: 0.01 },
  { ...BASE, targets: 10_000, latency: 5 },
];

/** One setting in a process of its own, so that its memory is its own: `scale.js SETTING`. */
const [, , one] = process.argv;
if (one !== undefined) {
  process.stdout.write(`${JSON.stringify(await measure(JSON.parse(one) as Setting))}\n`);
  process.exit(0);
}
const rows: Row[] = [];
for (const setting of SETTINGS) {
  const child = fork(import.meta.filename, [JSON.stringify(setting)], { silent: true });
  let text = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  child.stderr?.pipe(process.stderr);
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`scale: expected a measurement of ${JSON.stringify(setting)}, got exit code ${code}`);
  rows.push(JSON.parse(text) as Row);
  process.stderr.write(`${text}`);
}
const load = (loadavg()[0] as number).toFixed(1);
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, load ${load}`;
writeFileSync(join(root, "bench/cluster/scale.json"), `${JSON.stringify({ machine, rows }, null, 2)}\n`);
process.stdout.write(`${machine}\n\n${table(rows)}\n`);
