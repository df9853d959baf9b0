// The extension rule `facet`: two neighbouring targets are mixed near the facet between their
// cells.

import { inPieces } from "../../kernels/batches.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { itemsOf } from "../../math/steps.ts";
import { NONE } from "../cells/counter.ts";
import { centredAngle } from "../map/angles.ts";
import { angleAt } from "../map/graph.ts";
import { type TransportMap, targetRows } from "../map/map.ts";
import type { Points } from "../points.ts";
import { gaussianFormSteps } from "../solver/gaussianModel.ts";
import type { Draw } from "../source.ts";
import { DEFAULT_ANGLE, type Extended, type FacetRule, unmixed } from "./rule.ts";

/**
 * The weight of partner j at x in cell i, with scores s:
 *   ½ (1 − (s_i − s_j) / D_ij)₊ with D_ij = ½ (y_i − y_j)ᵀ A⁻¹ (y_i − y_j)
 * D_ij is the score margin at the centre A⁻¹(y_i − m) of cell i in the Gaussian model (see
 * gaussianModel.ts). It is symmetric: on the facet both sides give (y_i + y_j) / 2.
 */
export function facetWeight(margin: number, centreMargin: number): number {
  return centreMargin > 0 ? 0.5 * Math.max(0, 1 - margin / centreMargin) : 0;
}

/** The extension by the rule `facet`. RangeError for parameters out of range. */
export async function facet(
  { gpu, cells, problem }: TransportMap,
  x: Points | Draw,
  rule: FacetRule,
  options: Cancellable,
): Promise<Extended> {
  const { cells: near = 20, lift = 0.1 } = rule;
  const limit =
    typeof rule.angle === "object" ? angleAt(rule.angle.graph, rule.angle.quantile) : (rule.angle ?? DEFAULT_ANGLE);
  if (!(limit >= 0 && limit <= Math.PI)) throw new RangeError(`facet: expected \`angle\` from 0 to π, got ${limit}`);
  if (!(lift > 0 && lift < Number.POSITIVE_INFINITY))
    throw new RangeError(`facet: expected \`lift\` above 0, got ${lift}`);
  const { values, dimension: d, count } = problem.targets;
  const k = Math.min(near, count);
  const { index: top, score } = await cells.topK(x, k, options);
  const form = await inPieces(gpu, gaussianFormSteps(problem), options.signal);
  const angleOf = centredAngle(problem, lift);
  const index = Uint32Array.from({ length: x.count }, (_, m) => top[m * k] as number);
  const latents = targetRows(problem, index);
  const result = unmixed(x.count);
  const difference = new Float64Array(d);
  let mixed = 0;
  const some = itemsOf(16 * k * d + 2 * d * d);
  for (let m = 0; m < x.count; m++) {
    if (m % some === some - 1) await gpu.pause(options.signal);
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
    for (let c = 0; c < d; c++) (latents[m * d + c] as number) += weight * (difference[c] as number);
    mixed++;
  }
  return { ...result, latents, index, share: mixed / x.count };
}
