// A worker that makes parts of the experiments in fragile.ts: `partWorker.js URL NAME FOLDER
// [CREDS]`.
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { versions } from "../../../src/adapter/versions.ts";
import { runCommand } from "../../../src/cli/command.ts";
import { takeParts } from "../../../src/cli/workerParts.ts";
import { fitOf } from "../../../src/cluster/fit.ts";
import { identify } from "../../../src/cluster/identity.ts";
import { openNats } from "../../../src/cluster/nats.ts";
import { messengerOver } from "../../../src/cluster/natsLink.ts";
import { throwIfAborted } from "../../../src/kernels/signal.ts";
import { EXPERIMENTS } from "./fragile.ts";

await runCommand("worker", async (signal) => {
  const [, , server = "", name = "", dataRoot = "", creds] = process.argv;
  const link = await openNats({ server, name, creds });
  const messenger = messengerOver(link);
  await using gpu = await openGpu();
  const fit = fitOf(await identify(gpu, versions()));
  const say = (line: string): void => void process.stdout.write(`${name}: ${line}\n`);
  say("ready");
  const options = { fit, name, signal, say, busy: () => undefined };
  await takeParts(link, messenger, { ...options, gpu, experiments: EXPERIMENTS, dataRoot });
  await messenger.close();
  throwIfAborted(signal);
});
