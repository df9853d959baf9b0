import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { STREAMS } from "../../math/streams.ts";
import type { TransportMap } from "../map/map.ts";
import { facet } from "./facet.ts";
import { checkRule, DEFAULT_ANGLE, type FacetRule } from "./rule.ts";

/** The default of the largest share of draws that the rule `facet` mixes. */
export const MOST_MIXED = 0.35;

/** Draws by which a share is estimated: its standard deviation is below .008. */
const DRAWS = 4096;

/** How a rule is fitted to a map. */
export interface FitFacetOptions extends Cancellable {
  /** Largest share of draws that are mixed, in [0, 1]. Default: MOST_MIXED. */
  readonly share?: number;
  /** Of the draws by which the share is estimated. Default 1. */
  readonly seed?: number;
}

/**
 * The rule with its angle, lowered as far as needed for at most a `share` of the draws to be mixed:
 * with targets as close as those of similar pictures most angles are small, and one bound for all
 * sets would leave few draws that are targets themselves. RangeError for a share out of range.
 */
export async function fitFacet(map: TransportMap, rule: FacetRule, options: FitFacetOptions = {}): Promise<FacetRule> {
  checkOptions("fitFacet", options, ["share", "seed", "signal"]);
  checkRule({ ...rule, name: "facet" });
  const { share = MOST_MIXED, seed = 1, signal } = options;
  const { angle = DEFAULT_ANGLE } = rule;
  if (!(share >= 0 && share <= 1)) throw new RangeError(`fitFacet: expected \`share\` from 0 to 1, got ${share}`);
  const draw = { seed, stream: STREAMS.source.angle, first: 0, count: DRAWS };
  const drawn = await facet(map, draw, { ...rule, angle }, { signal });
  const mixed = drawn.angle.filter((_, m) => (drawn.partner[m] as number) >= 0).sort();
  const most = Math.floor(share * DRAWS);
  return { ...rule, angle: mixed.length <= most ? angle : (mixed[most - 1] ?? 0) };
}
