// Runs in a process of its own: times the first training step, from the start of Node until the
// loss is read back, and prints the times.

import { openGpu } from "../src/adapter/openGpu.ts";
import { autoencoderInputs, autoencoderStep } from "./cases/autoencoder.ts";
import { convAutoencoderInputs, convAutoencoderStep } from "./cases/convAutoencoder.ts";

const gpu = await openGpu();
const opened = performance.now();
const batch = Number(process.argv[3]);
const { step } =
  process.argv[2] === "default"
    ? autoencoderStep(gpu, batch, autoencoderInputs(batch))
    : convAutoencoderStep(gpu, batch, convAutoencoderInputs(batch));
const [loss] = await gpu.read(step().loss);
const wall = performance.now();
await gpu.done();
const { user, system } = process.cpuUsage();
if (loss === undefined || !Number.isFinite(loss)) throw new Error(`expected a finite loss, got ${loss}`);
process.stdout.write(`${JSON.stringify({ opened, wall, cpu: (user + system) / 1000 })}\n`);
await gpu.dispose();
