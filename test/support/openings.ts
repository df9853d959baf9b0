import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openGpu } from "../../src/adapter/openGpu.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Opens and disposes of `count` engines; returns how many devices could not be collected. */
export async function openings(count: number): Promise<number> {
  let held = 0;
  const registry = new FinalizationRegistry(() => held--);
  for (let i = 0; i < count; i++) {
    const gpu = await openGpu();
    registry.register(gpu.device, undefined);
    held++;
    await gpu.dispose();
    await new Promise((resolve) => setTimeout(resolve, 1)); // the registry has turns of its own
    collect();
  }
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  return held;
}
