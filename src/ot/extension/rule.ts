// The rules of extension: what a map does between its targets, and what it says of each sample.
import type { NeighbourGraph } from "../map/graph.ts";
import type { MassCentres } from "../map/map.ts";

/** θ̂, the greatest angle that rules bridge unless they are told another, in radians. */
export const DEFAULT_ANGLE = 0.7;

/** T(x) itself: every latent is a target. */
export interface PlainRule {
  readonly name: "plain";
}

/**
 * Mixes T(x) = y_i with the target y_j of a near cell across a facet on which the map does not
 * break.
 */
export interface FacetRule {
  readonly name: "facet";
  /**
   * θ̂, the greatest angle between the graph's normals that is bridged: in radians, or as a
   * quantile of a neighbour graph's angles. Default: DEFAULT_ANGLE.
   */
  readonly angle?: number | { readonly quantile: number; readonly graph: NeighbourGraph };
  /** Best cells of x among which the partner is sought. Default 20. */
  readonly cells?: number;
  /**
   * Last coordinate of the normals of centred targets scaled to rms 1; small, so that angles are
   * those between targets. Default .1.
   */
  readonly lift?: number;
}

/**
 * Moves T(x) within the spread of its nearest targets: μ + √(1 − s²)(y − μ) + s L g, with μ and LLᵀ
 * their mean and covariance.
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
 * As `local`, but without noise: L g becomes C^½ (x − b), with b the mass centre of x's cell. On a
 * cell it is the gradient of a convex quadratic.
 */
export interface ChartRule {
  readonly name: "chart";
  /** Of the same map, from about 40 samples per cell. */
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
  /** Nearest mass centres that are looked at. Default d + 1, as in the paper. */
  readonly cells?: number;
}

export type Rule = PlainRule | FacetRule | LocalRule | ChartRule | PaperRule;

export interface Extended {
  /** [count, d]. */
  readonly latents: Float32Array<ArrayBuffer>;
  /** Cell of each x. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** The target mixed in, or -1. */
  readonly partner: Int32Array<ArrayBuffer>;
  /** Its weight, in [0, ½]; 0 where there is none. */
  readonly weight: Float32Array<ArrayBuffer>;
  /**
   * Smallest angle among the cells that were looked at, in radians; Infinity where no other cell
   * was.
   */
  readonly angle: Float32Array<ArrayBuffer>;
  /** Share of the samples that are not a target itself. */
  readonly share: number;
  /**
   * Samples that the rule `paper` refuses, by their place in the batch; their latents are targets.
   */
  readonly rejected: Uint32Array<ArrayBuffer>;
}

/** What a rule says of samples that it mixes with no other target. */
export function unmixed(count: number): Pick<Extended, "partner" | "weight" | "angle" | "rejected"> {
  return {
    partner: new Int32Array(count).fill(-1),
    weight: new Float32Array(count),
    angle: new Float32Array(count).fill(Number.POSITIVE_INFINITY),
    rejected: new Uint32Array(0),
  };
}
