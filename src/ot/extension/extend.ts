import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { STREAMS } from "../../math/streams.ts";
import { type TransportMap, targetRows } from "../map/map.ts";
import type { Points } from "../points.ts";
import type { Draw } from "../source.ts";
import { balancedPoints, type Numbered } from "./balanced.ts";
import { facet } from "./facet.ts";
import { paper } from "./paperRule.ts";
import { checkRule, type Extended, type Rule, unmixed } from "./rule.ts";
import { chart, local } from "./spreadRules.ts";

/** What to draw: latents number first to first + count − 1 of a seed, by a rule. */
export interface SampleOptions extends Cancellable {
  readonly count: number;
  /** Default 1. */
  readonly seed?: number;
  /** Default 0. */
  readonly first?: number;
  /**
   * Draws each target once before any twice; see `balancedPoints`, which states the cost. Default
   * false: all latents are independent.
   */
  readonly balanced?: boolean;
  readonly rule: Rule;
}

/** The names of all options of `sample`. */
export const SAMPLE_OPTIONS = ["count", "seed", "first", "balanced", "rule", "signal"] as const;

/**
 * Latents for count draws of the source from number `first` on; the same numbers and seed give the
 * same latents.
 */
export async function sample(map: TransportMap, options: SampleOptions): Promise<Extended> {
  checkOptions("sample", options, SAMPLE_OPTIONS);
  const { rule, signal } = options;
  return extend(map, await sourceOf(map, options), rule, { signal });
}

/** The source points of a draw of latents. */
export async function sourceOf(
  map: TransportMap,
  { count, seed = 1, first = 0, balanced = false, signal }: Omit<SampleOptions, "rule">,
): Promise<Draw | Numbered> {
  if (balanced) return balancedPoints(map, { seed, first, count, signal });
  return { seed, stream: STREAMS.source.generation, first, count };
}

/**
 * The extended map at source points x. RangeError for an unknown rule and for parameters out of
 * range.
 */
export async function extend(
  map: TransportMap,
  x: Points | Numbered | Draw,
  rule: Rule,
  options: Cancellable = {},
): Promise<Extended> {
  checkOptions("extend", options, ["signal"]);
  checkRule(rule);
  if (rule.name === "facet") return facet(map, x, rule, options);
  if (rule.name === "local") return local(map, x, rule, options);
  if (rule.name === "chart") return chart(map, x, rule, options);
  if (rule.name === "paper") return paper(map, x, rule, options);
  const { index } = await map.cells.assign(x, ["index"], options);
  return { ...unmixed(index.length), latents: targetRows(map.problem, index), index, share: 0 };
}
