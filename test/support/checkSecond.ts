import fc from "fast-check";
import { audited } from "../../src/audit/references/audited.ts";
import { mapValues, rounded } from "../../src/audit/references/checkOp.ts";
import { differenceQuotient, directions, holdGradient, type Quotient } from "../../src/audit/references/gradients.ts";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import { mul } from "../../src/tensor/ops/elementwise.ts";
import { sum } from "../../src/tensor/ops/sum.ts";
import type { OpReference } from "../../src/tensor/reference/reference.ts";
import { type Case, type CheckOptions, SEED } from "./checkOp.ts";

// step of mixed differences in float64, with errors of about 1e-9 by rounding and 1e-6 by curvature
const STEP = 1e-3;

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
      const compare = async (name: N | "dy", gradient: Tensor, quotient: Quotient): Promise<void> =>
        holdGradient({
          name: `${first}, then ${name}`,
          actual: Float64Array.from(await engine.read(gradient)),
          exact: await exact(gradient),
          along: v[name] as Float64Array,
          quotient,
          tolerance,
        });
      const [byDy, ...byInputs] = seconds;
      const slope = (step: number) => [moved([first, u, step]), moved([first, u, -step])];
      await compare("dy", byDy as Tensor, differenceQuotient(v.dy, STEP, slope));
      for (const [n, second] of names.entries()) {
        const corners = (step: number) =>
          [1, -1].flatMap((s) =>
            [1, -1].map((t) => moved([first, u, s * step], [second, v[second] as Float64Array, t * step])),
          );
        await compare(second, byInputs[n] as Tensor, differenceQuotient(dy, STEP, corners));
      }
      dispose(...seconds);
    }
  };
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: runs, seed: SEED, includeErrorInReport: true });
}
