// Node's entry point: Dawn through the npm package `webgpu`. Browsers, Deno and workers hand their own GPUDevice to `Gpu`.
import { totalmem } from "node:os";
import { create } from "webgpu";
import { Gpu, type GpuOptions } from "./kernels/gpu.ts";

/** No usable adapter: commands exit with 3. */
export class AdapterError extends Error {}

// What `create()` returned must outlive its devices: when it is collected, the process crashes. The listener on `process` keeps
// this set reachable whatever the caller drops.
const instances = new Set<GPU>();
process.once("exit", () => instances.clear());

export interface NodeGpu {
  readonly gpu: Gpu;
  readonly adapter: AdapterSummary;
  /** Waits for the device and releases everything. Without it the process ends all the same. */
  close(): Promise<void>;
}

/** What a run records about the machine it ran on. */
export interface AdapterSummary {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** True for drivers that run on the CPU, such as Mesa's lavapipe. */
  readonly cpu: boolean;
}

/**
 * Opens the best adapter with all its limits and the features that kernels use. On a CPU adapter, waiting naps between polls
 * (spinning would steal a core from the driver) and buffers are capped at half of the machine's memory.
 *
 * Throws AdapterError when Dawn finds no adapter, or only its null backend, which computes nothing.
 */
export async function openGpu(options: GpuOptions = {}): Promise<NodeGpu> {
  const dawn = create([]);
  instances.add(dawn);
  const adapter = await dawn.requestAdapter({ powerPreference: "high-performance" });
  const found = adapter?.info;
  if (!adapter || !found || `${found.vendor}${found.device}${found.description}` === "" || found.vendor === "null") {
    throw new AdapterError(
      "adapter: expected a WebGPU adapter, Dawn found none; run `npm start` once as root, or install a Vulkan driver " +
        "(mesa-vulkan-drivers 23.2 or newer is a software one)",
    );
  }
  const requiredLimits: Record<string, number> = {};
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(adapter.limits))) {
    const value = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === "number") requiredLimits[name] = value;
  }
  const features: GPUFeatureName[] = ["subgroups", "timestamp-query"];
  const requiredFeatures = features.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
  const cpu = /llvmpipe|lavapipe|swiftshader|softpipe/i.test(
    `${found.description} ${found.device} ${found.architecture}`,
  );
  const defaults: GpuOptions = cpu ? { wait: nap, byteLimit: totalmem() / 2 } : {};
  const gpu = new Gpu(device, { ...defaults, ...options });
  return {
    gpu,
    adapter: { name: found.description || found.device, vendor: found.vendor, architecture: found.architecture, cpu },
    async close() {
      await gpu.close();
      instances.delete(dawn);
    },
  };
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Waits for `promise` with a few immediate polls, then with naps of 0.05 to 0.5 ms between them. */
async function nap<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  for (let turn = 0; !settled; turn++) {
    if (turn >= 8) Atomics.wait(cell, 0, 0, Math.min(0.5, 0.05 * (turn - 7)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}
