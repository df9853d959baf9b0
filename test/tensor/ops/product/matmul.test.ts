import fc from "fast-check";
import * as assert from "uvu/assert";
import { format, kernelsOf } from "../../../../src/kernels/family.ts";
import type { Engine } from "../../../../src/tensor/engine.ts";
import { matmul } from "../../../../src/tensor/ops/product/matmul.ts";
import { sum } from "../../../../src/tensor/ops/sum.ts";
import * as reference from "../../../../src/tensor/reference/matmul.ts";
import { assertClose, checkOp, values } from "../../../support/checkOp.ts";
import { testEngine } from "../../../support/device.ts";
import { engines, onEveryFamily } from "../../../support/families.ts";
import { describe } from "../../../support/suite.ts";
import { throws } from "../../../support/throws.ts";

const length = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(31, 32, 33, 40));
const batches = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
const products = (deep: fc.Arbitrary<number>, rows = length) =>
  fc.tuple(batches, rows, deep, length, fc.boolean(), fc.boolean()).chain(([batch, m, k, n, transposeA, transposeB]) =>
    fc.record({
      inputs: fc.record({
        a: values([...batch, ...(transposeA ? [k, m] : [m, k])]),
        b: values([...batch, ...(transposeB ? [n, k] : [k, n])]),
      }),
      attributes: fc.constant({ transposeA, transposeB }),
    }),
  );

const tiles = kernelsOf((engines[0] as Engine).device).flatMap(({ tile }) => tile ?? []);
const whole = await Promise.all(tiles.slice(0, 2).map((tile) => testEngine("tiled", tile)));

onEveryFamily("matmul", (engine) => {
  const check = (cases: ReturnType<typeof products>, runs: number) =>
    checkOp(engine, ({ a, b }, attributes) => matmul(a, b, attributes), reference.matmul, cases, { runs });
  return {
    "agrees with its reference": () => check(products(length), 25),
    "agrees with its reference for rows of large tiles": () =>
      check(products(fc.integer({ min: 1, max: 9 }), fc.constantFrom(47, 52, 63, 64, 100, 116)), 12),
    "agrees with its reference where k is cut into parts": () => check(products(fc.constantFrom(257, 700)), 5),

    async "takes more rows, columns or products than a grid is long"() {
      const ones = (...shape: number[]) =>
        engine.tensor(new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape);
      for (const [a, b] of [
        [
          [2_100_000, 2],
          [2, 1],
        ],
        [
          [1, 2],
          [2, 2_100_001],
        ],
        [
          [65_600, 1, 2],
          [65_600, 2, 1],
        ],
      ] as const) {
        const total = engine.scope(() => sum(matmul(ones(...a), ones(...b))));
        assert.equal([...(await engine.read(total))], [2 * Math.max(...a, ...b)]);
        total.dispose();
      }
    },

    async "keeps NaN in its row and column"() {
      const a = Float32Array.of(1, Number.NaN, 2, 3);
      const y = engine.scope(() => matmul(engine.tensor(a, [2, 2]), engine.tensor([1, 0, 0, 1], [2, 2])));
      assert.equal([...(await engine.read(y))].map(Number.isNaN), [true, true, false, false]);
    },

    "names the shapes it cannot multiply"() {
      engine.scope(() => {
        const [a, b] = [engine.zeros([2, 3]), engine.zeros([2, 3])];
        throws(() => matmul(a, b), "matmul: expected [..., m, k] and [..., k, n], got [2, 3] and [2, 3]");
        throws(() => matmul(engine.zeros([3]), b), "got [3] and [2, 3]");
      });
    },
  };
});

describe("matmul, tiles of full size", {
  // Ragged edges in m, n and k, each layout of each operand. Sums of 35 products of values up to 1:
  // 1e-5 is far above their rounding.
  async "agree with the reference"() {
    assert.is(whole.length, 2); // each kernel of this size costs the driver seconds
    const [m, k, n] = [130, 35, 135];
    const filled = (count: number, step: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(step * i));
    const [a, b] = [filled(m * k, 0.7), filled(k * n, 1.3)];
    for (const [transposeA, transposeB] of [[false, false] as const, [true, true] as const]) {
      const shapes = { a: transposeA ? [k, m] : [m, k], b: transposeB ? [n, k] : [k, n] };
      const inputs = {
        a: { shape: shapes.a, values: Float64Array.from(a) },
        b: { shape: shapes.b, values: Float64Array.from(b) },
      };
      const expected = reference.matmul.reference(inputs, { transposeA, transposeB });
      for (const engine of transposeA ? whole.slice(0, 1) : whole) {
        const y = engine.scope(() =>
          matmul(engine.tensor(a, shapes.a), engine.tensor(b, shapes.b), { transposeA, transposeB }),
        );
        assertClose(format(engine.kernels), await engine.read(y), expected, 1e-5);
        y.dispose();
      }
    }
  },
});
