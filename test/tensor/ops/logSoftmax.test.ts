import fc from "fast-check";
import * as assert from "uvu/assert";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { logSoftmax, softmax } from "../../../src/tensor/ops/logSoftmax.ts";
import * as reference from "../../../src/tensor/reference/logSoftmax.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { engines, onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

/** Tensors of one axis or more, and one of these. */
const alongAxes = (rank: number, longest: number) =>
  shapes(rank, longest)
    .filter((shape) => shape.length > 0)
    .chain((shape) =>
      fc.record({
        inputs: fc.record({ x: values(shape) }),
        attributes: fc.record({ axis: fc.integer({ min: 0, max: shape.length - 1 }) }),
      }),
    );

onEveryFamily("logSoftmax", (engine) => {
  async function run(shape: number[], x: ArrayLike<number>): Promise<number[]> {
    const y = engine.scope(() => logSoftmax(engine.tensor(x, shape)));
    const got = await engine.read(y);
    y.dispose();
    return [...got];
  }

  return {
    "logSoftmax agrees with its reference": () =>
      checkOp(
        engine,
        ({ x }) => logSoftmax(x),
        reference.logSoftmax,
        fc
          .tuple(shapes(2, 9), fc.integer({ min: 1, max: 13 }))
          .chain(([shape, channels]) =>
            fc.record({ inputs: fc.record({ x: values([...shape, channels], -9, 9) }), attributes: fc.constant({}) }),
          ),
      ),

    async "log softmax and softmax over any axis agree with their references, and so do second derivatives"() {
      for (const [op, row] of [
        [logSoftmax, reference.logSoftmax],
        [softmax, reference.softmax],
      ] as const) {
        await checkOp(engine, ({ x }, { axis }) => op(x, axis), row, alongAxes(4, 6), { runs: 40 });
        await checkSecond(
          engine,
          ({ x }, { axis }) => square(op(x, axis)),
          { reference: (inputs, attributes) => row.reference(inputs, attributes).map((y) => y * y) },
          alongAxes(3, 4),
          { runs: 6 },
        );
      }
    },

    async "rows of softmax sum to 1, and a logit of −∞ has no part"() {
      const y = engine.scope(() => softmax(engine.tensor([3, Number.NEGATIVE_INFINITY, 3, 1e4, 0, 0], [2, 3])));
      assertClose("softmax", await engine.read(y), [0.5, 0, 0.5, 1, 0, 0], 1e-6);
      y.dispose();
    },

    async "is stable for large values"() {
      assertClose("first", await run([1, 2], [1e4, -1e4]), [0, -2e4], 1e-6);
      assertClose("last", await run([1, 2], [-1e4, 1e4]), [-2e4, 0], 1e-6);
      assertClose("ties", await run([1, 2], [-3e38, -3e38]), [-Math.LN2, -Math.LN2], 1e-6);
      assertClose("one value", await run([1], [12345]), [0], 0);
    },

    async "a NaN makes its row NaN, wherever it stands, and no other"() {
      for (const at of [0, 1, 2]) {
        const x = [1, 2, 3, 1, 1, 1];
        x[at] = Number.NaN;
        const y = await run([2, 3], x);
        assert.equal(y.slice(0, 3), [Number.NaN, Number.NaN, Number.NaN]);
        assertClose("the other row", y.slice(3), Array(3).fill(-Math.log(3)), 1e-6);
      }
    },

    // One text serves all families, so that what takes long runs once.
    ...(engine === engines[0] && {
      async "folds grids of more than 32768 workgroups"() {
        const rows = 2_200_000;
        const y = await run(
          [rows, 2],
          Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2) * (i % 7)),
        );
        const expected = (i: number): number => (i % 2) * (i % 7) - Math.log(1 + Math.exp((i | 1) % 7));
        assert.is(
          y.findIndex((value, i) => Math.abs(value - expected(i)) > 1e-5),
          -1,
        );
      },
    }),

    "refuses a scalar, and an axis that there is not"() {
      engine.scope(() => {
        throws(() => softmax(engine.zeros([2, 3]), 2), "logSoftmax: expected `axis` from -2 to 1, got 2");
        throws(() => logSoftmax(engine.zeros([])), "logSoftmax: expected at least one axis, got []");
      });
    },
  };
});
