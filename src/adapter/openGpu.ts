// Node's entry point: Dawn through the npm package `webgpu`. For other runtimes see
// `web/openGpu.ts`.

import { totalmem } from "node:os";
import { GPU_OPTIONS } from "../kernels/gpu.ts";
import { checkOptions } from "../kernels/options.ts";
import { cacheFolder, tuningCache } from "./cache.ts";
import { napping } from "./nap.ts";
import { openAdapter } from "./openAdapter.ts";
import { AdapterError, type AdapterOptions, type OpenedGpu } from "./opened.ts";
import { pause } from "./pause.ts";
import { versions } from "./versions.ts";

/**
 * Dawn, by the number of threads of a CPU driver, which a driver reads once. The object that
 * `create()` returns must outlive its devices: when it is garbage-collected before them, the
 * process crashes. So it is kept until the process ends, and each opening takes the same one.
 */
const instances = new Map<string, GPU>();
process.once("exit", () => instances.clear()); // the listener keeps the map reachable

/** Which adapter and kernels `openGpu` takes in Node. */
export interface OpenOptions extends AdapterOptions {
  /**
   * Threads of a CPU driver (Mesa's LP_NUM_THREADS, which is set for the whole process before Dawn
   * starts): more threads than cores balance large kernels, and 0 computes on the calling thread.
   * Default: the value of the environment variable, else one thread per core.
   */
  readonly cpuThreads?: number;
}

/**
 * Opens the best adapter with all its limits and the features that kernels use. On a CPU adapter, a
 * wait sleeps between polls (spinning would take a core from the driver) and buffers may take at
 * most half of the machine's memory. On a GPU the first opening measures which kernels are fastest,
 * for a second at most, and keeps the result in the user's cache folder; see `cacheFolder`.
 *
 * Throws AdapterError when Dawn finds no adapter, or only its null backend, which computes nothing,
 * and when the adapter cannot run the kernels that were asked for or computes wrong values; the
 * reason of a signal that is aborted.
 */
export async function openGpu(options: OpenOptions = {}): Promise<OpenedGpu> {
  checkOptions("openGpu", options, ["cpuThreads", "retune", "signal", ...GPU_OPTIONS]);
  const { cpuThreads, ...given } = options;
  if (cpuThreads !== undefined) {
    if (!Number.isInteger(cpuThreads) || cpuThreads < 0 || cpuThreads > 32) {
      throw new RangeError(`openGpu: expected \`cpuThreads\` from 0 to 32, got ${cpuThreads}`);
    }
    process.env["LP_NUM_THREADS"] = String(cpuThreads);
  }
  const threads = process.env["LP_NUM_THREADS"] ?? "";
  // Otherwise the times in an audit record would be multiples of 65 µs.
  const create = await loadDawn();
  const dawn = instances.get(threads) ?? create(["disable-dawn-features=timestamp_quantization"]);
  instances.set(threads, dawn);
  const adapter = await dawn.requestAdapter({ powerPreference: "high-performance" });
  const found = adapter?.info;
  if (!adapter || !found || `${found.vendor}${found.device}${found.description}` === "" || found.vendor === "null") {
    instances.delete(threads); // so that a driver that is installed meanwhile is found
    throw new AdapterError(
      "adapter: expected a WebGPU adapter, Dawn found none; run `npm start` once as root, or install a Vulkan driver " +
        "(mesa-vulkan-drivers 23.2 or newer is a software one)",
    );
  }
  const { brenier, webgpu } = versions();
  return openAdapter(adapter, given, {
    defaults: (_, cpu) => ({ pause, ...(cpu && { wait: napping(), byteLimit: totalmem() / 2 }) }),
    environment: process.env,
    cache: tuningCache(cacheFolder(process.env)),
    versions: [`brenier ${brenier}`, `webgpu ${webgpu}`],
    now: () => performance.now(),
  });
}

/** The package webgpu, which is optional. AdapterError where it is not installed. */
async function loadDawn(): Promise<(flags: string[]) => GPU> {
  try {
    return (await import("webgpu")).create;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new AdapterError(
      "adapter: expected the optional package `webgpu`, which opens adapters in Node, got none; run `npm install webgpu`",
      { cause: error },
    );
  }
}
