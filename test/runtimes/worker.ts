// Computes the workload in a worker.
import { openGpu } from "../../src/web.ts";
import { workload } from "./workload.ts";

const { postMessage } = globalThis as unknown as { readonly postMessage: (value: unknown) => void };
postMessage(await workload(openGpu).catch((error: unknown) => ({ failed: String((error as Error).stack ?? error) })));
