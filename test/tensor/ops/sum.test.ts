import fc from "fast-check";
import * as assert from "uvu/assert";
import { mean } from "../../../src/tensor/ops/mean.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import * as reference from "../../../src/tensor/reference/sum.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { size } from "../../../src/tensor/shape.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

/** A tensor and a subset of its axes, some of them counted from the end. */
const cases = (shape: Shape) =>
  fc.record({
    inputs: fc.record({ x: values(shape) }),
    attributes: fc.record({
      axes: fc
        .subarray([...shape.keys()])
        .chain((axes) =>
          fc
            .array(fc.boolean(), { minLength: axes.length, maxLength: axes.length })
            .map((flips) => axes.map((axis, i) => (flips[i] ? axis - shape.length : axis))),
        ),
      keepDims: fc.boolean(),
    }),
  });

/** Values that float32 sums exactly in no order: 0.1 to 1.1, from a multiplicative sequence. */
const awkward = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => 0.1 + (((i * 2654435761) >>> 0) % 10007) / 10007);

onEveryFamily("sum", (engine) => {
  async function sumOf(shape: Shape, x: Float32Array, axes: readonly number[] | undefined): Promise<Float32Array> {
    const y = engine.scope(() => sum(engine.tensor(x, shape), axes));
    const got = await engine.read(y);
    y.dispose();
    return got;
  }

  return {
    "sum agrees with its reference": () =>
      checkOp(
        engine,
        ({ x }, { axes, keepDims }) => sum(x, axes, { keepDims }),
        reference.sum,
        shapes(5, 5).chain(cases),
        {
          runs: 60,
        },
      ),
    "mean agrees with its reference": () =>
      checkOp(
        engine,
        ({ x }, { axes, keepDims }) => mean(x, axes, { keepDims }),
        reference.mean,
        shapes(4, 5).chain(cases),
      ),
    "sums of sums agree with their reference": () =>
      checkOp(
        engine,
        ({ x }, { axes, keepDims }) => sum(sum(x, axes, { keepDims })),
        // of the same terms in two steps: the bound of one sum holds for both
        {
          reference: ({ x }) => reference.sum.reference({ x }, { axes: [...x.shape.keys()] }),
          bound: ({ x }) => reference.sum.bound({ x }, { axes: [...x.shape.keys()] }),
        },
        shapes(3, 5).chain(cases),
      ),

    async "takes the shapes of every kernel and number of passes"() {
      const list: [Shape, number[]][] = [
        [[257, 3], [0]],
        [[1031, 5, 7], [0]],
        [[1031, 32], [0]],
        [[300, 1, 301], [-1]],
        [[301, 300], [1]],
        [[301, 257], [1]],
        [[3, 1030, 2], [1]],
        [
          [5, 3, 513, 3],
          [0, 2],
        ],
        [[19600, 32], [0]],
        [[70001, 3], [0]],
        [[2, 70002], [1]],
        [[4_194_301], [0]],
        [[65_537], [0]],
        [[1_048_579], [0]],
        [[90_001, 5], [0]],
        [[3, 70_000, 6], [1]],
      ];
      for (const [shape, axes] of list) {
        const x = awkward(size(shape));
        const expected = reference.sum.reference({ x: { shape, values: Float64Array.from(x) } }, { axes });
        assertClose(`${shape} over ${axes}`, await sumOf(shape, x, axes), expected, 1e-6);
      }
    },

    async "folds grids of more than 32768 workgroups"() {
      const y = await sumOf(
        [2_200_000, 3],
        Float32Array.from({ length: 6_600_000 }, (_, i) => i % 8192),
        [1],
      );
      const wrong = y.findIndex(
        (value, o) => value !== [0, 1, 2].reduce((total, e) => total + ((3 * o + e) % 8192), 0),
      );
      assert.is(wrong, -1);
    },

    async "equal sums have equal bits, and 4 million terms round like few"() {
      const x = awkward(1 << 22);
      const [first, second] = [await sumOf([1 << 22], x, undefined), await sumOf([1 << 22], x, undefined)];
      assert.equal(first, second);
      const expected = x.reduce((total, value) => total + value, 0); // in float64
      assert.ok(Math.abs((first[0] as number) / expected - 1) < 3e-7, `${first[0]}, expected ${expected}`);
    },

    async "ignores what lies in the padding"() {
      const y = engine.scope(() => {
        engine.tensor(Array<number>(8).fill(Number.NaN), [8]).dispose();
        // in the buffer just freed, before three NaNs
        return sum(engine.tensor([1, 1, 1, 1, 1], [5]));
      });
      assert.equal([...(await engine.read(y))], [5]);
      y.dispose();
    },

    async "lets NaN through"() {
      const x = new Float32Array(70_001);
      x[70_000] = Number.NaN;
      assert.ok(Number.isNaN((await sumOf([70_001], x, undefined))[0]));
    },

    "frees its temporaries"() {
      const x = engine.zeros([100_000]);
      const before = engine.memory().inUse;
      sum(x).dispose();
      assert.is(engine.memory().inUse, before);
      x.dispose();
    },

    "has the shapes that NumPy has"() {
      engine.scope(() => {
        const x = engine.zeros([2, 3, 4]);
        assert.equal(sum(x).shape, []);
        assert.equal(sum(x, undefined, { keepDims: true }).shape, [1, 1, 1]);
        assert.equal(sum(x, [-1, 0]).shape, [3]);
        assert.equal(mean(x, [1], { keepDims: true }).shape, [2, 1, 4]);
        assert.equal(sum(x, []).shape, [2, 3, 4]);
        throws(() => sum(x, [0, -3]), "sum: expected distinct `axes` of a tensor with 3 axes, got [0, -3]");
      });
    },
  };
});
