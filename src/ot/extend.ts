import { centredAngle } from "./angles.ts";
import { NONE } from "./cells.ts";
import { type Draw, STREAMS } from "./draw.ts";
import { angleAt, type NeighbourGraph } from "./graph.ts";
import { type MassCentres, type TransportMap, targetRows } from "./map.ts";
import { gaussianForm } from "./moments.ts";
import { paper } from "./paperRule.ts";
import type { Points } from "./points.ts";
import { chart, local } from "./spreadRules.ts";
import { unmixed } from "./unmixed.ts";

/** T(x) itself: every latent is a target. */
export interface PlainRule {
  readonly name: "plain";
}

/** Mixes T(x) = y_i with the target y_j of a near cell across a facet on which the map does not break. */
export interface FacetRule {
  readonly name: "facet";
  /** θ̂, the greatest angle between the graph's normals that is bridged: in radians, or as a quantile of a neighbour graph's angles. Default .7. */
  readonly angle?: number | { readonly quantile: number; readonly graph: NeighbourGraph };
  /** Best cells of x among which the partner is sought. Default 20. */
  readonly cells?: number;
  /** Last coordinate of the normals of centred targets scaled to rms 1; small, so that angles are those between targets. Default .1. */
  readonly lift?: number;
}

/** Moves T(x) within the spread of its nearest targets: μ + √(1 − s²)(y − μ) + s L g, with μ and LLᵀ their mean and covariance. */
export interface LocalRule {
  readonly name: "local";
  /** How many nearest targets, y itself among them. Default 10. */
  readonly neighbours?: number;
  /** s in [0, 1]: 0 keeps y. Default .8. */
  readonly spread?: number;
  /** Seed of g ~ N(0, I). Default: that of the draw, 1 for given points. */
  readonly seed?: number;
}

/** As `local`, but without noise: L g becomes C^½ (x − b), with b the mass centre of x's cell. On a cell it is the gradient of a convex quadratic. */
export interface ChartRule {
  readonly name: "chart";
  /** Of the same map, from about 40 samples per cell. */
  readonly centres: MassCentres;
  /** How many nearest targets, y itself among them. Default 5. */
  readonly neighbours?: number;
  /** s in [0, 1]: 0 keeps y. Default .8. */
  readonly spread?: number;
}

/** The paper's Algorithm 2, for comparison: it rejects samples, which shifts the masses. See paperRule.ts. */
export interface PaperRule {
  readonly name: "paper";
  readonly centres: MassCentres;
  /** θ̂ in radians, between the normals (y, −1) of targets as they were given. Default .7. */
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
  /** Smallest angle among the cells that were looked at, in radians; Infinity where no other cell was. */
  readonly angle: Float32Array<ArrayBuffer>;
  /** Share of the samples that are not a target itself. */
  readonly share: number;
  /** Samples that the rule `paper` refuses, by their place in the batch; their latents are targets. */
  readonly rejected: Uint32Array<ArrayBuffer>;
}

/** Latents for count draws of the source from number `first` on; the same numbers and seed give the same latents. */
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

/** The extended map at source points x. RangeError for an unknown rule and for parameters out of range. */
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

/**
 * The weight of partner j at x in cell i: ½ (1 − (s_i − s_j) / D_ij)₊ with scores s and D_ij = ½ (y_i − y_j)ᵀA⁻¹(y_i − y_j), the score
 * margin at the centre A⁻¹(y_i − m) of cell i in the Gaussian model. D is symmetric: on the facet both sides give (y_i + y_j) / 2.
 */
export function facetWeight(margin: number, centreMargin: number): number {
  return centreMargin > 0 ? 0.5 * Math.max(0, 1 - margin / centreMargin) : 0;
}

async function facet({ cells, problem }: TransportMap, x: Points | Draw, rule: FacetRule): Promise<Extended> {
  const { cells: near = 20, lift = 0.1 } = rule;
  const limit = typeof rule.angle === "object" ? angleAt(rule.angle.graph, rule.angle.quantile) : (rule.angle ?? 0.7);
  if (!(limit >= 0 && limit <= Math.PI)) throw new RangeError(`facet: expected \`angle\` from 0 to π, got ${limit}`);
  if (!(lift > 0 && lift < Number.POSITIVE_INFINITY))
    throw new RangeError(`facet: expected \`lift\` above 0, got ${lift}`);
  const { values, dimension: d, count } = problem.targets;
  const k = Math.min(near, count);
  const { index: top, score } = await cells.top(x, k);
  const form = gaussianForm(problem);
  const angleOf = centredAngle(problem, lift);
  const index = Uint32Array.from({ length: x.count }, (_, m) => top[m * k] as number);
  const latents = targetRows(problem, index);
  const result = unmixed(x.count);
  const difference = new Float64Array(d);
  let mixed = 0;
  for (let m = 0; m < x.count; m++) {
    const i = index[m] as number;
    let [partner, angle, margin] = [-1, Number.POSITIVE_INFINITY, 0];
    for (let r = 1; r < k; r++) {
      const j = top[m * k + r] as number;
      if (j === NONE) break;
      const candidate = angleOf(i, j);
      if (candidate < angle)
        [partner, angle, margin] = [j, candidate, (score[m * k] as number) - (score[m * k + r] as number)];
    }
    if (partner < 0) continue;
    result.angle[m] = angle;
    if (angle > limit) continue;
    for (let c = 0; c < d; c++) difference[c] = (values[partner * d + c] as number) - (values[i * d + c] as number);
    const weight = facetWeight(margin, form(difference));
    if (weight === 0) continue;
    result.partner[m] = partner;
    result.weight[m] = weight;
    for (let c = 0; c < d; c++)
      latents[m * d + c] = (latents[m * d + c] as number) + weight * (difference[c] as number);
    mixed++;
  }
  return { ...result, latents, index, share: mixed / x.count };
}
