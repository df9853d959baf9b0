import fc from "fast-check";
import * as assert from "uvu/assert";
import { compareBound } from "../../src/audit/references/compare.ts";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import type { OpReference, Values } from "../../src/tensor/reference/reference.ts";
import { type Shape, size } from "../../src/tensor/shape.ts";
import { audited } from "./audited.ts";
import { assertGradient, differenceQuotient, directions, SEED } from "./gradients.ts";

export interface Case<N extends string, A> {
  readonly inputs: { readonly [K in N]: Values };
  readonly attributes: A;
}

export interface CheckOptions {
  /**
   * In addition to the table's bound, |error| ≤ `tolerance` · (1 + |expected|) for a value, and
   * three times as much for a gradient. It matters where the table's bound is for more terms than
   * these cases have. Default 1e-5.
   */
  readonly tolerance?: number;
  readonly runs?: number;
  /** Inputs that have no gradient, such as targets. */
  readonly constant?: readonly string[];
}

// step of difference quotients in float64
const STEP = 1e-5;

/**
 * Checks an op against its row of the table on arbitrary cases (seed 1):
 *
 * - each op that it runs, forward and backward, gives what its reference gives for the inputs that
 *   it found, within its bound in the table. There is no floor where the table has none;
 * - its value is that of the reference within the row's bound. A composition has a row of its own;
 * - for each input the gradient from the tape, with its ops computed in float64, equals the central
 *   difference of the reference along a direction: the rules of differentiation are right;
 * - so does the gradient that the device computed, within `tolerance`.
 *
 * Incoming gradients and directions are uniform in [−1, 1), from Philox with the same seed. NaN
 * never passes.
 */
export async function checkOp<N extends string, A>(
  engine: Engine,
  op: (inputs: { readonly [K in N]: Tensor }, attributes: A) => Tensor,
  row: Pick<OpReference<N, NoInfer<A>>, "reference" | "bound">,
  cases: fc.Arbitrary<Case<N, A>>,
  { tolerance = 1e-5, runs = 25, constant = [] }: CheckOptions = {},
): Promise<void> {
  const check = async ({ inputs: given, attributes }: Case<N, A>): Promise<void> => {
    const inputs = rounded(given);
    const names = (Object.keys(inputs) as N[]).filter((name) => !constant.includes(name));
    const expected = row.reference(inputs, attributes);
    const direction = directions();
    const dy = direction(expected.length).map(Math.fround);
    const { result, exact } = await audited(engine, () =>
      engine.scope(() => {
        const tensors = mapValues(inputs, (x) => engine.tensor(Float32Array.from(x.values), x.shape));
        const y = op(tensors, attributes);
        if (names.length === 0) return { y, gradients: [] };
        const cotangent = engine.tensor(Float32Array.from(dy), y.shape);
        const { value, gradients } = valueAndGrad(
          names.map((name) => tensors[name]),
          () => op(tensors, attributes),
          cotangent,
        );
        return { y: value, gradients };
      }),
    );
    assert.is(size(result.y.shape), expected.length, "number of values");
    const y = await engine.read(result.y);
    const { passed, index, ...found } = compareBound(y, expected, row.bound(inputs, attributes));
    assert.ok(passed, `value ${index}: ${JSON.stringify(found)}`);
    assertClose("value", y, expected, tolerance);
    for (const [i, name] of names.entries()) {
      const gradient = result.gradients[i] as Tensor;
      assert.equal(gradient.shape, inputs[name].shape, `shape of the gradient of ${name}`);
      const along = direction(inputs[name].values.length);
      const shifted = (step: number): Float64Array => {
        const values = inputs[name].values.map((x, j) => x + step * (along[j] as number));
        return row.reference({ ...inputs, [name]: { shape: inputs[name].shape, values } }, attributes);
      };
      assertGradient({
        name: `gradient of ${name}`,
        actual: Float64Array.from(await engine.read(gradient)),
        exact: await exact(gradient),
        along,
        quotient: differenceQuotient(dy, STEP, (step) => [shifted(step), shifted(-step)]),
        tolerance,
      });
    }
    dispose(...new Set([result.y, ...result.gradients]));
  };
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: runs, seed: SEED, includeErrorInReport: true });
}

/** The inputs as float32 holds them. */
export function rounded<N extends string>(inputs: { readonly [K in N]: Values }): { readonly [K in N]: Values } {
  return mapValues(inputs, ({ shape, values }) => ({ shape, values: values.map(Math.fround) }));
}

/** A tensor of the given shape with values in [min, max]. */
export const values = (shape: Shape, min = -2, max = 2): fc.Arbitrary<Values> => {
  const length = size(shape);
  return fc
    .array(fc.double({ min, max, noNaN: true }), { minLength: length, maxLength: length })
    .map((array) => ({ shape, values: Float64Array.from(array) }));
};

/** A tensor of the given shape with distinct values, multiples of 0.1 from −2 on, in any order. */
export const distinct = (shape: Shape): fc.Arbitrary<Values> => {
  const all = Array.from({ length: size(shape) }, (_, i) => i / 10 - 2);
  return fc
    .shuffledSubarray(all, { minLength: all.length })
    .map((array) => ({ shape, values: Float64Array.from(array) }));
};

/** Shapes of up to `rank` axes, scalars and axes of length 1 among them. */
export const shapes = (rank = 3, longest = 7): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: longest }), { maxLength: rank });

/** Every |actual − expected| ≤ tolerance · (1 + |expected|). */
export function assertClose(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  assert.is(actual.length, expected.length, `${name}: lengths differ`);
  for (let i = 0; i < expected.length; i++) {
    const [x = Number.NaN, e = Number.NaN] = [actual[i], expected[i]];
    assert.ok(Math.abs(x - e) <= tolerance * (1 + Math.abs(e)), `${name}: element ${i} is ${x}, expected ${e}`);
  }
}

export function mapValues<N extends string, S, T>(
  record: { readonly [K in N]: S },
  f: (value: S) => T,
): { readonly [K in N]: T } {
  return Object.fromEntries(Object.entries<S>(record).map(([name, value]) => [name, f(value)])) as { [K in N]: T };
}
