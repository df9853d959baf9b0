import { Gpu, type GpuOptions } from "../../kernels/gpu.ts";
import { host } from "./host.ts";

type Wait = NonNullable<GpuOptions["wait"]>;

/** Milliseconds of a download from which on it is tried whether nudging helps. */
const SLOW = 6;

/**
 * The quickest way to wait for a device, by measuring a download; undefined where that is to wait
 * for the promise. Runtimes look for finished work at their own times: Chromium at once, Deno after
 * 12 ms, Firefox every 100 ms, or at once where something is submitted. Results are the same.
 */
export async function quickestWait(device: GPUDevice): Promise<Wait | undefined> {
  const plain = await downloadMs(device, (promise) => promise);
  if (plain < SLOW) return undefined;
  const wait = nudging(device);
  return (await downloadMs(device, wait)) < plain / 2 ? wait : undefined;
}

/** Milliseconds of the second of two downloads, which begins when the runtime has just looked. */
async function downloadMs(device: GPUDevice, wait: Wait): Promise<number> {
  const gpu = new Gpu(device, { wait });
  const buffer = gpu.allocate("openGpu", 16);
  await gpu.download(buffer);
  const start = host.performance.now();
  await gpu.download(buffer);
  const ms = host.performance.now() - start;
  gpu.release(buffer);
  gpu.trim();
  return ms;
}

/**
 * A way to wait that submits nothing, again and again, which makes a runtime look for finished
 * work. A millisecond lies between two submissions, since a queue of them delays what is waited
 * for.
 */
function nudging(device: GPUDevice): Wait {
  return async (promise) => {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    await Promise.resolve(); // one that is settled already needs none
    while (!settled) {
      device.queue.submit([]);
      await new Promise<void>((resolve) => host.setTimeout(resolve, 1));
    }
    return promise;
  };
}
