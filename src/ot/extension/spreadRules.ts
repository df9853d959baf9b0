// The rules `local` and `chart`: they move T(x) within the spread of its nearest targets.

import { checkWhole } from "../../kernels/numbers.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { symmetricFunction } from "../../math/linalg.ts";
import { boxMuller } from "../../math/normal.ts";
import { PURPOSE, philox, words } from "../../math/philox.ts";
import { NONE } from "../cells/counter.ts";
import { nearestSites } from "../cells/nearest.ts";
import { type TransportMap, targetRows } from "../map/map.ts";
import { type Points, pick } from "../points.ts";
import type { Draw } from "../source.ts";
import type { Numbered } from "./balanced.ts";
import { type ChartRule, type Extended, type LocalRule, unmixed } from "./rule.ts";

/** μ and Y, with covariance YYᵀ, of the nearest targets of one target. */
interface Spread {
  readonly mean: Float64Array;
  /** k columns (y_n − μ) / √k, [k, d]. */
  readonly columns: readonly Float64Array[];
}

/** The extension by the rule `local`. RangeError for parameters out of range. */
export async function local(
  map: TransportMap,
  x: Points | Numbered | Draw,
  rule: LocalRule,
  { signal }: Cancellable,
): Promise<Extended> {
  const { neighbours = 10, spread = 0.8 } = rule;
  checkSpread("local", { neighbours, spread });
  const { index } = await map.cells.assign(x, ["index"], { signal });
  const seed = rule.seed ?? ("seed" in x ? x.seed : 1);
  const first = "first" in x ? x.first : 0;
  return moved(map, index, { neighbours, spread, signal }, ({ columns }, m) =>
    normals(seed, "numbers" in x ? (x.numbers[m] as number) : first + m, columns.length),
  );
}

/** The extension by the rule `chart`. RangeError for parameters out of range. */
export async function chart(
  map: TransportMap,
  x: Points | Draw,
  rule: ChartRule,
  { signal }: Cancellable,
): Promise<Extended> {
  const { neighbours = 5, spread = 0.8, centres } = rule;
  checkSpread("chart", { neighbours, spread });
  const { count, dimension: d } = map.problem.targets;
  if (centres.counts.length !== count || centres.centres.length !== count * d) {
    throw new RangeError(`chart: expected \`centres\` of ${count} cells in ${d} dimensions`);
  }
  const { index, points } = await map.cells.assign(x, ["index", "points"], { signal });
  const inverse = new Map<Spread, Float64Array>(); // (YᵀY)^-½
  return moved(map, index, { neighbours, spread, signal }, (near, m) => {
    // C^½ r = Y (YᵀY)^-½ Yᵀ r, with r = 0 for a cell whose mass centre was found from no sample.
    const i = index[m] as number;
    const { columns } = near;
    const k = columns.length;
    const root = inverse.get(near) ?? inverseRoot(columns);
    inverse.set(near, root);
    const known = (centres.counts[i] as number) > 0;
    const projected = columns.map((column) => {
      let sum = 0;
      for (let c = 0; known && c < d; c++)
        sum += (column[c] as number) * ((points[m * d + c] as number) - (centres.centres[i * d + c] as number));
      return sum;
    });
    return projected.map((_, a) => projected.reduce((sum, p, b) => sum + p * (root[a * k + b] as number), 0));
  });
}

function checkSpread(name: string, { neighbours, spread }: Required<Pick<LocalRule, "neighbours" | "spread">>): void {
  checkWhole(name, "neighbours", neighbours, [1, 1024]);
  if (!(spread >= 0 && spread <= 1)) throw new RangeError(`${name}: expected \`spread\` from 0 to 1, got ${spread}`);
}

/** μ + √(1 − s²)(y − μ) + s Y g for each sample, with its own g. */
async function moved(
  { gpu, problem }: TransportMap,
  index: Uint32Array<ArrayBuffer>,
  { neighbours, spread, signal }: { readonly neighbours: number; readonly spread: number } & Cancellable,
  g: (near: Spread, m: number) => ArrayLike<number>,
): Promise<Extended> {
  const { targets, nu, offset } = problem;
  const { values, dimension: d } = targets;
  const own = [...new Set(index)].sort((a, b) => a - b);
  const k = Math.min(neighbours, targets.count);
  const hasMass = (i: number): boolean => (nu[i] as number) > 0;
  const { index: near } = await nearestSites(gpu, targets, pick(targets, own), { k, keep: hasMass, signal });
  const spreads = new Map(
    own.map((i, at) => [
      i,
      spreadOf(
        near.subarray(at * k, at * k + k).filter((j) => j !== NONE),
        targets,
      ),
    ]),
  );
  const latents = targetRows(problem, index);
  const keep = Math.sqrt(1 - spread * spread);
  for (let m = 0; m < index.length; m++) {
    const i = index[m] as number;
    const around = spreads.get(i) as Spread;
    const weights = g(around, m);
    for (let c = 0; c < d; c++) {
      const mean = around.mean[c] as number;
      let move = 0;
      for (let n = 0; n < around.columns.length; n++)
        move += (weights[n] as number) * (around.columns[n]?.[c] as number);
      const y = values[i * d + c] as number;
      latents[m * d + c] = mean + keep * (y - mean) + spread * move + (offset[c] as number);
    }
  }
  return { ...unmixed(index.length), latents, index, share: spread > 0 && k > 1 ? 1 : 0 };
}

function spreadOf(codes: Uint32Array, { values, dimension: d }: Points): Spread {
  const mean = Float64Array.from({ length: d }, (_, c) =>
    codes.reduce((sum, j) => sum + (values[j * d + c] as number) / codes.length, 0),
  );
  const root = Math.sqrt(codes.length);
  const columns = Array.from(codes, (j) => mean.map((mu, c) => ((values[j * d + c] as number) - mu) / root));
  return { mean, columns };
}

/** (YᵀY)^-½ of k columns, on the subspace where YᵀY is invertible; [k, k]. */
function inverseRoot(columns: readonly Float64Array[]): Float64Array {
  const k = columns.length;
  const gram = Float64Array.from({ length: k * k }, (_, at) => {
    const [a, b] = [columns[Math.floor(at / k)] as Float64Array, columns[at % k] as Float64Array];
    return a.reduce((sum, v, c) => sum + v * (b[c] as number), 0);
  });
  return symmetricFunction(gram, k, (value, greatest) => (value > 1e-10 * greatest ? 1 / Math.sqrt(value) : 0));
}

/** Distance between neighbouring numbers of 32 bits. */
const U32 = powerOfTwo(-32);

/**
 * Standard normals of sample number `index` on the host, four from each philox block: Box and
 * Muller (1958).
 */
function normals(seed: number, index: number, count: number): Float64Array {
  const key = words("local", "seed", seed);
  const g = new Float64Array(4 * Math.ceil(count / 4));
  for (let n = 0; n < count; n += 4) {
    const bits = philox([...words("local", "first", index), n / 4, PURPOSE.localRule], key);
    for (let pair = 0; pair < 4; pair += 2) {
      g.set(boxMuller(((bits[pair] as number) + 0.5) * U32, (bits[pair + 1] as number) * U32), n + pair);
    }
  }
  return g;
}
