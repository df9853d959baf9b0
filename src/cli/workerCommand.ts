import { hostname } from "node:os";
import { openGpu } from "../adapter/openGpu.ts";
import { versions } from "../adapter/versions.ts";
import { lookAtServer } from "../cluster/doctor.ts";
import { fitOf } from "../cluster/fit.ts";
import { identify } from "../cluster/identity.ts";
import { type NatsOptions, openNats } from "../cluster/nats.ts";
import { messengerOver } from "../cluster/natsLink.ts";
import { work, workplaceOn } from "../cluster/work.ts";
import { EXPERIMENTS } from "../experiments/all.ts";
import { oneLine } from "../formats/error.ts";
import { throwIfAborted } from "../kernels/signal.ts";
import { describeFlags, parseArguments, text, toggle, UsageError } from "./arguments.ts";
import { connectionFlags, given, natsOptions } from "./clusterFlags.ts";
import { takeParts } from "./workerParts.ts";

const flags = {
  server: text("URL", "the NATS server, nats://HOST:PORT or tls://HOST:PORT (default $BRENIER_CLUSTER)"),
  ...connectionFlags,
  doctor: toggle("show the server, its streams and the round trip, and what computes here, and end"),
  data: text("DIR", "holds the data sets, a folder each; those that parts need are fetched into it (default data)"),
  name: text("NAME", "what others call this worker (default host and process)"),
} as const;

const usage = `usage: node dist/worker.js --server nats://HOST:PORT [flags]

Counts samples for \`transport --cluster\` and \`train --cluster\`, and makes parts of \`reproduce --cluster\`, on the adapter
of this machine, for as many as ask, until Ctrl-C: the range under way is then finished, and the part given back. Any
number of workers may come and go at any time. Results do not depend on them, since only workers whose adapter, driver,
kernels, versions and bits of scores are the same take part in one run.

flags
${describeFlags(flags)}
exit codes: 2 wrong usage, 3 no adapter, 4 wrong credentials' file, 130 after Ctrl-C, 143 after SIGTERM, 1 anything else
`;

/** `node dist/worker.js`: see `usage`. */
export async function workerCommand(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { help, values } = parseArguments(args, flags, []);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const { server = given("BRENIER_CLUSTER"), name = `${hostname()}-${process.pid}` } = values;
  if (server === undefined) throw new UsageError("--server: expected nats://HOST:PORT, got nothing");
  if (name.length > 100) throw new UsageError(`--name: expected at most 100 characters, got ${name.length}`);
  const options = natsOptions("--server", server, values);
  if (values.doctor === true) {
    await doctor(options, signal);
    return;
  }
  const link = await openNats(options);
  const messenger = messengerOver(link);
  try {
    await using gpu = await openGpu({ signal });
    const identity = await identify(gpu, versions());
    process.stdout.write(`worker ${name}: ${gpu.adapter.name}, waits for ranges and parts at ${server}\n`);
    const say = (line: string): void => void process.stderr.write(`worker ${name}: ${oneLine(line)}\n`);
    let isBusy = false;
    const counting = work(messenger, workplaceOn(gpu, identity), { name, signal, say, isBusy: () => isBusy });
    const making = takeParts(link, messenger, {
      fit: fitOf(identity),
      name,
      signal,
      say,
      busy(is) {
        isBusy = is;
      },
      gpu,
      experiments: EXPERIMENTS,
      dataRoot: values.data ?? "data",
    });
    await Promise.all([counting, making]);
    throwIfAborted(signal);
  } finally {
    await messenger.close();
  }
}

/** Prints what a worker has and sees. */
async function doctor(options: NatsOptions, signal: AbortSignal): Promise<void> {
  const server = await lookAtServer(options);
  await using gpu = await openGpu({ signal });
  const { brenier, webgpu, adapter, choice, probe } = await identify(gpu, versions());
  const rows = [
    ...server,
    ["brenier", `${brenier}, webgpu ${webgpu}`],
    ["adapter", `${adapter.name}, ${adapter.driver}`],
    ["kernels", `${choice.kernels.family}, by ${choice.by}`],
    ["score bits", probe],
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  process.stdout.write(rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join(""));
}
