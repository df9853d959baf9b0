import { philox, words } from "../tensor/random.ts";
import { Cells, NONE } from "./cells.ts";
import { type Draw, STREAMS } from "./draw.ts";
import { type TransportMap, targetRows } from "./map.ts";
import { gaussianForm } from "./moments.ts";
import { type Points, pick } from "./points.ts";
import type { Problem } from "./problem.ts";

/** T(x) itself: every latent is a target. */
export interface PlainRule {
  readonly name: "plain";
}

/** Mixes T(x) = y_i with the target y_j of a near cell across a facet on which the map does not break. */
export interface FacetRule {
  readonly name: "facet";
  /** Greatest angle in radians between the graph's normals (y_i, -lift) and (y_j, -lift) that is bridged. Default .7. */
  readonly angle?: number;
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

export type Rule = PlainRule | FacetRule | LocalRule;

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

/** The extended map at source points x. RangeError for parameters of the rule out of range. */
export async function extend(map: TransportMap, x: Points | Draw, rule: Rule): Promise<Extended> {
  if (rule.name === "facet") return facet(map, x, rule);
  if (rule.name === "local") return local(map, x, rule);
  const { index } = await map.cells.assign(x, ["index"]);
  return { ...unmixed(index.length), latents: targetRows(map.problem, index), index, share: 0 };
}

function unmixed(count: number): Pick<Extended, "partner" | "weight" | "angle"> {
  return {
    partner: new Int32Array(count).fill(-1),
    weight: new Float32Array(count),
    angle: new Float32Array(count).fill(Number.POSITIVE_INFINITY),
  };
}

/**
 * The weight of partner j at x in cell i: ½ (1 − (s_i − s_j) / D_ij)₊ with scores s and D_ij = ½ (y_i − y_j)ᵀA⁻¹(y_i − y_j), the score
 * margin at the centre A⁻¹(y_i − m) of cell i in the Gaussian model. D is symmetric: on the facet both sides give (y_i + y_j) / 2.
 */
export function facetWeight(margin: number, centreMargin: number): number {
  return centreMargin > 0 ? 0.5 * Math.max(0, 1 - margin / centreMargin) : 0;
}

async function facet({ cells, problem }: TransportMap, x: Points | Draw, rule: FacetRule): Promise<Extended> {
  const { angle: limit = 0.7, cells: near = 20, lift = 0.1 } = rule;
  if (!(limit >= 0 && limit <= Math.PI)) throw new RangeError(`facet: expected \`angle\` from 0 to π, got ${limit}`);
  if (!(lift > 0 && lift < Number.POSITIVE_INFINITY))
    throw new RangeError(`facet: expected \`lift\` above 0, got ${lift}`);
  const { values, dimension: d, count } = problem.targets;
  const k = Math.min(near, count);
  const { index: top, score } = await cells.top(x, k);
  const form = gaussianForm(problem);
  const normal = lift * rootMeanSquare(problem); // the normal's last coordinate, in the targets' own scale
  const index = Uint32Array.from({ length: x.count }, (_, m) => top[m * k] as number);
  const latents = targetRows(problem, index);
  const result = unmixed(x.count);
  const difference = new Float64Array(d);
  let mixed = 0;
  for (let m = 0; m < x.count; m++) {
    const i = index[m] as number;
    let [partner, cosine, margin] = [-1, -2, 0];
    for (let r = 1; r < k; r++) {
      const j = top[m * k + r] as number;
      if (j === NONE) break;
      const c = cosineOfNormals(values, i * d, j * d, d, normal);
      if (c > cosine) [partner, cosine, margin] = [j, c, (score[m * k] as number) - (score[m * k + r] as number)];
    }
    if (partner < 0) continue;
    const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
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

/** cos of the angle between (a, -lift) and (b, -lift) for rows a and b. */
function cosineOfNormals(values: Float32Array, a: number, b: number, d: number, lift: number): number {
  let [ab, aa, bb] = [lift * lift, lift * lift, lift * lift];
  for (let k = 0; k < d; k++) {
    const [p, q] = [values[a + k] as number, values[b + k] as number];
    ab += p * q;
    aa += p * p;
    bb += q * q;
  }
  return ab / Math.sqrt(aa * bb);
}

/** √(Σ nu_i |y_i − m|²); 1 when all targets are equal. */
function rootMeanSquare({ targets: { values, dimension: d }, nu }: Problem): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (nu[Math.floor(i / d)] as number) * (values[i] as number) ** 2;
  return sum > 0 ? Math.sqrt(sum) : 1;
}

async function local({ gpu, cells, problem }: TransportMap, x: Points | Draw, rule: LocalRule): Promise<Extended> {
  const { neighbours = 10, spread = 0.8 } = rule;
  if (!(spread >= 0 && spread <= 1)) throw new RangeError(`local: expected \`spread\` from 0 to 1, got ${spread}`);
  const { targets, nu } = problem;
  const { values, dimension: d, count } = targets;
  const { index } = await cells.assign(x, ["index"]);
  const own = [...new Set(index)].sort((a, b) => a - b);
  const k = Math.min(neighbours, count);
  const near = await nearest(gpu, problem, own, k);
  const row = new Map(own.map((i, at) => [i, at]));
  const latents = targetRows(problem, index);
  const seed = rule.seed ?? ("seed" in x ? x.seed : 1);
  const first = "first" in x ? x.first : 0;
  const keep = Math.sqrt(1 - spread * spread);
  for (let m = 0; m < x.count; m++) {
    const i = index[m] as number;
    const start = (row.get(i) as number) * k;
    const codes = near.subarray(start, start + k).filter((j) => j !== NONE && (nu[j] as number) > 0);
    const g = normals(seed, first + m, codes.length);
    for (let c = 0; c < d; c++) {
      const mean = codes.reduce((sum, j) => sum + (values[j * d + c] as number), 0) / codes.length;
      // L = k^-½ (y_1 − μ, …, y_k − μ) has LLᵀ = C; no factorisation, and any rank will do.
      let move = 0;
      for (let n = 0; n < codes.length; n++)
        move += (g[n] as number) * ((values[(codes[n] as number) * d + c] as number) - mean);
      const y = values[i * d + c] as number;
      latents[m * d + c] =
        mean + keep * (y - mean) + (spread * move) / Math.sqrt(codes.length) + (problem.offset[c] as number);
    }
  }
  return { ...unmixed(x.count), latents, index, share: spread > 0 && k > 1 ? 1 : 0 };
}

/** The k targets with mass nearest to each of the targets `own`, themselves first: argmax of <y, y_i> − |y_i|² / 2. [own, k]. */
async function nearest(
  gpu: TransportMap["gpu"],
  problem: Problem,
  own: readonly number[],
  k: number,
): Promise<Uint32Array> {
  const { values, dimension } = problem.targets;
  const cells = new Cells(gpu, problem.targets);
  try {
    cells.setHeights(
      problem.nu.map((mass, i) => {
        if (mass === 0) return Number.NEGATIVE_INFINITY;
        return -0.5 * values.subarray(i * dimension, (i + 1) * dimension).reduce((sum, v) => sum + v * v, 0);
      }),
    );
    return (await cells.top(pick(problem.targets, own), k)).index;
  } finally {
    cells.close();
  }
}

const LOCAL = 17; // the philox counter's purpose: noise of the local rule

/** Standard normals of sample number `index` on the host, four from each philox block: Box and Muller (1958). */
function normals(seed: number, index: number, count: number): Float64Array {
  const key = words("local", "seed", seed);
  const g = new Float64Array(4 * Math.ceil(count / 4));
  for (let n = 0; n < count; n += 4) {
    const bits = philox([...words("local", "first", index), n / 4, LOCAL], key);
    for (let pair = 0; pair < 4; pair += 2) {
      const radius = Math.sqrt(-2 * Math.log(((bits[pair] as number) + 0.5) * 2 ** -32));
      const angle = 2 * Math.PI * (bits[pair + 1] as number) * 2 ** -32;
      g[n + pair] = radius * Math.cos(angle);
      g[n + pair + 1] = radius * Math.sin(angle);
    }
  }
  return g;
}
