// This revision's side of `npm run bench -- --against REV`: the workloads in the library's own
// calls. A later revision compares itself with this one by running this file as it stands here, so
// it is the only file of the comparison that has to follow the library's interface.
import { openGpu } from "../../src/adapter/openGpu.ts";
import { format } from "../../src/kernels/family.ts";
import { Cells, createProblem, type Points, solve } from "../../src/ot/index.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { type Case, fill } from "../case.ts";
import { autoencoderCase } from "../cases/autoencoder.ts";
import { convAutoencoderCase } from "../cases/convAutoencoder.ts";
import { matmulCase } from "../cases/matmul.ts";
import { type CaseName, type Opened, VERSION, type Workload } from "./cases.ts";

export const version: number = VERSION;

export async function open(): Promise<Opened> {
  const gpu = await openGpu();
  return {
    device: `${gpu.adapter.name}, ${format(gpu.kernels)}`,
    workloads: {
      "matmul 512³": () => benchCase(gpu, matmulCase(512, 512, 512)),
      "conv-AE training step, batch 64": () => benchCase(gpu, convAutoencoderCase(64)),
      "default training step, batch 100": () => benchCase(gpu, autoencoderCase(100)),
      "assignment, M = 4096, N = 8192, d = 64": () => assignment(gpu, 4096, 8192, 64),
      "transport solve, N = 1000, d = 16, chi2 .02": () => transport(gpu, 1000, 16, 0.02),
    } satisfies Record<CaseName, () => Workload>,
  };
}

function benchCase(engine: Engine, work: Case): Workload {
  const { run, results } = work.ours(engine, work.inputs());
  return { run, results, done: () => engine.done() };
}

/**
 * Counts of M given samples in the power cells of N targets. The results to compare are the scores
 * and cumulative counts: a sample on the border of two cells may change its cell.
 */
function assignment(gpu: Engine, m: number, n: number, d: number): Workload {
  const samples = cloud(m, d, 2);
  const cells = new Cells(gpu, cloud(n, d, 1));
  cells.setHeights(fill(n, 3));
  return {
    ...inTurn(() => cells.count(samples)),
    async results() {
      const { max } = await cells.assign(samples, ["max"]);
      let sum = 0;
      const totals = Float32Array.from(await cells.count(samples), (count) => {
        sum += count;
        return sum;
      });
      return { max, totals };
    },
  };
}

/**
 * A whole solve, from the warm start to the estimate of χ². The number of steps is compared too.
 */
function transport(gpu: Engine, n: number, d: number, chi2: number): Workload {
  const problem = createProblem(cloud(n, d, 1));
  const whole = () => solve(gpu, problem, { chi2, seed: 1 });
  return {
    ...inTurn(whole),
    async results() {
      const { heights, steps, samples } = await whole();
      return { heights: Float32Array.from(heights), steps: Float32Array.of(steps), samples: Float32Array.of(samples) };
    },
  };
}

/** Runs that are asynchronous and must be awaited one after the other. */
function inTurn(work: () => Promise<unknown>): Pick<Workload, "run" | "done"> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run() {
      last = last.then(work);
    },
    done: () => last,
  };
}

/** Uniform coordinates of variance 1. */
function cloud(count: number, dimension: number, seed: number): Points {
  const values = fill(count * dimension, seed).map((value) => Math.sqrt(12) * value);
  return { values, count, dimension };
}
