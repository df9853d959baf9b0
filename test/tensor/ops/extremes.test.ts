import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { Tensor } from "../../../src/tensor/engine.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { argMax, argMin, max, min } from "../../../src/tensor/ops/extremes.ts";
import * as reference from "../../../src/tensor/reference/extremes.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import { type Shape, size } from "../../../src/tensor/shape.ts";
import { assertClose, checkOp, distinct, shapes, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { engines, onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

/** A tensor of distinct values and a subset of its axes. */
const reductions = (shape: Shape) =>
  fc.record({
    inputs: fc.record({ x: distinct(shape) }),
    attributes: fc.record({ axes: fc.subarray([...shape.keys()]), keepDims: fc.boolean() }),
  });

/** A tensor, with equal values among them, and one of its axes, or all. */
const places = (shape: Shape) =>
  fc.record({
    inputs: fc.record({ x: values(shape, -2, 2).map((x) => ({ ...x, values: x.values.map(Math.round) })) }),
    attributes: fc.record({
      axis:
        shape.length === 0
          ? fc.constant(undefined)
          : fc.option(fc.integer({ min: -shape.length, max: shape.length - 1 }), { nil: undefined }),
      keepDims: fc.boolean(),
    }),
  });

/** Of an op and then its square, whose second derivative is not 0. */
const squared = <N extends string, A>(row: OpReference<N, A>): Pick<OpReference<N, A>, "reference"> => ({
  reference: (inputs, attributes) => row.reference(inputs, attributes).map((y) => y * y),
});

const EXTREMES = [
  { name: "max", op: max, row: reference.max },
  { name: "min", op: min, row: reference.min },
] as const;
const PLACES = [
  { name: "argMax", op: argMax, row: reference.argMax },
  { name: "argMin", op: argMin, row: reference.argMin },
] as const;

onEveryFamily("extremes", (engine) => ({
  ...Object.fromEntries(
    EXTREMES.map(({ name, op, row }) => [
      `${name} agrees with its reference, and so does its second derivative`,
      async () => {
        const f = ({ x }: Record<"x", Tensor>, { axes, keepDims }: { axes: readonly number[]; keepDims: boolean }) =>
          op(x, axes, { keepDims });
        await checkOp(engine, f, row, shapes(5, 4).chain(reductions), { runs: 40 });
        await checkSecond(engine, (x, at) => square(f(x, at)), squared(row), shapes(3, 4).chain(reductions), {
          runs: 5,
        });
      },
    ]),
  ),
  ...Object.fromEntries(
    PLACES.map(({ name, op, row }) => [
      `${name} agrees with its reference, which takes the first of equal values`,
      () =>
        checkOp(engine, ({ x }, { axis, keepDims }) => op(x, axis, { keepDims }), row, shapes(4, 6).chain(places), {
          runs: 40,
          constant: ["x"],
        }),
    ]),
  ),

  async "long axes are searched in windows, and the first of equal values is found"() {
    // three steps take long, and once is enough
    const longest = engine === engines[0] ? 1_100_003 : 5003;
    for (const [shape, axis] of [
      [[longest], 0],
      [[3, 1500, 2], 1],
      [[2, 3000], -1],
      [[1025, 2], 0],
    ] as const) {
      const random = hostRandom(1, 0);
      const x = Float32Array.from({ length: size(shape) }, () => random.integer(1000));
      const found = engine.scope(() => {
        const t = engine.tensor(x, shape);
        const { value, gradients } = valueAndGrad([t], () => max(t, [axis]), engine.ones(max(t, [axis]).shape));
        return {
          argMax: argMax(t, axis),
          argMin: argMin(t, axis),
          max: value,
          min: min(t, [axis]),
          gradient: gradients[0],
        };
      });
      const inputs = { x: { shape, values: Float64Array.from(x) } };
      const places = reference.argMax.reference(inputs, { axis });
      assertClose("argMax", await engine.read(found.argMax), places, 0);
      assertClose("argMin", await engine.read(found.argMin), reference.argMin.reference(inputs, { axis }), 0);
      assertClose("max", await engine.read(found.max), reference.max.reference(inputs, { axes: [axis] }), 0);
      assertClose("min", await engine.read(found.min), reference.min.reference(inputs, { axes: [axis] }), 0);
      const along = axis < 0 ? axis + shape.length : axis;
      const inner = size(shape.slice(along + 1));
      const length = shape[along] as number;
      const expected = new Float32Array(x.length);
      places.forEach((k, i) => {
        expected[(Math.floor(i / inner) * length + k) * inner + (i % inner)] = 1;
      });
      assert.equal(await engine.read(found.gradient), expected, "gradient");
      dispose(...Object.values(found));
    }
  },

  async "a NaN is greatest and least, the first of several"() {
    const { POSITIVE_INFINITY: INFINITY, NaN: NAN } = Number;
    const rows = [1, NAN, INFINITY, NAN, -INFINITY, -INFINITY, -INFINITY, -INFINITY, INFINITY, 1, INFINITY, 0];
    const found = engine.scope(() => {
      const x = engine.tensor(rows, [3, 4]);
      const { value, gradients } = valueAndGrad([x], () => max(x, [1]), engine.ones([3]));
      return [value, min(x, [1]), argMax(x, 1), argMin(x, 1), gradients[0], max(x), argMax(x)];
    });
    assert.equal(await Promise.all(found.map(async (y) => [...(await engine.read(y))])), [
      [NAN, -INFINITY, INFINITY],
      [NAN, -INFINITY, 0],
      [1, 0, 0],
      [1, 0, 3],
      [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0],
      [NAN],
      [1],
    ]);
    dispose(...found);
  },

  async "of equal values over several axes the first in row-major order gets the gradient"() {
    const gradient = engine.scope(() => {
      const x = engine.tensor([0, 1, 2, 2, 2, 1, 3, 0], [2, 2, 2]);
      return valueAndGrad([x], () => max(x, [0, 2]), engine.ones([2])).gradients[0];
    });
    assert.equal([...(await engine.read(gradient))], [0, 0, 0, 0, 1, 0, 1, 0]);
    gradient.dispose();
  },

  "has the shapes of sum, and refuses what sum refuses"() {
    engine.scope(() => {
      const x = engine.zeros([2, 3, 4]);
      assert.equal(max(x).shape, []);
      assert.equal(min(x, undefined, { keepDims: true }).shape, [1, 1, 1]);
      assert.equal(max(x, [-1, 0]).shape, [3]);
      assert.equal(argMax(x).shape, []);
      assert.equal(argMax(x, -2).shape, [2, 4]);
      assert.equal(argMin(x, 1, { keepDims: true }).shape, [2, 1, 4]);
      throws(() => max(x, [0, -3]), "max: expected distinct `axes` of a tensor with 3 axes, got [0, -3]");
      throws(() => argMin(x, 3), "argMin: expected `axis` from -3 to 2, got 3");
    });
    const many = new Tensor(engine, [4096, 4097], { id: -1, offset: 0, bytes: 0 }, undefined);
    throws(
      () => argMax(many),
      "argMax: expected at most 2^24 values, whose places float32 holds, got 16781312; give an axis",
    );
  },
}));
