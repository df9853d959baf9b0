// Arbitrary operands of ops by element: every kind of shapes that broadcast, and numbers.
import fc from "fast-check";
import type { Engine } from "../../src/tensor/engine.ts";
import type { BinaryFunction } from "../../src/tensor/ops/byElement.ts";
import type { OpReference, Values } from "../../src/tensor/reference/reference.ts";
import { type Shape, size } from "../../src/tensor/shape.ts";
import { type CheckOptions, checkOp, shapes, values } from "./checkOp.ts";
import { checkSecond } from "./checkSecond.ts";

/** Greatest number of values of a result, so that five axes leave a test short. */
const LARGEST = 400;

/**
 * Shapes of `count` operands that broadcast to at most `rank` axes. Each has or repeats each axis,
 * where it may lack those that lead, so that with two operands all kinds of pairs come up: equal,
 * rows, columns, scalars, outer products and axes that alternate.
 */
export const operandShapes = (count: number, rank = 5): fc.Arbitrary<readonly Shape[]> => {
  const axis = fc.record({
    length: fc.constantFrom(1, 2, 3, 4, 5),
    repeats: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
  });
  const axes = fc.array(axis, { maxLength: rank }).filter((all) => size(all.map(({ length }) => length)) <= LARGEST);
  const lacks = fc.array(fc.boolean(), { minLength: count, maxLength: count });
  return fc.tuple(axes, lacks).map(([all, lack]) =>
    lack.map((lacking, k) => {
      const shape = all.map(({ length, repeats }) => (repeats[k] === true ? 1 : length));
      const first = shape.findIndex((length) => length !== 1);
      return lacking ? shape.slice(first < 0 ? shape.length : first) : shape;
    }),
  );
};

/** Values for a shape. */
export type Filling = (shape: Shape) => fc.Arbitrary<Values>;

/** How to check a function of two operands. */
export interface Checked<A> {
  /** Attributes of the op beside its numbers. */
  readonly attributes?: A;
  readonly a?: Filling;
  readonly b?: Filling;
  readonly options?: CheckOptions;
  /** Whether to take the second derivatives instead. */
  readonly second?: boolean;
}

/**
 * Checks a function of two operands on pairs of shapes that broadcast, and on a tensor and a number
 * on either side: see `checkOp` and `checkSecond`.
 */
export async function checkOperands<A extends object = Record<never, never>>(
  engine: Engine,
  f: BinaryFunction,
  row: OpReference<"a" | "b", A>,
  { attributes = {} as A, a = values, b = values, options = {}, second = false }: Checked<A> = {},
): Promise<void> {
  const check = second ? checkSecond : checkOp;
  const number = (filling: Filling) => filling([]).map((x) => x.values[0] as number);
  const pairs = operandShapes(2).chain(([left = [], right = []]) =>
    fc.record({ inputs: fc.record({ a: a(left), b: b(right) }), attributes: fc.constant(attributes) }),
  );
  await check(engine, (x) => f(x.a, x.b), row, pairs, options);
  const few = { ...options, runs: Math.ceil((options.runs ?? 25) / 4) };
  const left = shapes().chain((s) =>
    fc.record({ inputs: fc.record({ a: a(s) }), attributes: number(b).map((n) => ({ ...attributes, b: n })) }),
  );
  await check(engine, (x, numbers) => f(x.a, numbers.b), row as OpReference<"a", A & { b: number }>, left, few);
  const right = shapes().chain((s) =>
    fc.record({ inputs: fc.record({ b: b(s) }), attributes: number(a).map((n) => ({ ...attributes, a: n })) }),
  );
  await check(engine, (x, numbers) => f(numbers.a, x.b), row as OpReference<"b", A & { a: number }>, right, few);
}

/** Tenths, so that those moved by `by`, half a tenth, equal no others: maxima have a kink there. */
export const tenths =
  (by = 0): Filling =>
  (shape) =>
    values(shape).map((x) => ({ shape, values: x.values.map((v) => Math.round(10 * v) / 10 + by) }));
