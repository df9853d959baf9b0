import type { Gpu } from "../../kernels/gpu.ts";
import { type FitFacetOptions, fitFacet } from "../../ot/extension/fitFacet.ts";
import type { FacetRule } from "../../ot/extension/rule.ts";
import { createMap } from "../../ot/map/map.ts";
import { type AutoencoderConfig, facetRule } from "../networks/networks.ts";
import type { TransportValues } from "./transportFile.ts";

/** The rule `facet` that suits the codes of a network, fitted to their transport. */
export async function fittedFacet(
  gpu: Gpu,
  { problem, heights }: TransportValues,
  config: Partial<AutoencoderConfig>,
  options: FitFacetOptions,
): Promise<FacetRule> {
  const map = createMap(gpu, problem, heights);
  try {
    return await fitFacet(map, facetRule(config), options);
  } finally {
    map.dispose();
  }
}
