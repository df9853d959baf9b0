// A process of its own: the first training step, from the start of Node to the loss in the caller's
// hands. Prints its times.

import { openGpu } from "../src/adapter/openGpu.ts";
import { Engine } from "../src/index.ts";
import { autoencoderInputs, autoencoderStep } from "./cases/autoencoder.ts";
import { convAutoencoderInputs, convAutoencoderStep } from "./cases/convAutoencoder.ts";

const node = await openGpu();
const opened = performance.now();
const engine = new Engine(node.gpu);
const batch = Number(process.argv[3]);
const { step } =
  process.argv[2] === "default"
    ? autoencoderStep(engine, batch, autoencoderInputs(batch))
    : convAutoencoderStep(engine, batch, convAutoencoderInputs(batch));
const [loss] = await engine.read(step().loss);
const wall = performance.now();
await node.gpu.done();
const { user, system } = process.cpuUsage();
if (loss === undefined || !Number.isFinite(loss)) throw new Error(`expected a finite loss, got ${loss}`);
process.stdout.write(`${JSON.stringify({ opened, wall, cpu: (user + system) / 1000 })}\n`);
await node.dispose();
