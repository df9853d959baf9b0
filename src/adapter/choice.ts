import { FAMILIES, type Family, type KernelConfig, type Wanted } from "../kernels/family.ts";
import type { Tuning } from "../tensor/diagnostics/autotune.ts";
import type { TuningCache } from "./tunings.ts";

/** The kernels chosen for an adapter, and the reason for the choice. */
export interface Choice {
  readonly kernels: KernelConfig;
  /**
   * Who chose. `option` and `environment`: the user asked for these kernels. `adapter`: the kind of
   * a CPU driver decides. `measurement`: they were the fastest in a measurement just made. `cache`:
   * they were the fastest in an earlier measurement.
   */
  readonly by: "option" | "environment" | "adapter" | "measurement" | "cache";
  /** The measurement, made now or earlier. */
  readonly tuning?: Tuning;
  /** Whether the measurement could be written to the cache. */
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
  /** Whether to measure even where the cache has an entry or the choice needs no measurement. */
  readonly retune: boolean;
  /** The kernels that fit the wish on the device. */
  readonly resolve: (wanted: Wanted) => KernelConfig;
  readonly tune: () => Promise<Tuning>;
}

/**
 * Kernels that the user asked for come first. Otherwise a CPU driver gets `subgroup` where its
 * subgroups have 8 lanes, `quads` where they have 4, else `portable`, and a GPU gets the kernels
 * that are fastest on it, by a measurement or a cached one. Throws where the device cannot run the
 * kernels that were asked for.
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
  const known = retune ? undefined : await cache.read(key);
  if (known !== undefined && runs(known.kernels, resolve))
    return { kernels: known.kernels, by: "cache", tuning: known };
  const tuning = await tune();
  return { kernels: tuning.kernels, by: "measurement", tuning, kept: await cache.write(key, tuning) };
}

function runs(kernels: KernelConfig, resolve: ChoiceContext["resolve"]): boolean {
  try {
    resolve(kernels);
    return true;
  } catch {
    return false;
  }
}

/** Thrown for an environment variable that has no meaning. */
export class EnvironmentError extends RangeError {}

function familyOf(environment: ChoiceContext["environment"]): Family | undefined {
  const name = environment["BRENIER_FAMILY"];
  if (name === undefined || name === "") return undefined;
  const family = FAMILIES.find((f) => f === name);
  if (family === undefined) {
    throw new EnvironmentError(`BRENIER_FAMILY: expected ${FAMILIES.join(", ")} or nothing, got ${name}`);
  }
  return family;
}
