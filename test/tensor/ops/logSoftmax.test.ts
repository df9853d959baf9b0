import fc from "fast-check";
import * as assert from "uvu/assert";
import { logSoftmax } from "../../../src/tensor/ops/logSoftmax.ts";
import * as reference from "../../../src/tensor/reference/logSoftmax.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { engines, onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

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

    "refuses a scalar"() {
      engine.scope(() => {
        throws(() => logSoftmax(engine.zeros([])), "logSoftmax: expected at least one axis, got []");
      });
    },
  };
});
