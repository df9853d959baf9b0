// `node .test-build/bench/ot.js [--only PART-OF-A-NAME …]`: measures the claims on the transport;
// each result is checked before it is timed or printed. The wall time counts, so nothing else may
// run. The speed by CPU time divided by the number of cores, printed beside it, tells a busy
// machine from slow code.
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { openGpu } from "../src/adapter/openGpu.ts";
import { readIdx } from "../src/formats/idx.ts";
import { symmetricEigen } from "../src/math/linalg.ts";
import { hostRandom } from "../src/math/philox.ts";
import { STREAMS } from "../src/math/streams.ts";
import { Cells } from "../src/ot/cells/cells.ts";
import { evaluateHeights } from "../src/ot/cells/evaluation.ts";
import { certify } from "../src/ot/certificate/certificate.ts";
import type { Points } from "../src/ot/points.ts";
import { createProblem, type Problem } from "../src/ot/problem.ts";
import type { SolveOptions } from "../src/ot/solver/solution.ts";
import { SAMPLES_PER_TARGET, solve } from "../src/ot/solver/solver.ts";

const { values: flags } = parseArgs({ options: { only: { type: "string", multiple: true } } });
const gpu = await openGpu();
console.log(`adapter: ${gpu.adapter.name}, family ${gpu.family}, ${cpus().length} cores`);
let failed = 0;

/** Prints a measured value beside the bound that it must meet; `good` says whether it does. */
function claim(name: string, value: string, must: string, good: boolean): void {
  if (!good) failed++;
  console.log(`${good ? "ok  " : "FAIL"}  ${name.padEnd(46)} ${value.padEnd(40)} must be ${must}`);
}

const CASES: Readonly<Record<string, () => Promise<void>>> = {
  latents: async () => {
    const problem = createProblem(latents(4000, 64));
    const ours = await budgeted(problem, { budget: 2e6 });
    const papers = await budgeted(problem, { budget: 2e6, recipe: "paper", paper: { lr: 1e-1 } });
    claim("N = 4000, d = 64, 2 M samples: χ²", describe(ours), "≤ .006", ours.chi2 <= 0.006);
    claim("  the paper's recipe, same budget", describe(papers), "more than ours", papers.chi2 > ours.chi2);
  },
  ring: async () => {
    const problem = createProblem(
      planar(1000, (i) => [Math.cos((Math.PI * (i % 8)) / 4), Math.sin((Math.PI * (i % 8)) / 4)], 0.01),
    );
    const found = await budgeted(problem, { budget: 2e6 });
    claim("ring, N = 1000, 2 M samples: χ²", describe(found), "≤ .02", found.chi2 <= 0.02);
  },
  grid: async () => {
    const problem = createProblem(planar(1000, (i) => [2 * (i % 5) - 4, 2 * (Math.floor(i / 5) % 5) - 4], 0.05));
    const found = await budgeted(problem, { budget: 2e6 });
    claim("grid, N = 1000, 2 M samples: χ²", describe(found), "≤ .005", found.chi2 <= 0.005);
  },
  line: async () => {
    const random = hostRandom(3, 0);
    const values = Float32Array.from({ length: 300 }, () => random.uniform());
    const found = await budgeted(createProblem({ values, count: 300, dimension: 1 }), { budget: 2e6 });
    claim("line, N = 300, 2 M samples: χ²", describe(found), "≤ .02", found.chi2 <= 0.02);
  },
  certificate: async () => {
    const problem = createProblem(latents(1000, 16));
    const { heights, samplesInAll } = await solve(gpu, problem, { chi2: 0.003, budget: 1.3e6 });
    const cells = new Cells(gpu, problem.targets);
    const bounds = await certify(cells, problem, heights, { samples: 2.5e6 - samplesInAll });
    cells.dispose();
    const value = `${(100 * bounds.gap).toFixed(2)} %, W2 in [${bounds.w2.map((w) => w.toFixed(4)).join(", ")}]`;
    const used = ((samplesInAll + bounds.samples) / 1e6).toFixed(2);
    claim(`W2's bounds, N = 1000, d = 16, ${used} M samples: gap`, value, "≤ 1.5 %", bounds.gap <= 0.015);
  },
  assignment: async () => {
    for (const [d, least] of [
      [16, 40],
      [64, 45],
    ] as const) {
      const rate = await speed(4096, 8192, d, (cells, x) => cells.count(x));
      claim(`assignment, M = 4096, N = 8192, d = ${d}`, rate.text, `≥ ${least} GFLOP/s wall`, rate.wall >= least);
      const top = await speed(4096, 8192, d, (cells, x) => cells.topK(x, 16));
      claim("  the 16 best cells", top.text, "more than 9.5 GFLOP/s wall", top.wall > 9.5);
    }
  },
  large: async () => {
    // Samples are drawn on the device and only counts are read back. bench/gpu/assignment.py does
    // the same in PyTorch.
    const [m, n, d] = [gpu.adapter.cpu ? 2048 : 65_536, 60_000, 64];
    const { text } = await speed(m, n, d, (cells) => cells.count({ seed: 1, stream: 0, first: 0, count: m }));
    console.log(`      assignment, M = ${m}, N = ${n}, d = ${d}: ${text}`);
  },
  memory: async () => {
    const [count, dimension] = [200_000, 100];
    const random = hostRandom(1, 0);
    const values = Float32Array.from({ length: count * dimension }, () => random.uniform() - 0.5);
    const before = gpu.memory().inUse;
    const cells = new Cells(gpu, { values, count, dimension });
    cells.setHeights(new Float64Array(count));
    const counts = await cells.count({ seed: 1, stream: 0, first: 0, count: 2048 });
    await cells.topK({ seed: 1, stream: 0, first: 0, count: 1024 }, 20);
    cells.dispose();
    const peak = (gpu.memory().peak - before) / 1e6;
    const good = peak <= 400 && counts.reduce((a, b) => a + b, 0) === 2048;
    claim("memory, N = 200,000, d = 100", `${peak.toFixed(0)} MB`, "≤ 400 MB", good);
  },
};

interface Found {
  readonly chi2: number;
  readonly sd: number;
  readonly samples: number;
  readonly seconds: number;
}

/** Solves with the whole budget, and evaluates the heights on samples of their own. */
async function budgeted(problem: Problem, options: SolveOptions): Promise<Found> {
  const active = problem.nu.filter((mass) => mass > 0).length;
  // The target χ² for which the solver's law of samples plans 1 / 1.3 of the budget. The first
  // round takes that much, and later rounds take the rest where χ² is not reached.
  const chi2 = SAMPLES_PER_TARGET * (active / (options.budget as number)) * 1.3;
  const { heights, samples, seconds } = await solve(gpu, problem, { chi2, ...options, now: () => performance.now() });
  const cells = new Cells(gpu, problem.targets, problem.source);
  const draw = { seed: 99, stream: STREAMS.source.evaluation, first: 2 ** 40, count: 400_000 };
  const evaluation = await evaluateHeights(cells, heights, problem.nu, draw);
  cells.dispose();
  return { ...evaluation, samples, seconds };
}

const describe = ({ chi2, sd, samples, seconds }: Found): string =>
  `${chi2.toPrecision(3)} ± ${sd.toPrecision(2)} (${(samples / 1e6).toFixed(2)} M, ${seconds.toFixed(1)} s)`;

/**
 * GFLOP/s of 2 M N d operations, by the wall time of the best of 25 runs and by their mean CPU
 * time, after the scores were compared with the host's.
 */
async function speed(m: number, n: number, d: number, run: (cells: Cells, x: Points) => Promise<unknown>) {
  const [targets, x] = [normals(n, d, 1), normals(m, d, 2)];
  const cells = new Cells(gpu, targets);
  const h = Float64Array.from(normals(n, 1, 3).values, (v) => v / 10);
  cells.setHeights(h);
  const { max } = await cells.assign(x, ["max"]);
  for (const at of [0, 7, 1000, m - 1]) {
    let greatest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      let score = h[i] as number;
      for (let k = 0; k < d; k++) score += (x.values[at * d + k] as number) * (targets.values[i * d + k] as number);
      greatest = Math.max(greatest, score);
    }
    if (!(Math.abs(greatest - (max[at] as number)) < 1e-3)) throw new Error(`assignment: wrong score of sample ${at}`);
  }
  let [wall, cpu] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < 25; i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    await run(cells, x);
    wall = Math.min(wall, performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    cpu += (user + system) / 1000 / cpus().length / 25;
  }
  cells.dispose();
  const rate = (ms: number): number => (2 * m * n * d) / ms / 1e6;
  const text = `${rate(wall).toFixed(1)} GFLOP/s wall, ${rate(cpu).toFixed(1)} CPU-normalised`;
  return { wall: rate(wall), text };
}

function normals(count: number, dimension: number, seed: number): Points {
  const random = hostRandom(seed, 0);
  return { values: Float32Array.from({ length: count * dimension }, () => random.normal()), count, dimension };
}

function planar(count: number, mode: (i: number) => readonly [number, number], sd: number): Points {
  const random = hostRandom(7, 0);
  const values = Float32Array.from(
    { length: 2 * count },
    (_, at) => (mode(Math.floor(at / 2))[at % 2] as number) + sd * random.normal(),
  );
  return { values, count, dimension: 2 };
}

/**
 * PCA codes of MNIST's first training images, scaled to mean variance 1; a Gaussian mixture where
 * data/mnist is missing.
 */
function latents(count: number, d: number): Points {
  const path = "data/mnist/train-images-idx3-ubyte";
  if (!existsSync(path)) {
    console.log("      (no data/mnist: a Gaussian mixture)");
    const [centres, noise] = [normals(10, d, 4), normals(count, d, 5)];
    const values = noise.values.map(
      (v, at) => v / (1 + (at % d) / 8) + 2 * (centres.values[(Math.floor(at / d) % 10) * d + (at % d)] as number),
    );
    return { values, count, dimension: d };
  }
  const { data } = readIdx(readFileSync(path), path);
  const pixels = Array.from({ length: 784 }, (_, k) => k);
  const mean = pixels.map((k) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (data[i * 784 + k] as number) / 255 / count;
    return sum;
  });
  // Pixels are pooled 2 × 2 for the eigenvectors. With 196 coordinates, Jacobi's sweeps take
  // seconds.
  const side = 14;
  const size = side * side;
  const pooled = new Float64Array(count * size);
  for (let i = 0; i < count; i++) {
    for (const k of pixels) {
      const at = i * size + ((k >> 1) % side) + side * Math.floor(Math.floor(k / 28) / 2);
      pooled[at] = (pooled[at] as number) + ((data[i * 784 + k] as number) / 255 - (mean[k] as number)) / 4;
    }
  }
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < count; i++) {
    const row = pooled.subarray(i * size, (i + 1) * size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b <= a; b++) {
        covariance[a * size + b] =
          (covariance[a * size + b] as number) + ((row[a] as number) * (row[b] as number)) / count;
      }
    }
  }
  for (let a = 0; a < size; a++)
    for (let b = 0; b < a; b++) covariance[b * size + a] = covariance[a * size + b] as number;
  const { values, vectors } = symmetricEigen(covariance, size);
  const order = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number)).slice(0, d);
  const scale = Math.sqrt(d / order.reduce((sum, e) => sum + (values[e] as number), 0));
  const codes = new Float32Array(count * d);
  for (let i = 0; i < count; i++) {
    order.forEach((e, c) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += (pooled[i * size + k] as number) * (vectors[e * size + k] as number);
      codes[i * d + c] = scale * sum;
    });
  }
  return { values: codes, count, dimension: d };
}

for (const [name, run] of Object.entries(CASES)) {
  if (flags.only === undefined || flags.only.some((part) => name.includes(part))) await run();
}
await gpu.dispose();
process.exitCode = failed > 0 ? 1 : 0;
