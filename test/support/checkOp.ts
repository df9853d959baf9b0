import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Reference } from "../../src/audit/references/checker.ts";
import { type CheckOpOptions, checkOp as checkCases } from "../../src/audit/references/checkOp.ts";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import type { Values } from "../../src/tensor/reference/reference.ts";
import { type Shape, size } from "../../src/tensor/shape.ts";

/** Seed of the cases. */
export const SEED = 1;

export interface Case<N extends string, A> {
  readonly inputs: { readonly [K in N]: Values };
  readonly attributes: A;
}

export interface CheckOptions extends CheckOpOptions {
  readonly runs?: number;
}

/**
 * Checks an op against its row of the table on arbitrary cases (seed 1), each as `checkOp` of
 * `brenier/audit` does. NaN never passes.
 */
export async function checkOp<N extends string, A>(
  engine: Engine,
  op: (inputs: { readonly [K in N]: Tensor }, attributes: A) => Tensor,
  row: Reference<N, NoInfer<A>>,
  cases: fc.Arbitrary<Case<N, A>>,
  { runs = 25, ...options }: CheckOptions = {},
): Promise<void> {
  const check = (each: Case<N, A>): Promise<void> => checkCases(engine, op, row, [each], options);
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: runs, seed: SEED, includeErrorInReport: true });
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
