// Heights to start Newton's method from, of the form h_i = −φ(y_i) for a strictly convex φ. Cell i
// then contains the point ∇φ(y_i), so that no cell is empty if all these points lie in the domain.

import { normalQuantile } from "../../../math/normal.ts";
import type { Density } from "../../source.ts";

/**
 * φ(y) = ½ Σ_k (y_k − c_k)² / s_k. Cell i contains the point ((y_ik − c_k) / s_k)_k, and s moves
 * all these points into the cube, or within two standard deviations. This is good for targets
 * without clusters: a cluster gets a share of the domain in proportion to its extent, not to its
 * mass.
 */
export function spread(y: Float64Array, source: Density): Float64Array {
  const inner = source === "cube" ? 0.499 : 2;
  const count = y.length / 2;
  const [centre, scale] = [
    [0, 0],
    [0, 0],
  ];
  for (const k of [0, 1]) {
    const values = y.filter((_, at) => at % 2 === k);
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    centre[k] = (low + high) / 2;
    scale[k] = (high - low) / 2 / inner;
  }
  const widest = Math.max(...scale);
  return Float64Array.from({ length: count }, (_, i) => {
    let h = 0;
    for (const k of [0, 1]) {
      // A direction without extent uses the scale of the other direction.
      const s = (scale[k] as number) > 1e-6 * widest ? (scale[k] as number) : widest;
      const off = (y[2 * i + k] as number) - (centre[k] as number);
      h -= (off * off) / (2 * s);
    }
    return h;
  });
}

/**
 * φ(y) = φ_1(y_1) + φ_2(y_2), where ∇φ_k is the monotone map of the k-th coordinates of the targets
 * to the quantiles of the source: the middle of each target's share of the mass goes to its
 * quantile. Clusters of any width get room in proportion to their number of cells, in either
 * direction.
 */
export function ranked(y: Float64Array, nu: Float64Array, source: Density): Float64Array {
  const count = nu.length;
  const h = new Float64Array(count);
  for (const k of [0, 1]) {
    const at = (i: number): number => y[2 * i + k] as number;
    const order = Int32Array.from({ length: count }, (_, i) => i).sort((i, j) => at(i) - at(j));
    // sums of mass from both ends, so that neither tail loses digits
    const above = new Float64Array(count + 1);
    for (let r = count - 1; r >= 0; r--) above[r] = (above[r + 1] as number) + (nu[order[r] as number] as number);
    let [below, phi, before, slope] = [0, 0, 0, 0];
    for (let r = 0; r < count; ) {
      const place = at(order[r] as number);
      let [end, mass] = [r, 0];
      for (; end < count && at(order[end] as number) === place; end++) mass += nu[order[end] as number] as number;
      const [lower, upper] = [below + mass / 2, (above[end] as number) + mass / 2];
      const next = source === "cube" ? (lower - upper) / 2 : normalQuantile(lower, upper);
      if (r > 0) phi += ((place - before) * (slope + next)) / 2;
      for (; r < end; r++) (h[order[r] as number] as number) -= phi;
      [below, before, slope] = [below + mass, place, next];
    }
  }
  return h;
}
