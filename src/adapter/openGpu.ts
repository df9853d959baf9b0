// Node's entry point: Dawn through the npm package `webgpu`. Browsers, Deno and workers hand their
// own GPUDevice to `Gpu`.

import { totalmem } from "node:os";
import { create } from "webgpu";
import type { Device } from "../kernels/device.ts";
import { type KernelConfig, kernelsOf, resolveKernels } from "../kernels/family.ts";
import { GPU_OPTIONS, type GpuOptions } from "../kernels/gpu.ts";
import { oneLine } from "../kernels/oneLine.ts";
import { checkOptions } from "../kernels/options.ts";
import { type Signal, throwIfAborted } from "../kernels/signal.ts";
import { autotune, TUNED } from "../tensor/diagnostics/autotune.ts";
import { selfTest } from "../tensor/diagnostics/selfTest.ts";
import { Engine } from "../tensor/engine.ts";
import { cacheFolder, tuningCache } from "./cache.ts";
import { type Choice, chooseConfig } from "./choice.ts";
import { napping } from "./nap.ts";
import { pause } from "./pause.ts";
import { versions } from "./versions.ts";

/**
 * Milliseconds for measuring kernels: TUNE_MS at the first opening of a GPU, which should be quick,
 * and RETUNE_MS where the user asks for a measurement.
 */
const TUNE_MS = 900;
const RETUNE_MS = 5000;

/** Thrown when there is no usable adapter; commands then exit with 3. */
export class AdapterError extends Error {}

// The object that `create()` returned must outlive its devices: when it is garbage-collected before
// them, the process crashes. The listener on `process` keeps this set reachable whatever the caller
// drops.
const instances = new Set<GPU>();
process.once("exit", () => instances.clear());

export interface OpenOptions extends GpuOptions {
  /**
   * Threads of a CPU driver (Mesa's LP_NUM_THREADS, which is set for the whole process before Dawn
   * starts): more threads than cores balance large kernels, and 0 computes on the calling thread.
   * Default: the value of the environment variable, else one thread per core.
   */
  readonly cpuThreads?: number;
  /**
   * Measures all kernels for some seconds even where an earlier measurement is known or none is
   * needed. Default: false.
   */
  readonly retune?: boolean;
  /** Once it is aborted, opening ends with its reason, between two measurements. */
  readonly signal?: Signal | undefined;
}

/** What a run records about the machine it ran on. */
export interface AdapterSummary {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** The driver's description of itself, with its version. */
  readonly driver: string;
  /** True for drivers that run on the CPU, such as Mesa's lavapipe. */
  readonly cpu: boolean;
}

/** What opening an adapter found out about it. */
interface Opening {
  readonly adapter: AdapterSummary;
  readonly choice: Choice;
  readonly cachePath: string;
  readonly selfTestMs: number;
  readonly queue: () => Engine;
  readonly onDispose: () => void;
}

/** An engine on an adapter that `openGpu` found; all functions of the library take it. */
export class OpenedGpu extends Engine {
  readonly adapter: AdapterSummary;
  /** Which kernels run, who chose them, and the measurement. */
  readonly choice: Choice;
  /** Path of the file that caches measurements. */
  readonly cachePath: string;
  /** Milliseconds that the self-test took. */
  readonly selfTestMs: number;
  /**
   * Makes another engine on the same device with the same kernels and limits, whose commands the
   * hook of the first one does not see.
   */
  readonly queue: () => Engine;
  readonly #onDispose: () => void;

  constructor(device: Device, options: GpuOptions, opening: Opening) {
    super(device, options);
    this.adapter = opening.adapter;
    this.choice = opening.choice;
    this.cachePath = opening.cachePath;
    this.selfTestMs = opening.selfTestMs;
    this.queue = opening.queue;
    this.#onDispose = opening.onDispose;
  }

  /** Waits for the device and frees everything. The process can end without this call. */
  override async dispose(): Promise<void> {
    await super.dispose();
    this.#onDispose();
  }
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
  const { cpuThreads, retune = false, signal, onCommand, ...given } = options;
  if (cpuThreads !== undefined) {
    if (!Number.isInteger(cpuThreads) || cpuThreads < 0 || cpuThreads > 32) {
      throw new RangeError(`openGpu: expected \`cpuThreads\` from 0 to 32, got ${cpuThreads}`);
    }
    process.env["LP_NUM_THREADS"] = String(cpuThreads);
  }
  // Otherwise the times in an audit record would be multiples of 65 µs.
  const dawn = create(["disable-dawn-features=timestamp_quantization"]);
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
  const defaults: GpuOptions = { pause, ...(cpu && { wait: napping(), byteLimit: totalmem() / 2 }) };
  const cache = tuningCache(cacheFolder(process.env));
  const { brenier, webgpu } = versions();
  const { vendor, architecture, device: model, description: driver } = found;
  const name = driver || model;
  const optionsOf = ({ family, tile }: KernelConfig): GpuOptions => ({ ...defaults, ...given, family, tile });
  const open = (kernels: KernelConfig): Engine => new Engine(device, optionsOf(kernels));
  try {
    const choice = await chooseConfig({
      wanted: options,
      environment: process.env,
      cpu,
      key: [vendor, architecture, model, driver, `brenier ${brenier}`, `webgpu ${webgpu}`, TUNED].join(" | "),
      cache,
      retune,
      resolve: (wanted) => resolveKernels(device, wanted),
      tune: () =>
        autotune(open, kernelsOf(device), {
          now: () => performance.now(),
          budget: retune ? RETUNE_MS : TUNE_MS,
          signal,
        }),
    });
    const start = performance.now();
    // The self-test has a queue of its own, so that records and counts begin after it.
    await selfTest(open(choice.kernels));
    const selfTestMs = performance.now() - start;
    await pause(signal);
    return new OpenedGpu(
      device,
      { ...optionsOf(choice.kernels), ...(onCommand && { onCommand }) },
      {
        adapter: { name, vendor, architecture, device: model, driver, cpu },
        choice,
        cachePath: cache.path,
        selfTestMs,
        queue: () => open(choice.kernels),
        onDispose: () => void instances.delete(dawn),
      },
    );
  } catch (error) {
    device.destroy();
    throwIfAborted(signal);
    if (error instanceof RangeError) throw error;
    throw new AdapterError(`adapter: ${name} cannot be used: ${oneLine((error as Error).message)}`, { cause: error });
  }
}
