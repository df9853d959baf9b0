// The rule by which a run makes new codes of the transport's.
import type { Cancellable } from "../kernels/signal.ts";
import { type AutoencoderConfig, localRule } from "../models/networks/networks.ts";
import { fitFacet } from "../ot/extension/fitFacet.ts";
import type { FacetRule, LocalRule } from "../ot/extension/rule.ts";
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
