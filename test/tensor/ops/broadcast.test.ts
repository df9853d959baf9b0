import fc from "fast-check";
import { broadcast } from "../../../src/tensor/ops/sum.ts";
import * as reference from "../../../src/tensor/reference/sum.ts";
import { type Shape, size } from "../../../src/tensor/shape.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { engines, onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

/** A shape, and another that broadcasts to it: leading axes missing, others shortened to 1. */
const cases = (shape: Shape) =>
  fc
    .record({
      missing: fc.integer({ min: 0, max: shape.length }),
      short: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    })
    .chain(({ missing, short }) =>
      fc.record({
        inputs: fc.record({ x: values(shape.map((length, axis) => (short[axis] ? 1 : length)).slice(missing)) }),
        attributes: fc.record({ shape: fc.constant(shape) }),
      }),
    );

onEveryFamily("broadcast", (engine) => ({
  "broadcast agrees with its reference": () =>
    checkOp(engine, ({ x }, { shape }) => broadcast(x, shape), reference.broadcast, shapes(5, 5).chain(cases), {
      runs: 80,
    }),

  // One text serves all families, so that what takes long runs once.
  ...(engine === engines[0] && {
    async "takes large and odd shapes"() {
      const list: [Shape, Shape][] = [
        [[], [100_003]],
        [[33], [5001, 33]],
        [
          [5001, 1],
          [5001, 33],
        ],
        [
          [7, 1, 5, 1],
          [7, 301, 5, 33],
        ],
        [[1000], [1000, 1000]],
      ];
      for (const [from, to] of list) {
        const x = Float32Array.from({ length: size(from) }, (_, i) => i);
        const y = engine.scope(() => broadcast(engine.tensor(x, from), to));
        const expected = reference.broadcast.reference(
          { x: { shape: from, values: Float64Array.from(x) } },
          { shape: to },
        );
        assertClose(`${from} to ${to}`, await engine.read(y), expected, 0);
        y.dispose();
      }
    },
  }),

  "names both shapes it cannot combine"() {
    engine.scope(() => {
      const message = (from: string, to: string) =>
        `broadcast: expected a shape whose last axes are those of ${from} where these are not 1, got ${to}`;
      throws(() => broadcast(engine.zeros([2, 3]), [3, 3]), message("[2, 3]", "[3, 3]"));
      throws(() => broadcast(engine.zeros([2, 3]), [3]), message("[2, 3]", "[3]"));
      throws(() => broadcast(engine.zeros([1]), [0]), "broadcast: expected positive integer lengths, got [0]");
    });
  },
}));
