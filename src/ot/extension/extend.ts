import { type TransportMap, targetRows } from "../map/map.ts";
import type { Points } from "../points.ts";
import { type Draw, STREAMS } from "../source.ts";
import { facet } from "./facet.ts";
import { paper } from "./paperRule.ts";
import type { Extended, Rule } from "./rule.ts";
import { unmixed } from "./rule.ts";
import { chart, local } from "./spreadRules.ts";

/**
 * Latents for count draws of the source from number `first` on; the same numbers and seed give the
 * same latents.
 */
export function sample(
  map: TransportMap,
  {
    count,
    seed = 1,
    first = 0,
    rule,
  }: { readonly count: number; readonly seed?: number; readonly first?: number; readonly rule: Rule },
): Promise<Extended> {
  return extend(map, { seed, stream: STREAMS.generation, first, count }, rule);
}

/**
 * The extended map at source points x. RangeError for an unknown rule and for parameters out of
 * range.
 */
export async function extend(map: TransportMap, x: Points | Draw, rule: Rule): Promise<Extended> {
  if (rule.name === "facet") return facet(map, x, rule);
  if (rule.name === "local") return local(map, x, rule);
  if (rule.name === "chart") return chart(map, x, rule);
  if (rule.name === "paper") return paper(map, x, rule);
  if (rule.name !== "plain") {
    const { name } = rule as { readonly name: unknown };
    throw new RangeError(`extend: expected a \`rule\` plain, facet, local, chart or paper, got ${name}`);
  }
  const { index } = await map.cells.assign(x, ["index"]);
  return { ...unmixed(index.length), latents: targetRows(map.problem, index), index, share: 0 };
}
