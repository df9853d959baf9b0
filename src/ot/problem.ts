// Semi-discrete optimal transport: a density mu on R^d is moved to N points at least quadratic
// cost.
//
// source mu    what is moved: N(0, I), the uniform density on the cube [-1/2, 1/2]^d, or samples
//              that the caller supplies
// targets y_i  the points that it is moved to, with masses nu_i ≥ 0 that sum to 1
// height h_i   one number per target, defined up to a constant: their mean over targets with mass
//              is 0. A target without mass has height -Infinity
// potential    u_h(x) = max_i <x, y_i> + h_i, convex and piecewise linear; the transport map is its
//              gradient
// power cell   W_i = {x : i is the argmax}, the lowest i on ties; T_h(x) = y_i there. Its power
//              weight is 2 h_i + |y_i|²
// mass w_i     mu(W_i), estimated by counts / samples. The heights solve the problem when w = nu
// cost         c(x, y) = ½ |x − y|², so that W2² / 2 = E|x|²/2 + Σ nu_i |y_i|²/2 − min_h E(h) with
//              E(h) = ∫ u_h dmu − Σ nu_i h_i
//
// Targets are stored centred at Σ nu_i y_i: this adds a linear function to u_h and changes no cell.
// `offset` is added to all results. Targets are centred in float64 before they are rounded, so that
// heights are valid for the rows as they were given, with all their digits, however far from 0 they
// are: x goes to the row with the greatest <x, y_i> + h_i, up to the rounding of centred rows (to
// float32 in the solver by samples; the exact solver uses float64 rows).

import { checkOptions } from "../kernels/options.ts";
import { fullRows, type Points, points } from "./points.ts";
import type { Source } from "./source.ts";

export interface Problem {
  /** y_i − offset, with unrounded rows in one or two dimensions, for the exact solver. */
  readonly targets: Points;
  readonly offset: Float64Array;
  /**
   * Masses. Those of equal targets are added to the first of them, since cells between equal
   * targets are not defined.
   */
  readonly nu: Float64Array;
  readonly source: Source;
  /**
   * Number of targets that equal an earlier one as they are stored: in float64 for one or two
   * dimensions, else in float32. Their heights will be -Infinity.
   */
  readonly duplicates: number;
}

export interface ProblemOptions {
  /** Masses, scaled to sum 1; zeros are allowed. Default: equal ones. */
  readonly nu?: ArrayLike<number>;
  /** Default: `gaussian`. */
  readonly source?: Source;
}

/** Greatest dimension of the exact solver. */
const FLOAT64_DIMENSIONS = 2;

/**
 * The problem of moving `source` to `targets`. RangeError for masses that are negative, not finite,
 * all zero or of another number than targets.
 */
export function createProblem(targets: Points, options: ProblemOptions = {}): Problem {
  checkOptions("createProblem", options, ["nu", "source"]);
  const { nu, source = "gaussian" } = options;
  const given = points("ot: `targets`", fullRows(targets), targets.dimension);
  const { count, dimension } = given;
  const values = fullRows(given);
  checkSource(source, dimension);
  const masses = normalise(nu ?? new Float64Array(count).fill(1), count);
  const offset = new Float64Array(dimension);
  for (let i = 0; i < count; i++) {
    const mass = masses[i] as number;
    for (let k = 0; k < dimension; k++)
      offset[k] = (offset[k] as number) + mass * (values[i * dimension + k] as number);
  }
  const centred = dimension <= FLOAT64_DIMENSIONS ? new Float64Array(values.length) : new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) centred[i] = (values[i] as number) - (offset[i % dimension] as number);
  const held: Points =
    centred instanceof Float64Array
      ? { values: new Float32Array(centred), unrounded: centred, count, dimension }
      : { values: centred, count, dimension };
  return { targets: held, offset, ...gather(masses, centred), source };
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

/**
 * Adds the masses of equal rows to the first such row, and counts the rows that equal an earlier
 * one.
 */
function gather(
  nu: Float64Array,
  values: Float32Array | Float64Array,
): { readonly nu: Float64Array; readonly duplicates: number } {
  const plain = values.slice();
  for (let i = 0; i < plain.length; i++) plain[i] = (plain[i] as number) + 0; // -0 + 0 = 0
  const bits = new Uint32Array(plain.buffer);
  const words = bits.length / nu.length;
  const gathered = Float64Array.from(nu);
  let duplicates = 0;
  const first = new Map<number, number[]>(); // indices of rows by hash (FNV-1a over words)
  for (let i = 0; i < nu.length; i++) {
    let hash = 0x811c9dc5;
    for (let k = 0; k < words; k++) hash = Math.imul(hash ^ (bits[i * words + k] as number), 0x01000193);
    const alike = first.get(hash);
    if (alike === undefined) {
      first.set(hash, [i]);
      continue;
    }
    const same = (j: number): boolean => {
      for (let k = 0; k < words; k++) if (bits[i * words + k] !== bits[j * words + k]) return false;
      return true;
    };
    const earlier = alike.find(same);
    if (earlier === undefined) alike.push(i);
    else {
      gathered[earlier] = (gathered[earlier] as number) + (gathered[i] as number);
      gathered[i] = 0;
      duplicates++;
    }
  }
  return { nu: gathered, duplicates };
}

/**
 * Heights shifted to mean 0 over targets with mass; -Infinity for the others. The map stays the
 * same.
 */
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

/**
 * RangeError unless heights to start from are one per target, and finite where the target has mass.
 */
export function checkHeights(op: string, heights: ArrayLike<number>, nu: Float64Array): void {
  if (heights.length !== nu.length) {
    throw new RangeError(`${op}: expected ${nu.length} \`heights\`, got ${heights.length}`);
  }
  const wrong = nu.findIndex((mass, i) => mass > 0 && !Number.isFinite(heights[i]));
  if (wrong >= 0) {
    throw new RangeError(`${op}: expected finite \`heights\` of targets with mass, got ${heights[wrong]} at ${wrong}`);
  }
}
