import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import type { Reference, Values } from "../../src/tensor/reference/reference.ts";
import { type Shape, size } from "../../src/tensor/shape.ts";

export interface Case<N extends string, A> {
  readonly inputs: { readonly [K in N]: Values };
  readonly attributes: A;
}

export interface CheckOptions {
  /**
   * Allowed |error| is `tolerance` · (1 + |expected|) per value. Float32 rounding of short sums
   * stays below the default.
   */
  readonly tolerance?: number;
  readonly runs?: number;
  /** Inputs that have no gradient, such as targets. */
  readonly constant?: readonly string[];
}

/**
 * Holds an op to its reference on arbitrary cases (seed 1): the same values, and for each input the
 * gradient from the tape, taken along a direction, equal to the reference's central difference in
 * float64. NaN never passes.
 */
export async function checkOp<N extends string, A>(
  engine: Engine,
  op: (inputs: { readonly [K in N]: Tensor }, attributes: A) => Tensor,
  reference: Reference<N, A>,
  cases: fc.Arbitrary<Case<N, A>>,
  { tolerance = 1e-5, runs = 25, constant = [] }: CheckOptions = {},
): Promise<void> {
  const check = async ({ inputs: given, attributes }: Case<N, A>): Promise<void> => {
    const inputs = mapValues(given, ({ shape, values }) => ({ shape, values: values.map(Math.fround) }));
    const names = (Object.keys(inputs) as N[]).filter((name) => !constant.includes(name));
    const expected = reference(inputs, attributes);
    const dy = expected.map((_, i) => Math.fround(Math.sin(i + 1)));
    const result = engine.scope(() => {
      const tensors = mapValues(inputs, (x) => engine.tensor(Float32Array.from(x.values), x.shape));
      const seedFor = (y: Tensor): Tensor => engine.tensor(Float32Array.from(dy), y.shape);
      const y = op(tensors, attributes);
      if (names.length === 0) return { y, gradients: [] };
      const { value, gradients } = valueAndGrad(
        names.map((name) => tensors[name]),
        () => op(tensors, attributes),
        seedFor(y),
      );
      return { y: value, gradients };
    });
    assert.is(size(result.y.shape), expected.length, "number of values");
    assertClose("value", await engine.read(result.y), expected, tolerance);
    for (const [i, name] of names.entries()) {
      const gradient = result.gradients[i] as Tensor;
      assert.equal(gradient.shape, inputs[name].shape, `shape of the gradient of ${name}`);
      const direction = inputs[name].values.map((_, j) => Math.cos(j + 1));
      const shifted = (step: number): Float64Array => {
        const values = inputs[name].values.map((x, j) => x + step * (direction[j] as number));
        return reference({ ...inputs, [name]: { shape: inputs[name].shape, values } }, attributes);
      };
      const h = 1e-5;
      const [above, below] = [shifted(h), shifted(-h)];
      const terms = above.map((up, j) => up - (below[j] as number));
      const numeric = dot(dy, terms) / (2 * h);
      const actual = Float64Array.from(await engine.read(gradient));
      const magnitude = actual.reduce((sum, g, j) => sum + Math.abs(g * (direction[j] as number)), 1);
      const error = Math.abs(dot(actual, direction) - numeric);
      assert.ok(
        error <= 3 * tolerance * magnitude,
        `gradient of ${name}: ${dot(actual, direction)}, expected ${numeric}`,
      );
    }
    dispose(...new Set([result.y, ...result.gradients]));
  };
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: runs, seed: 1, includeErrorInReport: true });
}

/** A tensor of the given shape with values in [min, max]. */
export const values = (shape: Shape, min = -2, max = 2): fc.Arbitrary<Values> => {
  const length = size(shape);
  return fc
    .array(fc.double({ min, max, noNaN: true }), { minLength: length, maxLength: length })
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

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? Number.NaN), 0);
}

function mapValues<N extends string, S, T>(
  record: { readonly [K in N]: S },
  f: (value: S) => T,
): { readonly [K in N]: T } {
  return Object.fromEntries(Object.entries<S>(record).map(([name, value]) => [name, f(value)])) as { [K in N]: T };
}
