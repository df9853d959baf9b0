// Computes the workload in a page and then in a worker, tries `brenier/worker`, and posts all to
// the server.
import { openGpu } from "../../src/web.ts";
import { remote } from "./remote.ts";
import { workload } from "./workload.ts";

interface Worker {
  onmessage: (event: { readonly data: unknown }) => void;
  onerror: (event: { readonly message?: string }) => void;
}

const { fetch, Worker } = globalThis as unknown as {
  readonly fetch: (path: string, request: { readonly method: string; readonly body: string }) => Promise<unknown>;
  readonly Worker: new (path: string, options: { readonly type: "module" }) => Worker;
};
const post = (path: string, value: unknown) => fetch(path, { method: "POST", body: JSON.stringify(value) });

try {
  const page = await workload(openGpu);
  const worker = await new Promise((resolve, reject) => {
    const started = new Worker("/test/runtimes/worker.js", { type: "module" });
    started.onmessage = ({ data }) => resolve(data);
    started.onerror = ({ message = "no reason" }) => reject(new Error(`the worker failed: ${message}`));
  });
  await post("/done", { page, worker, remote: await remote() });
} catch (error) {
  await post("/failed", String((error as Error).stack ?? error));
}
