import type { OpenedGpu } from "brenier/web";
import type { RemoteWorker } from "brenier/worker";

let opened: Promise<OpenedGpu> | undefined;
let latest: OpenedGpu | undefined;
/** Time in which a browser tells of a lost GPU after the first call that fails for it. */
const TOLD_MS = 200;

/**
 * The GPU of this page: the same for all chapters, another after it was lost. Rejects with the one
 * line that says why there is none.
 */
export function sharedGpu(): Promise<OpenedGpu> {
  opened ??= open();
  opened.catch(() => {
    opened = undefined; // the next chapter may find one
  });
  return opened;
}

async function open(): Promise<OpenedGpu> {
  const { openGpu, localTunings } = await import("brenier/web");
  const gpu = await openGpu({ cache: localTunings() });
  latest = gpu;
  void gpu.lost.then(() => {
    opened = undefined;
  });
  return gpu;
}

/** Whether the GPU that was opened last was lost. */
export const isLost = (): Promise<boolean> =>
  Promise.race([
    latest?.lost.then(() => true) ?? Promise.resolve(false),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), TOLD_MS)),
  ]);

/** A worker that waits for calls. */
export async function startWorker(): Promise<RemoteWorker> {
  const { connect } = await import("brenier/worker");
  return connect(new Worker(new URL("worker.js", document.baseURI), { type: "module" }));
}
