import { PIECE, type Steps } from "../../math/steps.ts";
import type { Points } from "../points.ts";

/**
 * Nested clusterings of points with masses, coarse to fine: one vector of labels for each of
 * `sizes`, with labels from 0 to size − 1, one per point. Clusters are split along the coordinate
 * with their greatest variance, the cluster with the greatest variance · mass first. Points without
 * mass have label −1.
 */
export function* clusterings(
  { values, dimension: d }: Points,
  nu: Float64Array,
  sizes: readonly number[],
): Steps<Int32Array[]> {
  let work = 0;
  const label = Int32Array.from(nu, (mass) => (mass > 0 ? 0 : -1));
  const all = Uint32Array.from(label.keys()).filter((i) => (nu[i] as number) > 0);
  const clusters: Cluster[] = [describe(all)];
  const levels: Int32Array[] = [];

  function describe(members: Uint32Array): Cluster {
    let [axis, spread, mass] = [0, 0, 0];
    for (const i of members) mass += nu[i] as number;
    for (let k = 0; k < d; k++) {
      let [sum, squares] = [0, 0];
      for (const i of members) {
        const v = values[i * d + k] as number;
        sum += (nu[i] as number) * v;
        squares += (nu[i] as number) * v * v;
      }
      const variance = squares - (sum * sum) / mass;
      if (variance > spread) [axis, spread] = [k, variance];
    }
    return { members, axis, weight: members.length > 1 ? spread : 0 };
  }

  /**
   * How many of the sorted members go to the first part: the split with the least variance within
   * both.
   */
  function cut(sorted: Uint32Array, axis: number): number {
    let [total, all] = [0, 0];
    for (const i of sorted) {
      total += (nu[i] as number) * (values[i * d + axis] as number);
      all += nu[i] as number;
    }
    let [best, at, sum, mass] = [Number.NEGATIVE_INFINITY, 1, 0, 0];
    for (let n = 1; n < sorted.length; n++) {
      const i = sorted[n - 1] as number;
      sum += (nu[i] as number) * (values[i * d + axis] as number);
      mass += nu[i] as number;
      const rest = total - sum;
      const between = (sum * sum) / mass + (rest * rest) / Math.max(all - mass, Number.MIN_VALUE);
      if (between > best) [best, at] = [between, n];
    }
    return at;
  }

  for (const size of sizes) {
    while (clusters.length < size) {
      let widest = 0;
      clusters.forEach(({ weight }, c) => {
        if (weight > (clusters[widest] as Cluster).weight) widest = c;
      });
      const { members, axis, weight } = clusters[widest] as Cluster;
      if (weight === 0) break;
      // The search for the widest, the sort, and the two parts' variances.
      work += 4 * clusters.length + 64 * members.length + 6 * d * members.length;
      if (work > PIECE) {
        work = 0;
        yield;
      }
      const sorted = members.toSorted(
        (i, j) => (values[i * d + axis] as number) - (values[j * d + axis] as number) || i - j,
      );
      const half = cut(sorted, axis);
      clusters[widest] = describe(sorted.subarray(0, half));
      clusters.push(describe(sorted.subarray(half)));
      for (const i of sorted.subarray(half)) label[i] = clusters.length - 1;
    }
    levels.push(label.slice());
  }
  return levels;
}

interface Cluster {
  readonly members: Uint32Array;
  readonly axis: number;
  readonly weight: number;
}
