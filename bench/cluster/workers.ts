// `npm run bench:cluster -- workers`: samples per second by one process, by one worker and by two,
// each with one thread of the CPU driver, for a problem of N = 60,000 targets in 64 dimensions.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { versions } from "../../src/adapter/versions.ts";
import { Cluster } from "../../src/cluster/cluster.ts";
import { connectNats } from "../../src/cluster/nats.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { type CellCounter, counting, rangesOf } from "../../src/ot/cells/counter.ts";
import { type Points, points } from "../../src/ot/points.ts";
import { root } from "../root.ts";
import { busy, startNatsServer } from "./machines.ts";

const N = 60_000;
const D = 64;
/** Samples of a step, and steps of a round; the first of a round warms up and is left out. */
const BATCH = 4096;
const STEPS = 4;
const ROUNDS = 3;
const ONE_THREAD = { ...process.env, LP_NUM_THREADS: "1" };

/** What a round of one way of counting took. */
interface Round {
  readonly way: string;
  /** Seconds on the clock of each step. */
  readonly seconds: readonly number[];
  /** Processor seconds of a step, of those that count and of coordinator and server. */
  readonly counting: number;
  readonly around: number;
}

function targets(): Points {
  const random = hostRandom(1, 0);
  return points(
    "bench",
    Float32Array.from({ length: N * D }, () => random.normal()),
    D,
  );
}
const draw = (step: number) => ({ seed: 1, stream: 3, first: step * BATCH, count: BATCH });

/** Seconds of each step but the first, at new heights each. */
async function timed(counter: CellCounter, begin: () => void): Promise<number[]> {
  const seconds: number[] = [];
  for (let step = 0; step <= STEPS; step++) {
    if (step === 1) begin();
    const before = performance.now();
    counter.setHeights(Float64Array.from({ length: N }, (_, i) => ((i + step) % 7) / 100));
    const counts = await counter.ask(counting, undefined, draw(step));
    if (counts.reduce((sum, n) => sum + n, 0) !== BATCH) throw new Error("workers: expected all samples");
    if (step > 0) seconds.push((performance.now() - before) / 1000);
  }
  return seconds;
}

/** One process with a device of its own, which runs this file with `alone`. */
async function alone(): Promise<Round> {
  const child = fork(import.meta.filename, ["alone"], { silent: true, env: ONE_THREAD });
  let text = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`workers: expected one process to count, got exit code ${code}`);
  return JSON.parse(text) as Round;
}

async function byWorkers(count: number): Promise<Round> {
  const server = await startNatsServer();
  const workers = Array.from({ length: count }, (_, i) => {
    const args = [join(root, "dist/worker.js"), "--server", server.url, "--name", `${i}`];
    return spawn(process.execPath, args, { env: ONE_THREAD, stdio: "ignore" });
  });
  const cluster = new Cluster(await connectNats({ server: server.url, name: "bench" }), {
    version: versions().brenier,
  });
  try {
    using counter = cluster.open(targets(), "gaussian");
    while (cluster.workers < count) {
      counter.setHeights(new Float64Array(N));
      await counter.ask(counting, undefined, { ...draw(0), count: 512 * count });
    }
    const used = () => ({
      workers: workers.reduce((sum, { pid = 0 }) => sum + busy(pid), 0),
      around: busy(process.pid) + busy(server.pid() ?? 0),
    });
    let before = used();
    const seconds = await timed(counter, () => {
      before = used();
    });
    const after = used();
    return {
      way: `${count} worker${count === 1 ? "" : "s"}`,
      seconds,
      counting: (after.workers - before.workers) / STEPS,
      around: (after.around - before.around) / STEPS,
    };
  } finally {
    for (const worker of workers) worker.kill("SIGKILL");
    await cluster.dispose();
    await server.remove();
  }
}

if (process.argv[2] === "alone") {
  await using gpu = await openGpu();
  using cells = new Cells(gpu, targets());
  let before = 0;
  const seconds = await timed(cells, () => {
    before = busy(process.pid);
  });
  const round: Round = { way: "one process", seconds, counting: (busy(process.pid) - before) / STEPS, around: 0 };
  process.stdout.write(JSON.stringify(round));
  process.exit(0);
}

const load = loadavg()[0] as number;
const rounds: Round[] = [];
const note = (round: Round): void => {
  rounds.push(round);
  process.stderr.write(`${JSON.stringify(round)}\n`);
};
for (let n = 0; n < ROUNDS; n++) {
  note(await alone());
  note(await byWorkers(1));
  note(await byWorkers(2));
}
const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] as number;
const rows = ["one process", "1 worker", "2 workers"].map((way) => {
  const own = rounds.filter((round) => round.way === way);
  const seconds = median(own.flatMap((round) => round.seconds));
  return {
    way,
    samplesPerSecond: BATCH / seconds,
    seconds,
    counting: median(own.map((round) => round.counting)),
    around: median(own.map((round) => round.around)),
  };
});
const range = [...rangesOf(counting, undefined, targets(), draw(0))][0]?.count;
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`;
const loads = [load, loadavg()[0] as number];
writeFileSync(
  join(root, "bench/cluster/workers.json"),
  `${JSON.stringify({ machine, loads, targets: N, dimension: D, batch: BATCH, range, rows }, null, 1)}\n`,
);
const [one, single, two] = rows as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0]];
process.stdout.write(
  `${machine}; load ${loads.map((v) => v.toFixed(1)).join(" to ")}; N = ${N}, d = ${D}, ${BATCH} samples a step, ${range} a range

| | samples/s | seconds a step | CPU seconds of who counts | of coordinator and server |
|---|--:|--:|--:|--:|
${rows.map((row) => `| ${row.way} | ${row.samplesPerSecond.toFixed(0)} | ${row.seconds.toFixed(2)} | ${row.counting.toFixed(2)} | ${row.around.toFixed(3)} |`).join("\n")}

2 workers over 1: ${(two.samplesPerSecond / single.samplesPerSecond).toFixed(2)} (at least 1.8 is asked)
1 worker over one process, in time: ${(single.seconds / one.seconds).toFixed(3)} (at most 1.10 is asked)
in CPU seconds, with coordinator and server: ${((single.counting + single.around) / one.counting).toFixed(3)}
`,
);
