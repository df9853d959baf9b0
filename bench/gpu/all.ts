// `node .test-build/bench/gpu/all.js [--small] [--minutes N]`: everything that is to be known of a
// real GPU, in one run of at most 8 minutes. After each part its figures are written to
// bench/gpu/RESULTS.md, so that a run that ends early leaves what it has. Parts for which no time
// is left are named as such.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { measurePeak } from "../../src/audit/record/peak.ts";
import { format } from "../../src/kernels/family.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { fill } from "../case.ts";
import { autoencoderCase, autoencoderInputs, autoencoderStep } from "../cases/autoencoder.ts";
import { conv2dCase } from "../cases/conv2d.ts";
import { conv2dTransposeCase } from "../cases/conv2dTranspose.ts";
import { convAutoencoderCase } from "../cases/convAutoencoder.ts";
import { matmulCase } from "../cases/matmul.ts";
import { cpuTime } from "../measure.ts";
import { PEERS } from "../peers/names.ts";
import { root } from "../root.ts";
import { ratesOf, ratioToBest, shareOf } from "../row.ts";
import { measure, type Settings } from "../run.ts";

const { values: flags } = parseArgs({
  options: { small: { type: "boolean", default: false }, minutes: { type: "string", default: "8" } },
});
const minutes = Number(flags.minutes);
if (!(minutes > 0)) throw new RangeError(`all: expected \`--minutes\` above 0, got ${flags.minutes}`);
const { small } = flags;
const left = (): number => 60 * minutes - performance.now() / 1000;
const timeLeft = (): number => 1000 * Math.ceil(Math.max(1, left()));

const gpu = await openGpu();
const { adapter } = gpu;
const peers = existsSync(join(root, "bench/peers/node_modules")) ? PEERS.map(({ name }) => name) : [];
const lines: string[] = [];
let failed = 0;

/** A figure, as a line of the results. */
function tell(what: string, value: string): void {
  console.log(`${what}: ${value}`);
  lines.push(`| ${what} | ${value} |`);
  const head = [
    "# Results on one GPU",
    "",
    `Written by \`node .test-build/bench/gpu/all.js${small ? " --small" : ""}\`${small ? ", whose small sizes try the script and say nothing of speed" : ""}.`,
    "",
    "| what | figure |",
    "| --- | --- |",
  ];
  writeFileSync(join(root, "bench/gpu/RESULTS.md"), `${[...head, ...lines].join("\n")}\n`);
}

const settings: Settings = {
  engine: gpu,
  cpu: adapter.cpu,
  peers: new Set(small ? [] : peers),
  budget: small ? 20 : 200,
  rounds: small ? 1 : 2,
  mismatch(text) {
    failed++;
    tell("error", text);
  },
  notRun: (text) => tell("peer", text),
};

/** The doctor's self-test and its choice of kernels, which it measures anew on a GPU. */
function doctor(): void {
  const args = ["dist/doctor.js", "--json", ...(small ? [] : ["--retune"])];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    timeout: timeLeft(),
  });
  if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1) || "it took too long");
  const { selfTestMs, kernels, subgroupSize } = JSON.parse(stdout) as Record<string, unknown>;
  tell("doctor", `self-test passed in ${selfTestMs} ms; ${JSON.stringify({ kernels, subgroupSize })}`);
}

/** Checks a case of the bench and measures it. */
async function bench(work: Parameters<typeof measure>[1], withPeers: boolean): Promise<void> {
  const row = await measure({ ...settings, peers: withPeers ? settings.peers : new Set() }, work);
  const share = shareOf(row, { cpu: adapter.cpu });
  const ratio = ratioToBest(row, new Set(PEERS.filter(({ webgpu }) => webgpu).map(({ name }) => name)));
  const rate = ((ratesOf(row)?.wall ?? Number.NaN) / 1e9).toFixed(1);
  const parts = [
    `${row.times?.min.toFixed(3)} ms`,
    `${rate} GFLOP/s`,
    `${(100 * (share ?? Number.NaN)).toFixed(0)} % of the register ceiling`,
  ];
  if (ratio !== null) parts.push(`${ratio.toFixed(1)} times the best WebGPU peer`);
  tell(`${work.name}, ${work.shape}`, parts.join(", "));
}

/** The host's share of a default step: the time of the main thread over the wall time. */
async function hostShare(): Promise<void> {
  const batch = small ? 4 : 100;
  const { run, close } = autoencoderStep(gpu, batch, autoencoderInputs(batch));
  for (let i = 0; i < 10; i++) run();
  await gpu.done();
  const steps = small ? 5 : 200;
  const [before, start] = [cpuTime().main, performance.now()];
  for (let i = 0; i < steps; i++) run();
  await gpu.done();
  const [host, wall] = [(cpuTime().main - before) / steps, (performance.now() - start) / steps];
  close();
  const share = `${((100 * host) / wall).toFixed(0)} %`;
  tell("the host's share of a default step", `${host.toFixed(2)} ms of ${wall.toFixed(2)} ms, ${share}`);
}

/** Uniform numbers of mean 0 and the given standard deviation. */
function spread(count: number, seed: number, deviation: number): Float32Array {
  const values = fill(count, seed);
  for (let i = 0; i < count; i++) values[i] = Math.sqrt(12) * deviation * (values[i] as number);
  return values;
}

/** Points × targets per second for normal points, drawn on the device, each with all its signs. */
async function cells(m: number, n: number, d: number): Promise<void> {
  const of = new Cells(gpu, { values: spread(n * d, 1, 1), count: n, dimension: d });
  try {
    of.setHeights(spread(n, 2, 0.1));
    for (const flips of [0, 2, 4] as const) {
      const count = m * 2 ** flips;
      let best = Number.POSITIVE_INFINITY;
      for (let turn = 0; turn < (small ? 2 : 4); turn++) {
        const start = performance.now();
        const counts = await of.count({ seed: 1, stream: 0, first: turn * count, count, ...(flips > 0 && { flips }) });
        best = Math.min(best, (performance.now() - start) / 1000);
        const sum = counts.reduce((a, b) => a + b, 0);
        if (sum !== count) throw new Error(`expected ${count} points in the cells, got ${sum}`);
      }
      const rate = (count * n) / best;
      const flops = `${((2e-9 * d * m * n) / best).toFixed(1)} GFLOP/s of dot products`;
      tell(
        `assignment, N = ${n}, d = ${d}, ${flips} blocks of signs`,
        `${rate.toExponential(2)} points × targets per second, ${flops}`,
      );
    }
  } finally {
    of.dispose();
  }
}

/** The same assignment in PyTorch, where Python finds it. */
function pytorch(m: number, n: number, d: number): void {
  if (spawnSync("python3", ["-c", "import torch"]).status !== 0) {
    tell("PyTorch", "not there");
    return;
  }
  const script = join(root, "bench/gpu/assignment.py");
  const { status, stdout, stderr } = spawnSync("python3", [script, String(m), String(n), String(d)], {
    encoding: "utf8",
    timeout: timeLeft(),
  });
  if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1) ?? "no answer");
  tell("PyTorch, matmul and max", stdout.trim());
}

/** A whole run on MNIST, in a process of its own. */
function wholeRun(): void {
  const folder = mkdtempSync(join(tmpdir(), "brenier-gpu-"));
  try {
    const sizes = small ? ["--limit", "400", "--epochs", "1", "--chi2", "1"] : ["--limit", "60000"];
    const args = ["dist/train.js", "--data", "mnist", "--seed", "1", ...sizes, "--out", join(folder, "run")];
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      timeout: timeLeft(),
    });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    // 1: χ² was not reached, the run is complete
    if (status !== 0 && status !== 1) throw new Error(stderr.trim().split("\n").at(-1) || "it took too long");
    const timing = JSON.parse(readFileSync(join(folder, "run/timing.json"), "utf8")) as Record<string, unknown>;
    tell(`MNIST, ${small ? 400 : 60_000} images, the whole run`, `${seconds} s; ${JSON.stringify(timing)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Part {
  readonly name: string;
  /** Seconds that it takes at most on a GPU. */
  readonly seconds: number;
  run(): unknown;
}

const sides = small ? [64, 128] : [512, 1024, 2048, 4096, 8192];
const [batch, side] = small ? [3, 12] : [64, 28];
const [images, pictures] = small ? [4, 4] : [64, 100];
const clouds: readonly (readonly [m: number, n: number, d: number])[] = small
  ? [[256, 1000, 16]]
  : [
      [65_536, 60_000, 64],
      [16_384, 1_000_000, 128],
    ];

const parts: readonly Part[] = [
  {
    name: "the device",
    seconds: 5,
    async run() {
      tell("adapter", `${adapter.name}, kernels ${format(gpu.kernels)}`);
      const { gflops, gbps } = await measurePeak(gpu, adapter.cpu);
      tell("peak", `${gflops.toFixed(0)} GFLOP/s in registers, ${gbps.toFixed(0)} GB/s copying`);
    },
  },
  { name: "doctor", seconds: 20, run: doctor },
  ...[
    conv2dCase(batch, side, false),
    conv2dCase(batch, side, true),
    conv2dTransposeCase(batch, side),
    convAutoencoderCase(images),
    autoencoderCase(pictures),
  ].map((work): Part => ({ name: work.name, seconds: 15, run: () => bench(work, true) })),
  { name: "the host's share", seconds: 10, run: hostShare },
  ...sides.map((n): Part => ({ name: `matmul ${n}³`, seconds: 25, run: () => bench(matmulCase(n, n, n), n <= 2048) })),
  ...clouds.flatMap(([m, n, d]): Part[] => [
    { name: `assignment, N = ${n}`, seconds: 40, run: () => cells(m, n, d) },
    { name: `PyTorch, N = ${n}`, seconds: 30, run: () => pytorch(m, n, d) },
  ]),
  { name: "a whole run", seconds: 90, run: wholeRun },
];

// A part that hangs, such as a peer, does not hold up the end.
setTimeout(() => {
  tell("ended", `${minutes} minutes are over`);
  process.exit(1);
}, timeLeft()).unref();

for (const { name, seconds, run } of parts) {
  if (left() < seconds) {
    tell(name, `left out: ${left().toFixed(0)} s left`);
    continue;
  }
  try {
    await run();
  } catch (error) {
    failed++;
    tell(`error in ${name}`, error instanceof Error ? error.message : String(error));
  }
}
await gpu.dispose();
process.exitCode = failed > 0 ? 1 : 0;
