// The workloads in the calls of 0.1.0, for revisions that carry no bench/against/workloads.ts of
// their own, from commit cba8f22 on. `--against` copies this file into such a revision's build, in
// the place where the compiled workloads would lie; the comments are in workloads.ts.
import { Cells, createProblem, Engine, solve } from "../../src/index.js";
import { openGpu } from "../../src/node.js";
import { fill } from "../case.js";
import { autoencoderCase } from "../cases/autoencoder.js";
import { convAutoencoderCase } from "../cases/convAutoencoder.js";
import { matmulCase } from "../cases/matmul.js";

export const version = 1;

export async function open() {
  const { gpu, adapter } = await openGpu();
  const engine = new Engine(gpu);
  const { family, tile } = gpu.kernels;
  const tiles = tile === undefined ? "" : ` ${tile.m}x${tile.n}x${tile.k}/${tile.rows}x${tile.columns}`;
  return {
    device: `${adapter.name}, ${family}${tiles}`,
    workloads: {
      "matmul 512³": () => benchCase(engine, matmulCase(512, 512, 512)),
      "conv-AE training step, batch 64": () => benchCase(engine, convAutoencoderCase(64)),
      "default training step, batch 100": () => benchCase(engine, autoencoderCase(100)),
      "assignment, M = 4096, N = 8192, d = 64": () => assignment(gpu, 4096, 8192, 64),
      "transport solve, N = 1000, d = 16, chi2 .02": () => transport(gpu, 1000, 16, 0.02),
    },
  };
}

function benchCase(engine, work) {
  const { run, results } = work.ours(engine, work.inputs());
  return { run, results, done: () => engine.gpu.done() };
}

function assignment(gpu, m, n, d) {
  const samples = cloud(m, d, 2);
  const cells = new Cells(gpu, cloud(n, d, 1));
  cells.setHeights(fill(n, 3));
  return {
    ...inTurn(() => cells.count(samples)),
    async results() {
      // The output `max` was called `best` in earlier revisions.
      const { max, best } = await cells.assign(samples, ["max", "best"]);
      let sum = 0;
      const totals = Float32Array.from(await cells.count(samples), (count) => {
        sum += count;
        return sum;
      });
      return { max: max ?? best, totals };
    },
  };
}

function transport(gpu, n, d, chi2) {
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

function inTurn(work) {
  let last = Promise.resolve();
  return {
    run() {
      last = last.then(work);
    },
    done: () => last,
  };
}

function cloud(count, dimension, seed) {
  const values = fill(count * dimension, seed).map((value) => Math.sqrt(12) * value);
  return { values, count, dimension };
}
