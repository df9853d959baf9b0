import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import { mul } from "../../src/tensor/ops/elementwise.ts";
import { sum } from "../../src/tensor/ops/sum.ts";
import type { OpReference } from "../../src/tensor/reference/reference.ts";
import { audited } from "./audited.ts";
import {
  type Case,
  type CheckOptions,
  directions,
  dot,
  magnitude,
  mapValues,
  ROUNDING,
  rounded,
  SEED,
} from "./checkOp.ts";

// of mixed differences in float64: rounding adds about 1e-9, curvature about 1e-6
const STEP = 1e-3;
/** How far a second derivative in float64 may be from a mixed difference, beside its terms. */
const RULE = 2e-5;

/**
 * Holds the gradient of an op's gradient to its reference on arbitrary cases (seed 1). For inputs a
 * and b, along directions u and v,
 *
 *   ∂/∂b <∂/∂a <dy, f>, u> · v = ∂²/∂s∂t <dy, F(a + s u, b + t v)>, and with respect to dy along v:
 *   ∂/∂s <v, F(a + s u)>
 *
 * the left side from a tape that records a tape, the right side from central differences of the
 * reference F. As in `checkOp`, each op that runs is held to its row of the table, the left side is
 * computed by these ops in float64 and by the device, and incoming gradients and directions are
 * drawn from Philox. NaN never passes.
 */
export async function checkSecond<N extends string, A>(
  engine: Engine,
  op: (inputs: { readonly [K in N]: Tensor }, attributes: A) => Tensor,
  { reference }: Pick<OpReference<N, NoInfer<A>>, "reference">,
  cases: fc.Arbitrary<Case<N, A>>,
  { tolerance = 2e-5, runs = 15, constant = [] }: CheckOptions = {},
): Promise<void> {
  const check = async ({ inputs: given, attributes }: Case<N, A>): Promise<void> => {
    const inputs = rounded(given);
    const names = (Object.keys(inputs) as N[]).filter((name) => !constant.includes(name));
    const direction = directions();
    const value = reference(inputs, attributes);
    const dy = direction(value.length).map(Math.fround);
    const v = { dy: direction(value.length), ...mapValues(inputs, ({ values }) => direction(values.length)) };
    type Move = readonly [name: N, along: Float64Array, step: number];
    const moved = (...steps: readonly Move[]): Float64Array => {
      let at = inputs;
      for (const [name, along, step] of steps) {
        const { shape, values } = at[name];
        at = { ...at, [name]: { shape, values: values.map((x, i) => x + step * (along[i] as number)) } };
      }
      return reference(at, attributes);
    };
    for (const first of names) {
      const u = direction(inputs[first].values.length).map(Math.fround);
      const { result: seconds, exact } = await audited(engine, () =>
        engine.scope((): readonly Tensor[] => {
          const tensors = mapValues(inputs, ({ shape, values }) => engine.tensor(Float32Array.from(values), shape));
          const cotangent = engine.tensor(Float32Array.from(dy), op(tensors, attributes).shape);
          const along = engine.tensor(Float32Array.from(u), inputs[first].shape);
          const slope = (): Tensor => {
            const { gradients } = valueAndGrad([tensors[first]], () => op(tensors, attributes), cotangent);
            return sum(mul(gradients[0], along));
          };
          return valueAndGrad([cotangent, ...names.map((name) => tensors[name])], slope).gradients;
        }),
      );
      /** Compares gradient i along v with the difference quotient of Σ terms. */
      const compare = async (i: number, name: N | "dy", quotient: Float64Array, rounding: number): Promise<void> => {
        const [along, second] = [v[name] as Float64Array, seconds[i] as Tensor];
        const expected = quotient.reduce((total, term) => total + term, 0);
        const rule = await exact(second);
        const terms = magnitude(rule, along) + quotient.reduce((total, term) => total + Math.abs(term), 0);
        const off = Math.abs(dot(rule, along) - expected);
        assert.ok(
          off <= RULE * terms + rounding,
          `rule of ${first}, then ${name}: ${dot(rule, along)}, expected ${expected}`,
        );
        const actual = Float64Array.from(await engine.read(second));
        assert.ok(
          Math.abs(dot(actual, along) - expected) <= 3 * tolerance * (1 + magnitude(actual, along)),
          `${first}, then ${name}: ${dot(actual, along)}, expected ${expected}`,
        );
      };
      const [above, below] = [moved([first, u, STEP]), moved([first, u, -STEP])];
      const slopes = above.map((up, i) => ((v.dy[i] as number) * (up - (below[i] as number))) / (2 * STEP));
      await compare(0, "dy", slopes, (ROUNDING / STEP) * (magnitude(v.dy, above) + magnitude(v.dy, below)));
      for (const [n, second] of names.entries()) {
        const corner = (s: number, t: number): Float64Array =>
          moved([first, u, s * STEP], [second, v[second] as Float64Array, t * STEP]);
        const [pp, pm, mp, mm] = [corner(1, 1), corner(1, -1), corner(-1, 1), corner(-1, -1)];
        const mixed = dy.map((g, i) => {
          const difference = (pp[i] as number) - (pm[i] as number) - (mp[i] as number) + (mm[i] as number);
          return (g * difference) / (4 * STEP * STEP);
        });
        await compare(n + 1, second, mixed, (ROUNDING / STEP ** 2) * (magnitude(dy, pp) + magnitude(dy, mm)));
      }
      dispose(...seconds);
    }
  };
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: runs, seed: SEED, includeErrorInReport: true });
}
