import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenedGpu } from "../adapter/opened.ts";
import { openJetStream, type Stores } from "../cluster/jetstream.ts";
import { type TakeOptions, takeJobs } from "../cluster/jobTaker.ts";
import type { Messenger } from "../cluster/messenger.ts";
import type { NatsLink } from "../cluster/natsLink.ts";
import type { Experiment } from "../experiments/lab/experiment.ts";
import { Making } from "../experiments/lab/jobs.ts";
import { oneLine } from "../kernels/oneLine.ts";

type PartOptions = Omit<TakeOptions, "make"> & {
  readonly gpu: OpenedGpu;
  readonly experiments: readonly Experiment[];
  readonly dataRoot: string;
};

const silent = { update() {}, begin() {}, end() {} };

/**
 * Makes parts of experiments, until the signal is aborted; none where the server has no JetStream.
 */
export async function takeParts(link: NatsLink, messenger: Messenger, options: PartOptions): Promise<void> {
  let stores: Stores;
  try {
    stores = await openJetStream(link);
  } catch (error) {
    options.say(`takes no parts of reproduce: ${oneLine((error as Error).message)}`);
    return;
  }
  let making: Making | undefined;
  let remove = (): void => undefined;
  // A worker that only counts needs no folder. It goes with the process in any case.
  const start = (): Making => {
    const folder = mkdtempSync(join(tmpdir(), "brenier-worker-"));
    remove = () => rmSync(folder, { recursive: true, force: true });
    process.once("exit", remove);
    return new Making({ ...options, folder, progress: silent });
  };
  const { say } = options;
  try {
    await takeJobs(stores, messenger, {
      ...options,
      async make(job, files) {
        const begin = performance.now();
        making ??= start();
        await making.make(job.set, job.file, job.about, files);
        say(`made ${job.file} in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
      },
    });
  } finally {
    await making?.close();
    process.off("exit", remove);
    remove();
  }
}
