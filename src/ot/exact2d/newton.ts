import type { Density } from "../draw.ts";
import { type Diagram, diagrams, hessian } from "./diagram.ts";
import { dot, solveLaplacian } from "./laplacian.ts";

export interface NewtonOptions {
  /** max |w_i − nu_i| / nu_i to reach. */
  readonly tolerance: number;
  readonly most: number;
  readonly heights: Float64Array | undefined;
  readonly onStep: (iteration: number, error: number, step: number) => void;
}

export interface NewtonResult {
  readonly h: Float64Array;
  readonly diagram: Diagram;
  readonly error: number;
  readonly iterations: number;
  /** `rounding`: even a step that should end it leaves the error as it is. */
  readonly stop: "reached" | "rounding" | "budget";
}

const SHORTEST = 2 ** -30;
/** Below this error Newton's steps are good at full length, unless rounding ends them. */
const NEAR = 1e-6;
/** What each linear system leaves of its right side: far less than one step leaves of the error until the last. */
const REDUCTION = 1e-7;

/**
 * Heights at which the cells of sites y have masses nu > 0, by damped Newton (Kitagawa, Mérigot and Thibert 2019): each step is halved until no cell
 * falls below half of the least mass at the start and |w − nu| has shrunk by at least half of what the step promised.
 */
export function newton(y: Float64Array, nu: Float64Array, source: Density, options: NewtonOptions): NewtonResult {
  const at = diagrams(y, source);
  const leastMass = nu.reduce((a, b) => Math.min(a, b));
  let h = options.heights ?? spread(y, source);
  let diagram = at(h);
  if (least(diagram) <= 0) {
    h = spread(y, source); // given heights with empty cells are no start
    diagram = at(h);
  }
  const floor = Math.min(least(diagram), leastMass) / 2;
  let last = 1;
  for (let iteration = 0; ; iteration++) {
    const missing = nu.map((mass, i) => mass - (diagram.masses[i] as number));
    const error = relativeError(missing, nu);
    if (error <= options.tolerance) return { h, diagram, error, iterations: iteration, stop: "reached" };
    if (iteration === options.most) return { h, diagram, error, iterations: iteration, stop: "budget" };
    const direction = solveLaplacian(hessian(diagram, y), missing, REDUCTION);
    const size = norm(missing);
    let found: { readonly h: Float64Array; readonly diagram: Diagram } | undefined;
    let step = 2 * (error < NEAR ? 1 : Math.min(1, 4 * last)); // a step is seldom much longer than the one before
    while (found === undefined && step > (error < NEAR ? 1 : SHORTEST)) {
      step /= 2;
      const pace = step;
      const next = h.map((height, i) => height + pace * (direction[i] as number));
      const tried = at(next);
      const left = norm(nu.map((mass, i) => mass - (tried.masses[i] as number)));
      if (least(tried) >= floor && left <= (1 - step / 2) * size) found = { h: next, diagram: tried };
    }
    if (found === undefined) return { h, diagram, error, iterations: iteration, stop: "rounding" };
    [h, diagram, last] = [found.h, found.diagram, step];
    options.onStep(
      iteration + 1,
      relativeError(
        nu.map((mass, i) => mass - (found.diagram.masses[i] as number)),
        nu,
      ),
      step,
    );
  }
}

function norm(x: Float64Array): number {
  return Math.sqrt(dot(x, x));
}

function least({ masses }: Diagram): number {
  return masses.reduce((a, b) => Math.min(a, b));
}

function relativeError(missing: Float64Array, nu: Float64Array): number {
  return missing.reduce((worst, value, i) => Math.max(worst, Math.abs(value) / (nu[i] as number)), 0);
}

/**
 * h_i = −½ Σ_k (y_ik − c_k)² / s_k: cell i then holds the point ((y_ik − c_k) / s_k)_k, and s brings all of these into the cube, or within
 * two standard deviations. No cell is empty.
 */
function spread(y: Float64Array, source: Density): Float64Array {
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
      // A direction without extent takes the other's scale.
      const s = (scale[k] as number) > 1e-6 * widest ? (scale[k] as number) : widest;
      h -= ((y[2 * i + k] as number) - (centre[k] as number)) ** 2 / (2 * s);
    }
    return h;
  });
}
