import { setTimeout as sleep } from "node:timers/promises";
import type { OpenedGpu } from "../adapter/opened.ts";
import { versions } from "../adapter/versions.ts";
import { fitOf } from "../cluster/fit.ts";
import { identify } from "../cluster/identity.ts";
import { JobGiver } from "../cluster/jobGiver.ts";
import { queueLines, queuesAt } from "../cluster/jobQueues.ts";
import { type NatsOptions, openNats } from "../cluster/nats.ts";
import { messengerOver } from "../cluster/natsLink.ts";
import { comesAlong, keepFile, makersOf, offerFiles } from "../experiments/lab/jobs.ts";
import type { ReproduceOptions } from "../experiments/lab/reproduce.ts";
import { sha256 } from "../files/sha256.ts";
import { oneLine } from "../formats/error.ts";
import { type Signal, throwIfAborted } from "../kernels/signal.ts";

type Given = Pick<ReproduceOptions, "folder" | "profile" | "seed" | "progress" | "signal"> & {
  readonly gpu: OpenedGpu;
};

/** Has `body` give its parts to the workers at a server. */
export async function withWorkers(
  server: NatsOptions,
  { gpu, folder, profile, seed, progress, signal }: Given,
  body: (makers: NonNullable<ReproduceOptions["makers"]>) => Promise<void>,
): Promise<void> {
  const identity = await identify(gpu, versions());
  const link = await openNats(server);
  const messenger = messengerOver(link);
  try {
    const giver = await JobGiver.open(link, messenger, {
      set: sha256(JSON.stringify([fitOf(identity), profile, seed])).slice(0, 16),
      title: `reproduce --profile ${profile} --seed ${seed}`,
      identity,
      signal,
      say: (line) => progress.end(line),
      take: (file, bytes) => keepFile(folder, file, bytes),
      isTaken: comesAlong,
    });
    try {
      await offerFiles(folder, giver.files);
      await body(makersOf(giver, profile, seed));
    } finally {
      await giver.close();
    }
  } finally {
    await messenger.close();
  }
}

const LOOK_MS = 1000;

/** Prints the queues at a server whenever they change, until there is none or the user stops. */
export async function watchQueues(server: NatsOptions, signal: Signal): Promise<void> {
  const link = await openNats(server);
  try {
    for (let before = ""; ; await sleep(LOOK_MS)) {
      throwIfAborted(signal);
      const queues = await queuesAt(link.connection);
      const text = queues.flatMap(queueLines).map(oneLine).join("\n"); // others wrote them
      const news = text.replaceAll(/, \d+ s$/gm, ""); // time alone is none
      if (queues.length === 0) {
        process.stdout.write(`no reproduce --cluster is at work at ${link.host}\n`);
        return;
      }
      if (news !== before) process.stdout.write(`${text}\n`);
      before = news;
    }
  } finally {
    await link.connection.close();
  }
}
