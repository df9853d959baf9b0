// The rules by which a map is extended to points between its targets, and the result for each
// sample.
import { checkOptions } from "../../kernels/options.ts";
import type { NeighbourGraph } from "../map/graph.ts";
import type { MassCentres } from "../map/map.ts";

/** θ̂, the default of the greatest angle between targets that rules mix, in radians. */
export const DEFAULT_ANGLE = 0.7;

/** T(x) itself: every latent is a target. */
export interface PlainRule {
  readonly name: "plain";
}

/**
 * Mixes T(x) = y_i with the target y_j of a near cell, unless the map is discontinuous at the facet
 * between them, which a large angle shows.
 */
export interface FacetRule {
  readonly name: "facet";
  /**
   * θ̂, the greatest angle between normals of the graph at which targets are mixed: in radians, or
   * as a quantile of a neighbour graph's angles. Default: DEFAULT_ANGLE.
   */
  readonly angle?: number | { readonly quantile: number; readonly graph: NeighbourGraph };
  /**
   * Number of cells with the greatest scores of x among which the partner is chosen. Default 20.
   */
  readonly cells?: number;
  /**
   * Last coordinate of the normals of centred targets scaled to rms 1. If it is small, the angles
   * are those between targets. Default .1.
   */
  readonly lift?: number;
}

/**
 * Moves T(x) = y within the spread of its nearest targets, whose mean is μ and whose covariance is
 * LLᵀ:
 *   μ + √(1 − s²)(y − μ) + s L g
 */
export interface LocalRule {
  readonly name: "local";
  /** How many nearest targets, y itself among them. Default 10. */
  readonly neighbours?: number;
  /** s in [0, 1]: 0 keeps y. Default .8. */
  readonly spread?: number;
  /** Seed of g ~ N(0, I). Default: that of the draw, 1 for given points. */
  readonly seed?: number;
}

/**
 * Like `local`, but without noise: L g is replaced by C^½ (x − b), with C the covariance and b the
 * mass centre of x's cell. On a cell this is the gradient of a convex quadratic function.
 */
export interface ChartRule {
  readonly name: "chart";
  /** Mass centres of the same map, from about 40 samples per cell. */
  readonly centres: MassCentres;
  /** How many nearest targets, y itself among them. Default 5. */
  readonly neighbours?: number;
  /** s in [0, 1]: 0 keeps y. Default .8. */
  readonly spread?: number;
}

/**
 * The paper's Algorithm 2, for comparison: it rejects samples, which shifts the masses. See
 * paperRule.ts.
 */
export interface PaperRule {
  readonly name: "paper";
  readonly centres: MassCentres;
  /**
   * θ̂ in radians, between the normals (y, −1) of targets as they were given. Default:
   * DEFAULT_ANGLE.
   */
  readonly angle?: number;
  /** Number of nearest mass centres that are considered. Default d + 1, as in the paper. */
  readonly cells?: number;
}

/** How new codes are made of targets: see each rule. */
export type Rule = PlainRule | FacetRule | LocalRule | ChartRule | PaperRule;

/** RangeError for a rule of another name, TypeError for an option that the rule does not have. */
export function checkRule(rule: Rule): void {
  if (rule.name === "plain") checkOptions("extend", rule, ["name"]);
  else if (rule.name === "facet") checkOptions("extend", rule, ["name", "angle", "cells", "lift"]);
  else if (rule.name === "local") checkOptions("extend", rule, ["name", "neighbours", "spread", "seed"]);
  else if (rule.name === "chart") checkOptions("extend", rule, ["name", "centres", "neighbours", "spread"]);
  else if (rule.name === "paper") checkOptions("extend", rule, ["name", "centres", "angle", "cells"]);
  else {
    const { name } = rule as { readonly name: unknown };
    throw new RangeError(`extend: expected a \`rule\` plain, facet, local, chart or paper, got ${name}`);
  }
}

/** New codes by an extension rule, and from which targets each was made. */
export interface Extended {
  /** [count, d]. */
  readonly latents: Float32Array<ArrayBuffer>;
  /** Cell of each x. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** The target that is mixed in, or -1. */
  readonly partner: Int32Array<ArrayBuffer>;
  /** The weight of the partner, in [0, ½]; 0 where there is none. */
  readonly weight: Float32Array<ArrayBuffer>;
  /**
   * Smallest angle to the other cells that were considered, in radians; Infinity where there was
   * none.
   */
  readonly angle: Float32Array<ArrayBuffer>;
  /** Share of the samples whose latent is not a target. */
  readonly share: number;
  /**
   * Samples that the rule `paper` rejects, by their index in the batch; their latents are targets.
   */
  readonly rejected: Uint32Array<ArrayBuffer>;
}

/** The result for samples that are mixed with no other target. */
export function unmixed(count: number): Pick<Extended, "partner" | "weight" | "angle" | "rejected"> {
  return {
    partner: new Int32Array(count).fill(-1),
    weight: new Float32Array(count),
    angle: new Float32Array(count).fill(Number.POSITIVE_INFINITY),
    rejected: new Uint32Array(0),
  };
}
