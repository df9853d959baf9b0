// The entry point of every runtime with `navigator.gpu`: browsers, their workers, Deno.
import { GPU_OPTIONS } from "../../kernels/gpu.ts";
import { checkOptions, kindOf } from "../../kernels/options.ts";
import { openAdapter } from "../openAdapter.ts";
import { AdapterError, type AdapterOptions, type OpenedGpu } from "../opened.ts";
import { adviceFor } from "./advice.ts";
import { host } from "./host.ts";
import { storedTunings, type TuningStore } from "./store.ts";
import { turn } from "./turn.ts";
import { quickestWait } from "./wait.ts";

/** Which adapter and kernels `openGpu` takes, and where it keeps measurements. */
export interface OpenOptions extends AdapterOptions {
  /**
   * Where to keep which kernels are fastest on a GPU. Default: a `Map` that lives as long as the
   * page; `localTunings()` lasts longer.
   */
  readonly cache?: TuningStore;
}

const memory: TuningStore = new Map();

/**
 * Opens the best adapter of `navigator.gpu` with all its limits and the features that kernels use.
 * The first opening of a GPU measures which kernels are fastest, for a second at most. Every
 * opening measures a download, and where the runtime is slow to see that work is done, as Firefox
 * is, waits in a way that makes it look.
 *
 * Throws AdapterError, which says what to do in this runtime, where there is no `navigator.gpu` or
 * no adapter, and when the adapter cannot run the kernels that were asked for or computes wrong
 * values; the reason of a signal that is aborted. A device that is lost later makes downloads throw
 * DeviceLostError; call `openGpu` again.
 */
export async function openGpu(options: OpenOptions = {}): Promise<OpenedGpu> {
  checkOptions("openGpu", options, ["cache", "retune", "signal", ...GPU_OPTIONS]);
  const { cache = memory, ...given } = options;
  if (typeof cache?.get !== "function" || typeof cache.set !== "function") {
    throw new TypeError(`openGpu: expected a \`cache\` with get and set, such as a Map, got ${kindOf(cache)}`);
  }
  const { gpu, userAgent = "" } = host.navigator ?? {};
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    const lack = gpu === undefined ? "expected `navigator.gpu`, got none" : "expected a WebGPU adapter, got none";
    const advice = adviceFor({ userAgent, secure: host.isSecureContext !== false, webgpu: gpu !== undefined });
    throw new AdapterError(`adapter: ${lack}; ${advice}`);
  }
  return openAdapter(adapter, given, {
    defaults: async (device) => {
      const wait = given.wait ?? (await quickestWait(device));
      return { pause: turn, ...(wait && { wait }) };
    },
    environment: {},
    cache: storedTunings(cache),
    versions: [userAgent],
    now: () => host.performance.now(),
  });
}
