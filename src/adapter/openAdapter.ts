// What opening an adapter takes in every runtime: its features and limits, the choice of kernels,
// and a self-test.
import { type KernelConfig, kernelsOf, resolveKernels } from "../kernels/family.ts";
import type { GpuOptions } from "../kernels/gpu.ts";
import { oneLine } from "../kernels/oneLine.ts";
import { throwIfAborted } from "../kernels/signal.ts";
import { autotune, TUNED } from "../tensor/diagnostics/autotune.ts";
import { selfTest } from "../tensor/diagnostics/selfTest.ts";
import { Engine } from "../tensor/engine.ts";
import { chooseConfig } from "./choice.ts";
import { AdapterError, type AdapterOptions, OpenedGpu } from "./opened.ts";
import type { TuningCache } from "./tunings.ts";

/**
 * Milliseconds for measuring kernels: TUNE_MS at the first opening of a GPU, which should be quick,
 * and RETUNE_MS where the user asks for a measurement.
 */
const TUNE_MS = 900;
const RETUNE_MS = 5000;

/** What the runtime adds to an adapter. */
export interface Runtime {
  /** The options of engines that the caller leaves out. */
  readonly defaults: (device: GPUDevice, cpu: boolean) => GpuOptions | Promise<GpuOptions>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cache: TuningCache;
  /** Versions of what decides, beside the adapter, how fast kernels are. */
  readonly versions: readonly string[];
  /** Milliseconds. */
  readonly now: () => number;
}

/** Features that kernels and clocks use where the adapter has them. */
const FEATURES: readonly GPUFeatureName[] = ["subgroups", "timestamp-query"];

/**
 * Opens an adapter with all its limits and the features that kernels use. Throws AdapterError where
 * it cannot run the kernels that were asked for or computes wrong values; RangeError for kernels
 * that are none; the reason of a signal that is aborted.
 */
export async function openAdapter(
  adapter: GPUAdapter,
  options: AdapterOptions,
  { defaults, environment, cache, versions, now }: Runtime,
): Promise<OpenedGpu> {
  const { retune = false, signal, onCommand, ...given } = options;
  // Browsers leave texts empty, and older ones have no `info` at all.
  const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
  const { vendor = "", architecture = "", device: model = "", description: driver = "" } = info;
  const name = driver || model || `${vendor} ${architecture}`.trim() || "an adapter without a name";
  const software = /llvmpipe|lavapipe|swiftshader|softpipe/i.test(`${driver} ${model} ${architecture}`);
  const cpu = software || info.isFallbackAdapter === true;
  let device: GPUDevice | undefined;
  try {
    const opened = await adapter.requestDevice({
      requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: limitsOf(adapter),
    });
    device = opened;
    const common = { ...(await defaults(opened, cpu)), ...given };
    const optionsOf = ({ family, tile }: KernelConfig): GpuOptions => ({ ...common, family, tile });
    const open = (kernels: KernelConfig): Engine => new Engine(opened, optionsOf(kernels));
    const choice = await chooseConfig({
      wanted: options,
      environment,
      cpu,
      key: [vendor, architecture, model, driver, ...versions, TUNED].join(" | "),
      cache,
      retune,
      resolve: (wanted) => resolveKernels(opened, wanted),
      tune: () => autotune(open, kernelsOf(opened), { now, budget: retune ? RETUNE_MS : TUNE_MS, signal }),
    });
    const start = now();
    // The self-test has a queue of its own, so that records and counts begin after it.
    const tested = open(choice.kernels);
    await selfTest(tested);
    const selfTestMs = now() - start;
    await tested.pause(signal);
    return new OpenedGpu(
      opened,
      { ...optionsOf(choice.kernels), ...(onCommand && { onCommand }) },
      {
        adapter: { name, vendor, architecture, device: model, driver, cpu },
        choice,
        cachePath: cache.path,
        selfTestMs,
        queue: (kernels = choice.kernels) => open(kernels),
      },
    );
  } catch (error) {
    device?.destroy();
    throwIfAborted(signal);
    if (error instanceof RangeError) throw error;
    throw new AdapterError(`adapter: ${name} cannot be used: ${oneLine((error as Error).message)}`, { cause: error });
  }
}

/** All limits of an adapter, to be asked for: a device has WebGPU's defaults otherwise. */
function limitsOf({ limits }: GPUAdapter): Readonly<Record<string, number>> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(limits)) as (keyof GPUSupportedLimits)[];
  return Object.fromEntries(names.map((name) => [name, limits[name]]).filter(([, value]) => typeof value === "number"));
}
