import fc from "fast-check";
import { biasAdd, biasRelu } from "../../../src/tensor/ops/biasAdd.ts";
import * as reference from "../../../src/tensor/reference/biasAdd.ts";
import { size } from "../../../src/tensor/shape.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

onEveryFamily("bias", (engine) => ({
  "bias agrees with its reference": () =>
    checkOp(
      engine,
      ({ x, b }) => biasAdd(x, b),
      reference.biasAdd,
      fc.tuple(shapes(3, 6), fc.integer({ min: 1, max: 19 })).chain(([shape, channels]) =>
        fc.record({
          inputs: fc.record({ x: values([...shape, channels]), b: values([channels]) }),
          attributes: fc.constant({ alpha: 1 }),
        }),
      ),
    ),

  "biasRelu agrees with its reference": () =>
    checkOp(
      engine,
      ({ x, b }, { alpha }) => biasRelu(x, b, alpha),
      reference.biasAdd,
      fc.tuple(shapes(3, 6), fc.integer({ min: 1, max: 19 })).chain(([shape, channels]) =>
        fc.record({
          // sums stay away from 0, where a kink would meet the difference quotient
          inputs: fc.record({
            x: values([...shape, channels], 0.5, 2).map((v) => ({
              ...v,
              values: v.values.map((n, i) => (i % 2 ? n : -n)),
            })),
            b: values([channels], -0.4, 0.4),
          }),
          attributes: fc.record({ alpha: fc.constantFrom(0, 0.125, 1, 2) }),
        }),
      ),
    ),

  async "covers every value for any number of channels"() {
    for (const shape of [
      [70_001, 1],
      [30_001, 3],
      [9001, 6],
      [5000, 32],
      [401, 1001],
      [3, 6002],
      [1, 12_003],
      [1, 4_200_001],
    ]) {
      const [rows, channels] = [shape[0] as number, shape[1] as number];
      const x = { shape, values: Float64Array.from({ length: size(shape) }, (_, i) => i % 8191) };
      const b = { shape: [channels], values: Float64Array.from({ length: channels }, (_, i) => -i) };
      const y = engine.scope(() => biasAdd(engine.tensor(x.values, shape), engine.tensor(b.values, [channels])));
      assertClose(
        `${rows} rows of ${channels}`,
        await engine.read(y),
        reference.biasAdd.reference({ x, b }, { alpha: 1 }),
        0,
      );
      y.dispose();
    }
  },

  "names the shapes it cannot combine, and a slope below 0"() {
    engine.scope(() => {
      const b = engine.zeros([3]);
      throws(() => biasRelu(b, b, -0.1), "biasRelu: expected `alpha` of at least 0, got -0.1");
    });
    engine.scope(() => {
      const b = engine.zeros([3]);
      throws(
        () => biasAdd(engine.zeros([3, 2]), b),
        "biasAdd: expected `b` as long as the last axis of x [3, 2], got [3]",
      );
      throws(() => biasAdd(engine.zeros([]), b), "biasAdd: expected `b` as long as the last axis of x [], got [3]");
    });
  },
}));
