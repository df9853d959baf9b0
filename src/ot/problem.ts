// Semi-discrete optimal transport: a density mu on R^d is moved to N points at least quadratic cost.
//
// source mu    what is moved: N(0, I), the uniform density on the cube [-1/2, 1/2]^d, or samples that the caller supplies
// targets y_i  the points that it is moved to, with masses nu_i ≥ 0 that sum to 1
// height h_i   one number per target, defined up to a constant: its mean over targets with mass is 0. -Infinity: no mass
// potential    u_h(x) = max_i <x, y_i> + h_i, convex and piecewise linear; the transport map is its gradient
// power cell   W_i = {x : i is the argmax}, the lowest i on ties; T_h(x) = y_i there. Power weight: 2 h_i + |y_i|²
// mass w_i     mu(W_i), estimated by counts / samples. The heights solve the problem when w = nu
// cost         c(x, y) = ½ |x − y|², so that W2² / 2 = E|x|²/2 + Σ nu_i |y_i|²/2 − min_h E(h), E(h) = ∫ u_h dmu − Σ nu_i h_i
//
// Targets are kept centred at Σ nu_i y_i: this adds a linear function to u_h and moves no cell. `offset` is added on the way out.
import type { Source } from "./draw.ts";
import { type Points, points } from "./points.ts";

export interface Problem {
  /** y_i − offset. */
  readonly targets: Points;
  readonly offset: Float64Array;
  /** Masses; those of equal targets are gathered at the first of them, since cells between equal targets are not defined. */
  readonly nu: Float64Array;
  readonly source: Source;
  /** Targets that equal an earlier one; their heights will be -Infinity. */
  readonly duplicates: number;
}

export interface ProblemOptions {
  /** Masses, scaled to sum 1; zeros are allowed. Default: equal ones. */
  readonly nu?: ArrayLike<number>;
  /** Default: `gaussian`. */
  readonly source?: Source;
}

/** The problem of moving `source` to `targets`. RangeError for masses that are negative, not finite, all zero or of another number than targets. */
export function createProblem(targets: Points, { nu, source = "gaussian" }: ProblemOptions = {}): Problem {
  const { values, count, dimension } = points("ot: `targets`", targets.values, targets.dimension);
  checkSource(source, dimension);
  const masses = normalise(nu ?? new Float64Array(count).fill(1), count);
  const offset = new Float64Array(dimension);
  for (let i = 0; i < count; i++) {
    const mass = masses[i] as number;
    for (let k = 0; k < dimension; k++)
      offset[k] = (offset[k] as number) + mass * (values[i * dimension + k] as number);
  }
  const centred = values.map((value, i) => value - (offset[i % dimension] as number));
  const result = { values: centred, count, dimension };
  return { targets: result, offset, ...gather(masses, centred, dimension), source };
}

function checkSource(source: Source, dimension: number): void {
  if (source === "gaussian" || source === "cube") return;
  if (typeof source !== "object" || source === null || source.samples === undefined) {
    throw new RangeError(`ot: expected \`source\` gaussian, cube or { samples }, got ${String(source)}`);
  }
  const samples = points("ot: `source.samples`", source.samples.values, source.samples.dimension);
  if (samples.dimension !== dimension)
    throw new RangeError(`ot: expected \`source.samples\` of dimension ${dimension}, got ${samples.dimension}`);
}

function normalise(nu: ArrayLike<number>, count: number): Float64Array {
  if (nu.length !== count) throw new RangeError(`ot: expected ${count} masses \`nu\`, got ${nu.length}`);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const mass = nu[i] as number;
    if (!(mass >= 0 && mass < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`ot: expected finite masses \`nu\` ≥ 0, got ${mass} at ${i}`);
    }
    sum += mass;
  }
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`ot: expected masses \`nu\` with a finite sum above 0, got ${sum}`);
  }
  return Float64Array.from(nu, (mass) => mass / sum);
}

/** Masses with those of equal rows moved to the first such row, and how many rows equal an earlier one. */
function gather(
  nu: Float64Array,
  values: Float32Array,
  dimension: number,
): { readonly nu: Float64Array; readonly duplicates: number } {
  const bits = new Uint32Array(values.map((value) => value + 0).buffer); // -0 + 0 = 0
  const gathered = Float64Array.from(nu);
  let duplicates = 0;
  const first = new Map<number, number[]>(); // rows by hash (FNV-1a over words)
  for (let i = 0; i < nu.length; i++) {
    let hash = 0x811c9dc5;
    for (let k = 0; k < dimension; k++) hash = Math.imul(hash ^ (bits[i * dimension + k] as number), 0x01000193);
    const alike = first.get(hash);
    if (alike === undefined) {
      first.set(hash, [i]);
      continue;
    }
    const same = (j: number): boolean => {
      for (let k = 0; k < dimension; k++) if (bits[i * dimension + k] !== bits[j * dimension + k]) return false;
      return true;
    };
    const twin = alike.find(same);
    if (twin === undefined) alike.push(i);
    else {
      gathered[twin] = (gathered[twin] as number) + (gathered[i] as number);
      gathered[i] = 0;
      duplicates++;
    }
  }
  return { nu: gathered, duplicates };
}

/** Heights shifted to mean 0 over targets with mass; -Infinity for the others. The map stays the same. */
export function centreHeights(h: ArrayLike<number>, nu: Float64Array): Float64Array {
  let [sum, active] = [0, 0];
  for (let i = 0; i < nu.length; i++) {
    if ((nu[i] as number) > 0) {
      sum += h[i] as number;
      active++;
    }
  }
  return nu.map((mass, i) => (mass > 0 ? (h[i] as number) - sum / active : Number.NEGATIVE_INFINITY));
}
