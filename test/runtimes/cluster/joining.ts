// Counts for a cluster in a page or in Deno, until a coordinator of another version refuses it, and
// tells what it was told.

import type { OpenedGpu } from "../../../src/adapter/opened.ts";
import { type JoinOptions, type JoinProgress, joinCluster } from "../../../src/cluster/index.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { normals } from "../../ot/instances.ts";

/** The problem that is counted, in one range. */
export const TARGETS = normals(1000, 32, 2);
export const DRAW = { seed: 1, stream: 3, first: 0, count: 8192 } as const;
export const HEIGHTS = Float64Array.from({ length: TARGETS.count }, (_, i) => (i % 7) / 10);

/** What a worker tells at its end. */
export interface Joined {
  readonly counts: readonly number[];
  readonly progress: JoinProgress;
  readonly told: readonly string[];
  readonly end: string;
  /** What wrong servers and credentials were told to be. */
  readonly errors: readonly string[];
}

export async function joining(
  gpu: OpenedGpu,
  [server = "", creds = "", foreign = ""]: readonly string[],
  name: string,
): Promise<Joined> {
  using cells = new Cells(gpu, TARGETS);
  cells.setHeights(HEIGHTS);
  const counts = await cells.count(DRAW);
  const errors: string[] = [];
  for (const wrong of [
    { server: "nats://127.0.0.1:4222" },
    { server: "ws://u:p@127.0.0.1:80" },
    { server: "ws://192.0.2.1:80" },
    { server: "ws://192.0.2.1:80", creds },
    { server: "ws://127.0.0.1:1" },
    { server },
    { server, creds: "hello" },
    { server, creds: foreign },
    { server, name: "x".repeat(101) },
    { server: `${server}/path` },
    { server, creds: 5 },
    { server, name: "" },
    { server, insecure: "no" },
    { server, onMessage: "log" },
  ]) {
    errors.push(await joinCluster(gpu, wrong as JoinOptions).catch((error: Error) => error.message));
  }
  const told: string[] = [];
  let progress: JoinProgress = { ranges: 0, samples: 0 };
  const stop = new AbortController();
  const onProgress = (now: JoinProgress): void => {
    progress = now;
  };
  const onMessage = (line: string): void => {
    told.push(line);
    if (line.includes("expected brenier 0.0.1")) stop.abort(new Error("enough"));
  };
  const options = { server, creds, name, onProgress, onMessage, signal: stop.signal };
  const end = await joinCluster(gpu, options).catch((error: Error) => error.message);
  return { counts: [...counts], progress, told, end, errors };
}
