import type { Cancellable } from "../../kernels/signal.ts";
import { NONE } from "../cells/counter.ts";
import { nearestSites } from "../cells/nearest.ts";
import { angleOfRows } from "../map/angles.ts";
import { type TransportMap, targetRows } from "../map/map.ts";
import type { Points } from "../points.ts";
import type { Draw } from "../source.ts";
import { DEFAULT_ANGLE, type Extended, type PaperRule, unmixed } from "./rule.ts";

/**
 * Algorithm 2 of "AE-OT: a new generative model based on extended semi-discrete optimal transport"
 * (An et al. 2020). Of the cells whose mass centres c_k are nearest to x, it keeps those whose
 * normal (y_k, −1) has an angle of at most θ̂ to that of the nearest cell:
 *   T̃(x) = Σ λ_k y_k with λ_k ∝ 1 / |x − c_k|
 * Where no other cell is kept, x is rejected; its latent is then the nearest cell's target.
 */
export async function paper(
  { gpu, cells, problem }: TransportMap,
  x: Points | Draw,
  rule: PaperRule,
  { signal }: Cancellable,
): Promise<Extended> {
  const { count, dimension: d } = problem.targets;
  const { angle: limit = DEFAULT_ANGLE, cells: wish = d + 1, centres } = rule;
  if (!(limit >= 0 && limit <= Math.PI)) throw new RangeError(`paper: expected \`angle\` from 0 to π, got ${limit}`);
  if (!(Number.isInteger(wish) && wish >= 1)) throw new RangeError(`paper: expected \`cells\` from 1, got ${wish}`);
  if (centres.counts.length !== count || centres.centres.length !== count * d) {
    throw new RangeError(`paper: expected \`centres\` of ${count} cells in ${d} dimensions`);
  }
  const k = Math.min(wish, count, 1024);
  const at = "values" in x ? x : await cells.draw(x, { signal });
  const sites = { values: centres.centres, count, dimension: d };
  const keep = (i: number): boolean => (centres.counts[i] as number) > 0;
  const { index: near } = await nearestSites(gpu, sites, at, { k, keep, signal });
  const index = Uint32Array.from({ length: at.count }, (_, m) => near[m * k] as number);
  const latents = targetRows(problem, index);
  // the paper uses normals of the targets as given, not centred
  const given = { values: targetRows(problem, [...Array(count).keys()]), dimension: d };
  const result = unmixed(at.count);
  const rejected: number[] = [];
  for (let m = 0; m < at.count; m++) {
    const i = index[m] as number;
    const kept = [i];
    for (let r = 1; r < k; r++) {
      const j = near[m * k + r] as number;
      if (j === NONE) break;
      const angle = angleOfRows(given, i, j, 1);
      result.angle[m] = Math.min(result.angle[m] as number, angle);
      if (angle <= limit) kept.push(j);
    }
    if (kept.length === 1) {
      rejected.push(m);
      continue;
    }
    const closeness = kept.map((j) => {
      let square = 0;
      for (let c = 0; c < d; c++) {
        const off = (at.values[m * d + c] as number) - (centres.centres[j * d + c] as number);
        square += off * off;
      }
      return 1 / Math.sqrt(square + 1e-30);
    });
    const sum = closeness.reduce((a, b) => a + b, 0);
    for (let c = 0; c < d; c++) {
      latents[m * d + c] = kept.reduce(
        (z, j, n) => z + ((closeness[n] as number) / sum) * (given.values[j * d + c] as number),
        0,
      );
    }
    result.partner[m] = kept[1] as number; // the nearest one of the other cells
    result.weight[m] = (closeness[1] as number) / sum;
  }
  const share = (at.count - rejected.length) / at.count;
  return { ...result, latents, index, share, rejected: Uint32Array.from(rejected) };
}
