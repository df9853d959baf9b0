// The Gaussian model of the targets, in float64: their covariance, which the warm start and the
// extended map use.

import { eigenSteps } from "../../math/linalg.ts";
import { atOnce, itemsOf, type Steps } from "../../math/steps.ts";
import type { Problem } from "../problem.ts";
import { sourceMoments } from "../source.ts";

/**
 * Above this dimension the covariance is taken as diagonal: Jacobi's method would take more time
 * than it saves.
 */
const MOST_DIMENSIONS = 256;

/** Σ nu_i (y_i − m)(y_i − m)ᵀ, [d, d]. */
export function covariance(problem: Problem): Float64Array {
  return atOnce(covarianceSteps(problem));
}

function* covarianceSteps(
  { targets: { values, count, dimension: d }, nu }: Problem,
  diagonal = false,
): Steps<Float64Array> {
  const c = new Float64Array(d * d);
  const rows = itemsOf(diagonal ? 2 * d : d * d);
  for (let i = 0; i < count; i++) {
    if (i % rows === rows - 1) yield;
    const mass = nu[i] as number;
    if (mass === 0) continue;
    const row = values.subarray(i * d, (i + 1) * d);
    for (let a = 0; a < d; a++) {
      const x = mass * (row[a] as number);
      for (let b = diagonal ? a : 0; b <= a; b++) (c[a * d + b] as number) += x * (row[b] as number);
    }
  }
  for (let a = 0; a < d; a++) for (let b = 0; b < a; b++) c[b * d + a] = c[a * d + b] as number;
  return c;
}

/** A quadratic form. */
export type Form = (y: Float64Array | Float32Array) => number;

/**
 * The quadratic form y ↦ ½ yᵀ A⁻¹ y of the Gaussian model. The linear map x ↦ Ax with
 * A = Σ^½ / sd(source) moves a source with this standard deviation to the targets' covariance Σ,
 * and the form is the conjugate of its potential ½ xᵀAx. Directions in which the targets have no
 * variance contribute 0.
 */
export function gaussianForm(problem: Problem): Form {
  return atOnce(gaussianFormSteps(problem));
}

/** The forms of problems: their eigenvectors take longer than all other uses of them. */
const forms = new WeakMap<Problem, Form>();

/** `gaussianForm` in pieces, which are taken once for a problem. */
export function* gaussianFormSteps(problem: Problem): Steps<Form> {
  const form = forms.get(problem) ?? (yield* formSteps(problem));
  forms.set(problem, form);
  return form;
}

function* formSteps(problem: Problem): Steps<Form> {
  const d = problem.targets.dimension;
  const sigma = Math.sqrt(sourceMoments(problem.source, d).variance);
  const diagonal = d > MOST_DIMENSIONS;
  const c = yield* covarianceSteps(problem, diagonal);
  const { values, vectors } = diagonal
    ? { values: Float64Array.from({ length: d }, (_, i) => c[i * d + i] as number), vectors: undefined }
    : yield* eigenSteps(c, d);
  const floor = 1e-10 * values.reduce((a, b) => Math.max(a, b), 0);
  // root[e] = (σ / √λ_e)^½ v_e, so that the form is ½ Σ_e <root[e], y>².
  const scale = values.map((value) => (value > floor ? Math.sqrt(sigma / Math.sqrt(value)) : 0));
  if (vectors === undefined) {
    return (y) => {
      const scaled = scale.map((s, k) => s * (y[k] as number));
      return 0.5 * scaled.reduce((sum, v) => sum + v * v, 0);
    };
  }
  const root = vectors.map((v, i) => (scale[Math.floor(i / d)] as number) * v);
  return (y) => {
    let sum = 0;
    for (let e = 0; e < d; e++) {
      let dot = 0;
      for (let k = 0; k < d; k++) dot += (root[e * d + k] as number) * (y[k] as number);
      sum += dot * dot;
    }
    return 0.5 * sum;
  };
}
