import { FAMILIES, type Family, type KernelConfig, type Wanted } from "../kernels/family.ts";
import type { Tuning } from "../tensor/diagnostics/autotune.ts";
import type { TuningCache } from "./cache.ts";

/** The kernels of an adapter, and why these. */
export interface Choice {
  readonly kernels: KernelConfig;
  /**
   * `option` and `environment`: they were asked for. `adapter`: a CPU driver, whose kind decides.
   * `measurement`: the fastest, measured just now. `cache`: the fastest, measured by an earlier
   * process.
   */
  readonly by: "option" | "environment" | "adapter" | "measurement" | "cache";
  /** What was measured, now or earlier. */
  readonly tuning?: Tuning;
  /** Whether a measurement could be written to the cache. */
  readonly kept?: boolean;
}

export interface ChoiceContext {
  readonly wanted: Wanted;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the driver runs on the CPU. */
  readonly cpu: boolean;
  /** Names adapter, driver and versions in the cache. */
  readonly key: string;
  readonly cache: TuningCache;
  /** Measure although the cache knows, or nothing depends on it. */
  readonly retune: boolean;
  /** resolveKernels on the device. */
  readonly resolve: (wanted: Wanted) => KernelConfig;
  readonly tune: () => Promise<Tuning>;
}

/**
 * What was asked for comes first; then a CPU driver gets `subgroup` where it has 8 lanes and
 * `portable` elsewhere; a GPU gets what is fastest on it, by measurement or by the cache of one.
 * Throws where the device cannot run what was asked for.
 */
export async function chooseConfig(context: ChoiceContext): Promise<Choice> {
  const { wanted, cpu, key, cache, retune, resolve, tune } = context;
  const family = wanted.family ?? (wanted.tile === undefined ? familyOf(context.environment) : undefined);
  const asked = family !== undefined || wanted.tile !== undefined;
  const fixed = asked || cpu ? resolve({ family, tile: wanted.tile }) : undefined;
  if (fixed !== undefined) {
    const by = !asked ? "adapter" : family === wanted.family ? "option" : "environment";
    return { kernels: fixed, by, ...(retune ? { tuning: await tune() } : {}) };
  }
  const known = retune ? undefined : cache.read(key);
  if (known !== undefined && runs(known.kernels, resolve))
    return { kernels: known.kernels, by: "cache", tuning: known };
  const tuning = await tune();
  return { kernels: tuning.kernels, by: "measurement", tuning, kept: cache.write(key, tuning) };
}

function runs(kernels: KernelConfig, resolve: ChoiceContext["resolve"]): boolean {
  try {
    resolve(kernels);
    return true;
  } catch {
    return false;
  }
}

function familyOf(environment: ChoiceContext["environment"]): Family | undefined {
  const name = environment["BRENIER_FAMILY"];
  if (name === undefined || name === "") return undefined;
  const family = FAMILIES.find((f) => f === name);
  if (family === undefined) {
    throw new RangeError(`BRENIER_FAMILY: expected ${FAMILIES.join(", ")} or nothing, got ${name}`);
  }
  return family;
}
