import { napping } from "../../src/adapter/nap.ts";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { format } from "../../src/kernels/family.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { ALL_KERNELS } from "./device.ts";
import { describe } from "./suite.ts";

/** One device for all families, so that kernels with a common text are compiled once. */
const gpu = await openGpu();
const wait = gpu.adapter.cpu ? napping() : undefined;

/**
 * An engine for every family of kernels, `tiled` with small tiles. The family `subgroup` is for CPU
 * drivers and is left out on a GPU, whose subgroups are larger.
 */
export const engines: readonly Engine[] = ALL_KERNELS.filter(
  ({ family }) => family !== "subgroup" || gpu.adapter.cpu,
).map((kernels) => new Engine(gpu.device, { ...kernels, ...(wait && { wait }) }));

/** A suite for every family of kernels. */
export function onEveryFamily(name: string, tests: (engine: Engine) => Parameters<typeof describe>[1]): void {
  for (const engine of engines) describe(`${name}, ${format(engine.kernels)} kernels`, tests(engine));
}
