// A page whose work is traced from outside, one part at a time; each begins with its host's own
// part, such as pixels and points, behind it.
import { hostRandom } from "../../src/math/philox.ts";
import { openGenerator } from "../../src/models/generator/openGenerator.ts";
import { trainGenerator } from "../../src/models/generator/trainGenerator.ts";
import { pixelSource } from "../../src/models/training/pixelSource.ts";
import { points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { openGpu } from "../../src/web.ts";
import { ring } from "../../test/runtimes/workload.ts";

const { fetch } = globalThis as unknown as {
  readonly fetch: (path: string) => Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>;
};
const file = await (await fetch("/bench/generator.safetensors")).arrayBuffer();
const random = hostRandom(1, 0);
const rows = Float32Array.from({ length: 10_000 * 16 }, () => random.normal());
const problem = createProblem(points("targets", rows, 16));
const size = { height: 28, width: 28, channels: 1 } as const;
const pixels = Uint8Array.from({ length: 784 * 500 }, (_, i) => (37 * i) % 256);
const gpu = await openGpu();

export const WORK = {
  async open() {
    await (await openGpu()).dispose();
  },
  async draw() {
    const generator = await openGenerator(gpu, file);
    await generator.generate({ count: 16, seed: 1 });
    generator.dispose();
  },
  async solve() {
    await ring(gpu);
    await solve(gpu, problem, { seed: 1, maxSteps: 5 });
  },
  async train() {
    const signal = { aborted: false, reason: new Error("enough") };
    const images = pixelSource("train", pixels, size);
    const training = trainGenerator(gpu, { ...size, latent: 64 }, images, {
      epochs: 1,
      batch: 100,
      seed: 1,
      signal,
      onProgress({ stage, step }) {
        signal.aborted ||= stage === "transport" && step >= 3;
      },
    });
    await training.catch((error: unknown) => {
      if (error !== signal.reason) throw error;
    });
  },
} as const;

/** Does a part, between two marks in the trace, once what came before it has settled. */
Object.assign(globalThis, {
  async work(name: keyof typeof WORK): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 300));
    performance.mark("begin");
    await WORK[name]();
    performance.mark("end");
  },
});
