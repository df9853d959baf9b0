import { openGpu } from "../../src/adapter/openGpu.ts";
import { format, kernelsOf } from "../../src/kernels/family.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { ALL_KERNELS } from "./device.ts";
import { describe } from "./suite.ts";

/** One device for all families, so that kernels with a common text are compiled once. */
const gpu = await openGpu();

const known = kernelsOf(gpu.device);
const LANED: ReadonlySet<string> = new Set(["subgroup", "quads"]);

/**
 * An engine for every family of kernels, `tiled` with small tiles. The families `subgroup` and
 * `quads` need subgroups of 8 or of 4 lanes, as CPU drivers have them, and are left out elsewhere.
 */
export const engines: readonly Engine[] = ALL_KERNELS.filter(
  ({ family }) => !LANED.has(family) || known.some((kernels) => kernels.family === family),
).map((kernels) => gpu.queue(kernels));

/** A suite for every family of kernels. */
export function onEveryFamily(name: string, tests: (engine: Engine) => Parameters<typeof describe>[1]): void {
  for (const engine of engines) describe(`${name}, ${format(engine.kernels)} kernels`, tests(engine));
}
