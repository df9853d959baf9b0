import type { OpenedGpu } from "../adapter/opened.ts";
import { RELEASE } from "../adapter/release.ts";
import { host } from "../adapter/web/host.ts";
import { checkOptions, kindOf } from "../kernels/options.ts";
import { type Cancellable, throwIfAborted } from "../kernels/signal.ts";
import { identify } from "./identity.ts";
import { newId } from "./messages.ts";
import { messengerOver } from "./natsLink.ts";
import { openWebSocket } from "./webSocket.ts";
import { work, workplaceOn } from "./work.ts";

/** What a worker has counted so far. */
export interface JoinProgress {
  /** Ranges of samples that were answered. */
  readonly ranges: number;
  readonly samples: number;
}

/** Which server a worker counts for, and how. */
export interface JoinOptions extends Cancellable {
  /** The server's port for WebSockets: wss://HOST:PORT, or ws://HOST:PORT on this machine. */
  readonly server: string;
  /** The text of a .creds file, or the seed of an nkey, SU…. Default: none. */
  readonly creds?: string;
  /** Takes a server on another machine without TLS or without credentials. Default: false. */
  readonly insecure?: boolean;
  /** What others call this worker, in 1 to 100 characters. Default: page and a random number. */
  readonly name?: string;
  /** Called after each range. */
  readonly onProgress?: (progress: JoinProgress) => void;
  /** Told in a line why a coordinator refuses this worker, and what went wrong with a range. */
  readonly onMessage?: (line: string) => void;
}

/**
 * Counts samples for `transport --cluster` and `train --cluster` on this device, for as many as
 * ask, in the way of `node dist/worker.js`: each coordinator checks who counts, and what comes
 * back. It imports the package @nats-io/nats-core when it is called.
 *
 * Rejects with the reason of `signal` once it is aborted and the range under way is answered, and
 * with an error where the server cannot be reached, stays away for two minutes, or refuses the
 * credentials, and where the device is lost. RangeError or TypeError for wrong options, DataError
 * for credentials that are none.
 */
export async function joinCluster(gpu: OpenedGpu, options: JoinOptions): Promise<never> {
  checkOptions("joinCluster", options, ["server", "creds", "insecure", "name", "onProgress", "onMessage", "signal"]);
  const { server, creds, insecure, name = `page-${newId().slice(0, 8)}`, signal, onProgress, onMessage } = options;
  checkTypes(options);
  if (name.length === 0 || name.length > 100) {
    throw new RangeError(`joinCluster: expected a \`name\` of 1 to 100 characters, got ${name.length}`);
  }
  throwIfAborted(signal);
  const given = creds === undefined ? undefined : { text: creds, from: "creds" };
  const messenger = messengerOver(await openWebSocket({ server, creds: given, insecure, name: `brenier ${name}` }));
  try {
    const identity = await identify(gpu, { brenier: RELEASE, webgpu: host.navigator?.userAgent ?? "none" });
    let progress: JoinProgress = { ranges: 0, samples: 0 };
    await work(messenger, workplaceOn(gpu, identity), {
      name,
      signal,
      answered(samples) {
        progress = { ranges: progress.ranges + 1, samples: progress.samples + samples };
        onProgress?.(progress);
      },
      ...(onMessage && { say: onMessage }),
    });
    throwIfAborted(signal);
    throw new Error("joinCluster: expected work without an end, got its end");
  } finally {
    await messenger.close();
  }
}

const TYPES = {
  server: "string",
  creds: "string",
  insecure: "boolean",
  name: "string",
  onProgress: "function",
  onMessage: "function",
} as const;

/** TypeError for an option of another type. */
function checkTypes(options: JoinOptions): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const value = options[name as keyof typeof TYPES];
    if (value === undefined || typeof value === type) continue;
    throw new TypeError(`joinCluster: expected a ${type} as \`${name}\`, got ${kindOf(value)}`);
  }
}
