import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import { mul } from "../../src/tensor/ops/elementwise.ts";
import { sum } from "../../src/tensor/ops/sum.ts";
import type { Reference, Values } from "../../src/tensor/reference/reference.ts";
import type { Case, CheckOptions } from "./checkOp.ts";

// of mixed differences in float64: rounding adds about 1e-9, curvature about 1e-6
const STEP = 1e-3;

/**
 * Holds the gradient of an op's gradient to its reference on arbitrary cases (seed 1). For inputs a
 * and b, along directions u and v,
 *
 *   ∂/∂b <∂/∂a <dy, f>, u> · v = ∂²/∂s∂t <dy, F(a + s u, b + t v)>, and with respect to dy along v:
 *   ∂/∂s <v, F(a + s u)>
 *
 * the left side from a tape that records a tape, the right side from central differences of the
 * reference F. NaN never passes.
 */
export async function checkSecond<N extends string, A>(
  engine: Engine,
  op: (inputs: { readonly [K in N]: Tensor }, attributes: A) => Tensor,
  reference: Reference<N, A>,
  cases: fc.Arbitrary<Case<N, A>>,
  { tolerance = 2e-5, runs = 15, constant = [] }: CheckOptions = {},
): Promise<void> {
  const check = async ({ inputs: given, attributes }: Case<N, A>): Promise<void> => {
    const inputs = rounded(given);
    const names = (Object.keys(inputs) as N[]).filter((name) => !constant.includes(name));
    const dy = reference(inputs, attributes).map((_, i) => Math.fround(Math.sin(i + 1)));
    const [u, v] = [(i: number): number => Math.fround(Math.cos(i + 1)), (i: number): number => Math.cos(2 * i + 0.5)];
    const moved = (
      steps: readonly (readonly [name: N, along: (i: number) => number, step: number])[],
    ): Float64Array => {
      let at = inputs;
      for (const [name, along, step] of steps) {
        const { shape, values } = at[name];
        at = { ...at, [name]: { shape, values: values.map((x, i) => x + step * along(i)) } };
      }
      return reference(at, attributes);
    };
    for (const first of names) {
      const { seconds } = engine.scope(() => {
        const tensors = mapped(inputs, ({ shape, values }) => engine.tensor(Float32Array.from(values), shape));
        const shapeOfY = op(tensors, attributes).shape;
        const seed = engine.tensor(Float32Array.from(dy), shapeOfY);
        const direction = engine.tensor(
          Float32Array.from(inputs[first].values, (_, i) => u(i)),
          inputs[first].shape,
        );
        const slope = (): Tensor => {
          const { gradients } = valueAndGrad([tensors[first]], () => op(tensors, attributes), seed);
          return sum(mul(gradients[0], direction));
        };
        return { seconds: valueAndGrad([seed, ...names.map((name) => tensors[name])], slope).gradients };
      });
      const [byDy, ...byInputs] = await Promise.all(seconds.map((second) => engine.read(second)));
      const [above, below] = [moved([[first, u, STEP]]), moved([[first, u, -STEP]])];
      const linear = above.reduce((total, up, i) => total + (v(i) * (up - (below[i] as number))) / (2 * STEP), 0);
      compare(`${first}, then dy`, byDy, v, linear, tolerance);
      for (const [n, second] of names.entries()) {
        const corner = (s: number, t: number): number =>
          moved([
            [first, u, s * STEP],
            [second, v, t * STEP],
          ]).reduce((total, y, i) => total + (dy[i] as number) * y, 0);
        const mixed = (corner(1, 1) - corner(1, -1) - corner(-1, 1) + corner(-1, -1)) / (4 * STEP * STEP);
        compare(`${first}, then ${second}`, byInputs[n], v, mixed, tolerance);
      }
      dispose(...seconds);
    }
  };
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: runs, seed: 1, includeErrorInReport: true });
}

function compare(
  name: string,
  gradient: Float32Array | undefined,
  along: (i: number) => number,
  expected: number,
  tolerance: number,
): void {
  assert.ok(gradient !== undefined, `${name}: no gradient`);
  const terms = Float64Array.from(gradient as Float32Array, (g, i) => g * along(i));
  const actual = terms.reduce((total, term) => total + term, 0);
  const magnitude = terms.reduce((total, term) => total + Math.abs(term), 1);
  assert.ok(Math.abs(actual - expected) <= 3 * tolerance * magnitude, `${name}: ${actual}, expected ${expected}`);
}

function rounded<N extends string>(inputs: { readonly [K in N]: Values }): { readonly [K in N]: Values } {
  return mapped(inputs, ({ shape, values }) => ({ shape, values: values.map(Math.fround) }));
}

function mapped<N extends string, S, T>(
  record: { readonly [K in N]: S },
  f: (value: S) => T,
): { readonly [K in N]: T } {
  return Object.fromEntries(Object.entries<S>(record).map(([name, value]) => [name, f(value)])) as { [K in N]: T };
}
