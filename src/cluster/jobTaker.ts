import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer, JsMsg } from "@nats-io/jetstream";
import { oneLine } from "../kernels/oneLine.ts";
import type { Signal } from "../kernels/signal.ts";
import { type Files, openFiles, type Stores } from "./jetstream.ts";
import { bucketOf, consumerOf, type Job, readJob, STREAM, SUBJECTS, type Told } from "./jobMessages.ts";
import type { Messenger } from "./messenger.ts";
import { encodeValue, type Value } from "./values.ts";

export interface TakeOptions {
  /** Whose jobs are taken: see `fitOf`. */
  readonly fit: string;
  /** The worker's name for people. */
  readonly name: string;
  /** Once it is aborted, the job under way is given back, and the work ends. */
  readonly signal: Signal;
  readonly say: (line: string) => void;
  /** Makes the file of a job and puts it among the files. */
  readonly make: (job: Job, files: Files) => Promise<void>;
  /** Told when a job begins and ends. */
  readonly busy: (isBusy: boolean) => void;
}

const LOOK_MS = 1000;
const NANOSECONDS = 1e6;
/** A job that failed is not given out again at once. */
const REST_MS = 500;

/** Takes jobs from the queue, one after the other, until the signal is aborted. */
export async function takeJobs(stores: Stores, messenger: Messenger, options: TakeOptions): Promise<void> {
  const { fit, signal, say } = options;
  while (!signal.aborted) {
    // The queue is there once a coordinator has come.
    const consumer = await stores.client.consumers.get(STREAM, consumerOf(fit)).catch(() => undefined);
    if (consumer === undefined) await sleep(LOOK_MS);
    else {
      try {
        await takeFrom(consumer, stores, messenger, options);
      } catch (error) {
        if (!signal.aborted) say(`looks for jobs again: ${oneLine((error as Error).message)}`);
        await sleep(LOOK_MS);
      }
    }
  }
}

async function takeFrom(consumer: Consumer, stores: Stores, messenger: Messenger, options: TakeOptions): Promise<void> {
  const { ack_wait: wait = 30_000 * NANOSECONDS } = (await consumer.info()).config;
  while (!options.signal.aborted) {
    const message = await consumer.next({ expires: LOOK_MS });
    if (message === null) continue;
    const job = readJob(message.data);
    if (job === undefined) {
      options.say(`dropped a job that is none, of ${message.data.length} bytes`);
      message.term();
      continue;
    }
    const alive = setInterval(() => message.working(), wait / NANOSECONDS / 3);
    options.busy(true);
    try {
      await take(job, message, { stores, messenger, options });
    } finally {
      clearInterval(alive);
      options.busy(false);
    }
  }
}

interface Context {
  readonly stores: Stores;
  readonly messenger: Messenger;
  readonly options: TakeOptions;
}

async function take(job: Job, message: JsMsg, { stores, messenger, options }: Context): Promise<void> {
  const { name, signal, say, make } = options;
  const { set, file } = job;
  const times = message.info.deliveryCount;
  const tell = (kind: Told["kind"], text = ""): void =>
    messenger.publish(SUBJECTS.told(set), encodeValue({ file, name, kind, times, text } satisfies Told as Value));
  if (signal.aborted) {
    message.nak();
    return;
  }
  tell("began");
  try {
    const files = await openFiles(stores, bucketOf(set));
    // Another may have made it, whose acknowledgement was lost.
    if (!(await files.has(file))) await make(job, files);
    message.ack();
  } catch (error) {
    if (signal.aborted) {
      tell("gave back");
      message.nak();
      return;
    }
    const text = oneLine(error instanceof Error ? error.message : String(error)).slice(0, 1000);
    say(`${file} failed: ${text}`);
    tell("failed", text);
    message.nak(REST_MS);
  }
}
