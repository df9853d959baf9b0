import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Family } from "../../../src/kernels/gpu.ts";
import { matmul } from "../../../src/tensor/ops/matmul.ts";
import * as reference from "../../../src/tensor/reference/matmul.ts";
import { checkOp, values } from "../../support/checkOp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const length = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(31, 32, 33, 40));
const batches = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
const products = (deep: fc.Arbitrary<number>) =>
  fc
    .tuple(batches, length, deep, length, fc.boolean(), fc.boolean())
    .chain(([batch, m, k, n, transposeA, transposeB]) =>
      fc.record({
        inputs: fc.record({
          a: values([...batch, ...(transposeA ? [k, m] : [m, k])]),
          b: values([...batch, ...(transposeB ? [n, k] : [k, n])]),
        }),
        attributes: fc.constant({ transposeA, transposeB }),
      }),
    );

for (const family of ["subgroup", "portable"] as readonly Family[]) {
  const engine = await testEngine(family);
  const check = (cases: ReturnType<typeof products>, runs: number) =>
    checkOp(engine, ({ a, b }, attributes) => matmul(a, b, attributes), reference.matmul, cases, { runs });
  describe(`matmul, ${family} kernels`, {
    "agrees with its reference": () => check(products(length), 25),
    "agrees with its reference where k is cut into parts": () => check(products(fc.constantFrom(257, 700)), 5),

    async "keeps NaN in its row and column"() {
      const a = Float32Array.of(1, Number.NaN, 2, 3);
      const y = engine.scope(() => matmul(engine.tensor([2, 2], a), engine.tensor([2, 2], [1, 0, 0, 1])));
      assert.equal([...(await engine.read(y))].map(Number.isNaN), [true, true, false, false]);
    },

    "names the shapes it cannot multiply"() {
      engine.scope(() => {
        const [a, b] = [engine.tensor([2, 3]), engine.tensor([2, 3])];
        throws(() => matmul(a, b), "matmul: expected [..., m, k] and [..., k, n], got [2, 3] and [2, 3]");
        throws(() => matmul(engine.tensor([3]), b), "got [3] and [2, 3]");
      });
    },
  });
}
