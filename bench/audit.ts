// What a record costs: training steps with and without one, in turns.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAutoencoder, Engine, firstParameters } from "../src/index.ts";
import { Training } from "../src/models/trainAutoencoder.ts";
import { type AuditOptions, openGpu, recordAudit } from "../src/node.ts";
import { fill } from "./case.ts";
import { convAutoencoderInputs, convAutoencoderStep } from "./cases/convAutoencoder.ts";

const [BATCH, ROUNDS, STEPS] = [100, 12, 4];

const node = await openGpu();
const engine = new Engine(node.gpu);

/** One training step after another; the number is that of the step. */
interface Steps {
  readonly name: string;
  next(): void;
  close(): void;
}

function defaultSteps(): Steps {
  const config = { height: 28, width: 28, channels: 1, latent: 64 };
  const pixels = fill(BATCH * 784, 1).map((value) => value + 0.5);
  const images = { count: BATCH, batch: () => pixels };
  const model = createAutoencoder(engine, config, firstParameters(config, 1));
  const training = new Training(model, images, { epochs: 1_000_000, batch: BATCH, seed: 1 });
  return { name: "default model, batch 100", next: () => training.next(), close: () => training.close() };
}

function smallSteps(): Steps {
  const { run, close } = convAutoencoderStep(engine, BATCH, convAutoencoderInputs(BATCH));
  return { name: "small conv-AE, batch 100", next: run, close };
}

/** Milliseconds of a step: the best of what a round of steps takes on average, and the median. */
async function cost(steps: Steps, variants: readonly (Omit<AuditOptions, "folder"> | undefined)[]): Promise<void> {
  const times = variants.map((): number[] => []);
  let step = 0;
  for (let round = -1; round < ROUNDS; round++) {
    for (const [i, options] of variants.entries()) {
      const folder = mkdtempSync(join(tmpdir(), "brenier-audit-"));
      const recorder = options === undefined ? undefined : await recordAudit(node, engine, { folder, ...options });
      recorder?.phase({ stage: "warm" });
      steps.next(); // texts are written with the first
      await node.gpu.done();
      await recorder?.drain();
      const start = performance.now();
      for (let n = 0; n < STEPS; n++) {
        recorder?.phase({ stage: "autoencoder", epoch: 1, step: step++ });
        steps.next();
      }
      await node.gpu.done();
      if (options?.level === "digests") await recorder?.drain();
      if (round >= 0) times[i]?.push((performance.now() - start) / STEPS);
      await recorder?.close();
      rmSync(folder, { recursive: true });
    }
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const [bare = Number.NaN, ...rest] = times.map(median);
  console.log(`${steps.name}: bare ${bare.toFixed(2)} ms`);
  for (const [i, ms] of rest.entries()) {
    console.log(`  ${JSON.stringify(variants[i + 1])}: ${ms.toFixed(2)} ms, ${(100 * (ms / bare - 1)).toFixed(1)} %`);
  }
  steps.close();
}

const variants = [undefined, { times: false }, { times: true }, { level: "digests" }] as const;
await cost(defaultSteps(), variants);
await cost(smallSteps(), variants);
await node.close();
