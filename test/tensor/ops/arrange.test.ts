import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { expandDims, reverse, split, squeeze, stack, tile, unstack } from "../../../src/tensor/ops/arrange.ts";
import { mul } from "../../../src/tensor/ops/elementwise.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import { EXACT } from "../../../src/tensor/reference/bound.ts";
import type { Values } from "../../../src/tensor/reference/reference.ts";
import { indicesOf, type Shape, size } from "../../../src/tensor/shape.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

/**
 * A tensor of shape `shape` whose values are those of x at places that `f` finds by the indices.
 */
const picked = ({ shape, values }: Values, to: Shape, f: (indices: number[]) => number[]): Float64Array =>
  Float64Array.from(
    { length: size(to) },
    (_, i) => values[f(indicesOf(i, to)).reduce((n, index, axis) => n * (shape[axis] as number) + index, 0)] as number,
  );

onEveryFamily("arranging", (engine) => ({
  "tile agrees with its definition": () =>
    checkOp(
      engine,
      ({ x }, { times }) => tile(x, times),
      {
        reference: ({ x }, { times }) =>
          picked(
            x,
            x.shape.map((length, axis) => length * (times[axis] as number)),
            (indices) => indices.map((i, axis) => i % (x.shape[axis] as number)),
          ),
        bound: () => EXACT,
      },
      shapes(4, 4).chain((shape) =>
        fc.record({
          inputs: fc.record({ x: values(shape) }),
          attributes: fc.record({ times: fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 3 }))) }),
        }),
      ),
    ),
  "reverse agrees with its definition": () =>
    checkOp(
      engine,
      ({ x }, { axes }) => reverse(x, axes),
      {
        reference: ({ x }, { axes }) =>
          picked(x, x.shape, (indices) =>
            indices.map((i, axis) => (axes.includes(axis) ? (x.shape[axis] as number) - 1 - i : i)),
          ),
        bound: () => EXACT,
      },
      shapes(4, 5).chain((shape) =>
        fc.record({
          inputs: fc.record({ x: values(shape) }),
          attributes: fc.record({ axes: fc.subarray([...shape.keys()]) }),
        }),
      ),
    ),
  "stack after unstack gives back what there was, and so do their gradients": () =>
    checkOp(
      engine,
      ({ x }, { axis }) => stack(unstack(x, axis), axis),
      { reference: ({ x }) => x.values, bound: () => EXACT },
      shapes(4, 4)
        .filter((shape) => shape.length > 0)
        .chain((shape) =>
          fc.record({
            inputs: fc.record({ x: values(shape) }),
            attributes: fc.record({ axis: fc.integer({ min: -shape.length, max: shape.length - 1 }) }),
          }),
        ),
    ),

  async "the parts of a split are in order, and each has its gradient"() {
    const { parts, gradient } = engine.scope(() => {
      const x = engine.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 5]);
      const [a, b] = split(x, [2, 3], -1) as [Tensor, Tensor];
      const f = (): Tensor => {
        const [left, right] = split(x, [2, 3], 1) as [Tensor, Tensor];
        return mul(sum(left), sum(right));
      };
      return { parts: [a, b, ...split(x, 5, 1)], gradient: valueAndGrad([x], f).gradients[0] };
    });
    assert.equal(
      parts.map(({ shape }) => shape),
      [
        [2, 2],
        [2, 3],
        [2, 1],
        [2, 1],
        [2, 1],
        [2, 1],
        [2, 1],
      ],
    );
    assert.equal([...(await engine.read(parts[0] as Tensor))], [1, 2, 6, 7]);
    assert.equal([...(await engine.read(parts[1] as Tensor))], [3, 4, 5, 8, 9, 10]);
    assert.equal([...(await engine.read(parts[4] as Tensor))], [3, 8]);
    const [left, right] = [1 + 2 + 6 + 7, 3 + 4 + 5 + 8 + 9 + 10];
    const row = [right, right, left, left, left];
    assert.equal([...(await engine.read(gradient))], [...row, ...row]);
    dispose(...parts, gradient);
  },

  "axes of length 1 come and go without a copy"() {
    engine.scope(() => {
      const x = engine.zeros([2, 3]);
      assert.equal(expandDims(x).shape, [1, 2, 3]);
      assert.equal(expandDims(x, 1).shape, [2, 1, 3]);
      assert.equal(expandDims(x, -1).shape, [2, 3, 1]);
      assert.is(expandDims(x, -1).buffer, x.buffer);
      const y = engine.zeros([1, 2, 1]);
      assert.equal(squeeze(y).shape, [2]);
      assert.equal(squeeze(y, [-1]).shape, [1, 2]);
      assert.equal(squeeze(engine.zeros([1, 1])).shape, []);
    });
  },

  "refuses what cannot be arranged so"() {
    engine.scope(() => {
      const x = engine.zeros([2, 3]);
      throws(() => expandDims(x, 3), "expandDims: expected `axis` from -3 to 2, got 3");
      throws(() => squeeze(x, [1]), "squeeze: expected axes of length 1, got axis 1 of [2, 3]");
      throws(() => stack([]), "stack: expected at least one tensor, got none");
      throws(() => stack([x, engine.zeros([3, 2])]), "stack: expected equal shapes, got [2, 3] and [3, 2]");
      throws(() => split(x, 2, 1), "split: expected parts of axis 1 of [2, 3], got 2 equal parts");
      throws(() => split(x, [1, 1], 1), "split: expected parts of axis 1 of [2, 3], got [1, 1]");
      throws(() => split(x, [-1, 4], 1), "split: expected parts of axis 1 of [2, 3], got [-1, 4]");
      throws(() => tile(x, [2]), "tile: expected a number for each axis of [2, 3], got [2]");
      throws(() => tile(x, [2, 0]), "tile: expected positive integer lengths, got [2, 0]");
      throws(() => reverse(x, [2]), "reverse: expected distinct `axes` of a tensor with 2 axes, got [2]");
    });
  },
}));
