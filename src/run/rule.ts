// The rule by which a run makes new codes of the transport's.
import type { Gpu } from "../kernels/gpu.ts";
import type { Cancellable } from "../kernels/signal.ts";
import { fittedFacet } from "../models/generator/fittedFacet.ts";
import type { GeneratorValues } from "../models/generator/generatorFile.ts";
import { type AutoencoderConfig, localRule } from "../models/networks/networks.ts";
import { fitFacet } from "../ot/extension/fitFacet.ts";
import type { FacetRule, LocalRule, Rule } from "../ot/extension/rule.ts";
import type { TransportMap } from "../ot/map/map.ts";
import type { RunConfig } from "./config.ts";
import type { Extension } from "./settings.ts";

/** The rule of an extension; `angle` is the greatest that `facet` bridges. */
export const ruleOf = (extension: Extension, angle: number, model: AutoencoderConfig): FacetRule | LocalRule =>
  extension === "facet" ? { name: "facet", angle } : localRule(model);

/** The rule of a run, fitted to its map. */
export async function fittedRule(
  map: TransportMap,
  { extension, theta, share, model, seed }: RunConfig,
  options: Cancellable,
): Promise<FacetRule | LocalRule> {
  const rule = ruleOf(extension, theta, model);
  if (rule.name !== "facet" || share === undefined) return rule;
  return fitFacet(map, rule, { share, seed, ...options });
}

/** What `generate` is asked for in place of the rule of a run. */
export interface OtherRule {
  readonly extension?: Extension | undefined;
  /** The greatest angle that `facet` bridges, in radians. */
  readonly theta?: number | undefined;
}

/** The rule of a run, or another one in its place; `facet` is fitted where no angle is given. */
export async function ruleInstead(
  gpu: Gpu,
  { rule, config, transport }: GeneratorValues,
  { extension, theta }: OtherRule,
  options: Cancellable,
): Promise<Rule> {
  if (extension === undefined && theta === undefined) return rule;
  const name = extension ?? (rule.name === "local" ? "local" : "facet");
  if (name === "facet" && theta !== undefined) return { name, angle: theta };
  if (name === rule.name) return rule;
  if (name === "local") return localRule(config);
  return fittedFacet(gpu, transport, config, options);
}
