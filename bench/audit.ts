// The cost of an audit record: training steps with and without one, in turns.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditOptions, recordAudit } from "../src/audit/index.ts";
import { autoencoderTask } from "../src/models/autoencoder/trainAutoencoder.ts";
import { createAutoencoder, initParameters } from "../src/models/index.ts";
import { Training } from "../src/models/training/training.ts";
import { openGpu } from "../src/node.ts";
import { fill } from "./case.ts";
import { convAutoencoderInputs, convAutoencoderStep } from "./cases/convAutoencoder.ts";

const [BATCH, ROUNDS, STEPS] = [100, Number(process.argv[2] ?? 8), 4];

const gpu = await openGpu();

/** Takes one training step after another; `number` is that of the step. */
interface Steps {
  readonly name: string;
  next(): void;
  close(): void;
}

function defaultSteps(): Steps {
  const config = { height: 28, width: 28, channels: 1, latent: 64 };
  const pixels = fill(BATCH * 784, 1).map((value) => value + 0.5);
  const images = { count: BATCH, batch: () => pixels };
  const model = createAutoencoder(gpu, config, initParameters(config, 1));
  const training = new Training(autoencoderTask(model), images, { epochs: 1_000_000, batch: BATCH, seed: 1 });
  return { name: "default model, batch 100", next: () => training.next(), close: () => training.dispose() };
}

function smallSteps(): Steps {
  const { run, close } = convAutoencoderStep(gpu, BATCH, convAutoencoderInputs(BATCH));
  return { name: "small conv-AE, batch 100", next: run, close };
}

interface Cost {
  readonly wall: number;
  /**
   * CPU time of all threads of the process. With a CPU driver on a shared machine it is more
   * reliable than the wall time.
   */
  readonly cpu: number;
}

/** Prints milliseconds of a step with and without a record, medians of rounds in turns. */
async function cost(steps: Steps, variants: readonly (Omit<AuditOptions, "folder"> | undefined)[]): Promise<void> {
  const costs = variants.map((): Cost[] => []);
  let step = 0;
  for (let round = -1; round < ROUNDS; round++) {
    for (const [i, options] of variants.entries()) {
      const folder = mkdtempSync(join(tmpdir(), "brenier-audit-"));
      const recorder = options === undefined ? undefined : await recordAudit(gpu, { folder, ...options });
      recorder?.phase({ stage: "warm" });
      steps.next(); // the first step writes the kernel texts
      await gpu.done();
      await recorder?.drain();
      const [start, before] = [performance.now(), process.cpuUsage()];
      for (let n = 0; n < STEPS; n++) {
        recorder?.phase({ stage: "autoencoder", epoch: 1, step: step++ });
        steps.next();
      }
      await gpu.done();
      await recorder?.drain();
      const { user, system } = process.cpuUsage(before);
      const wall = (performance.now() - start) / STEPS;
      if (round >= 0) costs[i]?.push({ wall, cpu: (user + system) / 1000 / STEPS });
      await recorder?.finish();
      rmSync(folder, { recursive: true });
    }
  }
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const of = (i: number): Cost => ({
    wall: median(costs[i]?.map(({ wall }) => wall) ?? []),
    cpu: median(costs[i]?.map(({ cpu }) => cpu) ?? []),
  });
  const bare = of(0);
  console.log(`${steps.name}: without a record ${bare.wall.toFixed(1)} ms, ${bare.cpu.toFixed(1)} ms of CPU`);
  for (const [i, options] of variants.entries()) {
    if (options === undefined) continue;
    const { wall, cpu } = of(i);
    const percent = (a: number, b: number): string => `${a >= b ? "+" : ""}${(100 * (a / b - 1)).toFixed(1)} %`;
    console.log(`  ${JSON.stringify(options)}: ${percent(wall, bare.wall)} wall, ${percent(cpu, bare.cpu)} CPU`);
  }
  steps.close();
}

const variants = [undefined, { times: false }, { times: true }, { level: "digests" }] as const;
await cost(defaultSteps(), variants);
await cost(smallSteps(), variants);
await gpu.dispose();
