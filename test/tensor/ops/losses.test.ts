import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Tensor } from "../../../src/tensor/engine.ts";
import * as ops from "../../../src/tensor/ops/losses.ts";
import * as reference from "../../../src/tensor/reference/losses.ts";
import type { OpReference, Values } from "../../../src/tensor/reference/reference.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

onEveryFamily("losses", (engine) => {
  const check = <A>(
    op: (x: Tensor, t: Tensor) => Tensor,
    row: OpReference<"x" | "t", A>,
    attributes: A,
    cases: (shape: Shape) => fc.Arbitrary<{ x: Values; t: Values }>,
    shape: fc.Arbitrary<number[]> = shapes(),
  ) =>
    checkOp(
      engine,
      ({ x, t }) => op(x, t),
      row,
      shape.chain((s) => fc.record({ inputs: cases(s), attributes: fc.constant(attributes) })),
      { runs: 40 },
    );

  return {
    async "the mean is over all values, of any number of them, and NaN stays"() {
      for (const n of [1, 3, 4, 5, 1023, 70_001, 300_000]) {
        const [x, t] = [0.37, -0.61].map((step) => Float64Array.from({ length: n }, (_, i) => Math.sin(step * i)));
        const inputs = { x: { shape: [n], values: x as Float64Array }, t: { shape: [n], values: t as Float64Array } };
        for (const [op, loss] of [
          [ops.bceWithLogits, "bce"],
          [ops.mse, "square"],
          [ops.l1, "absolute"],
        ] as const) {
          const mean = async (values: Float64Array): Promise<Float32Array> => {
            const y = engine.scope(() => op(engine.tensor(values, [n]), engine.tensor(inputs.t.values, [n])));
            const read = await engine.read(y);
            y.dispose();
            return read;
          };
          assertClose(
            `${op.name} of ${n}`,
            await mean(inputs.x.values),
            reference.loss.reference(inputs, { loss }),
            1e-6,
          );
          const holed = inputs.x.values.slice();
          holed[n - 1] = Number.NaN;
          assert.ok(Number.isNaN((await mean(holed))[0]), `${op.name} of ${n} with NaN at the end`);
        }
      }
    },
    "unequal shapes are refused"() {
      engine.scope(() => {
        const [x, t] = [engine.zeros([2, 3]), engine.zeros([3])];
        throws(() => ops.mse(x, t), "loss: expected equal shapes, got [2, 3] and [3]; use `broadcast`");
      });
    },
    "softmaxCrossEntropy agrees with its reference": () =>
      check(
        ops.softmaxCrossEntropy,
        reference.softmaxCrossEntropy,
        {},
        (s) => fc.record({ x: values(s, -9, 9), t: values(s, 0, 1) }),
        fc.tuple(shapes(2), fc.integer({ min: 1, max: 11 })).map(([rows, channels]) => [...rows, channels]),
      ),
    "bceWithLogits agrees with its reference": () =>
      check(ops.bceWithLogits, reference.loss, { loss: "bce" }, (s) =>
        fc.record({ x: values(s, -9, 9), t: values(s, 0, 1) }),
      ),
    "mse agrees with its reference": () =>
      check(ops.mse, reference.loss, { loss: "square" }, (s) => fc.record({ x: values(s), t: values(s) })),
    "l1 agrees with its reference": () =>
      // x − t stays off 0, where a kink would meet the difference quotient
      check(ops.l1, reference.loss, { loss: "absolute" }, (s) =>
        fc.record({ x: values(s, 0.1, 2), t: values(s, -2, 0) }),
      ),
  };
});
