import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { dropout } from "../../../src/tensor/ops/dropout.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import * as reference from "../../../src/tensor/reference/dropout.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

const cases = (rank: number) =>
  shapes(rank, 6).chain((shape) =>
    fc.record({
      inputs: fc.record({ x: values(shape) }),
      attributes: fc.record({
        p: fc.constantFrom(0, 0.1, 0.5, 0.9),
        draw: fc.record({
          seed: fc.maxSafeNat(),
          stream: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          offset: fc.integer({ min: 0, max: 2 ** 33 }),
        }),
      }),
    }),
  );

onEveryFamily("dropout", (engine) => ({
  async "dropout agrees with its reference, and so does its second derivative"() {
    await checkOp(engine, ({ x }, { p, draw }) => dropout(x, p, draw), reference.dropout, cases(4), { runs: 40 });
    await checkSecond(
      engine,
      ({ x }, { p, draw }) => square(dropout(x, p, draw)),
      { reference: (inputs, attributes) => reference.dropout.reference(inputs, attributes).map((y) => y * y) },
      cases(2),
      { runs: 5 },
    );
  },

  async "dropout keeps a share of 1 − p, scaled by 1 / (1 − p), and its gradient is the same mask"() {
    const n = 20_000;
    const draw = { seed: 1, stream: 5 };
    const { value, gradients } = engine.scope(() => {
      const x = engine.tensor(new Float32Array(n).fill(3), [n / 4, 4]);
      const ones = engine.tensor(new Float32Array(n).fill(1), [n / 4, 4]);
      return valueAndGrad([x], () => dropout(x, 0.25, draw), ones);
    });
    const kept = await engine.read(value);
    assert.ok(kept.every((v) => v === 0 || Math.abs(v - 4) < 1e-6));
    const share = kept.reduce((count, v) => count + (v === 0 ? 0 : 1), 0) / n;
    assert.ok(Math.abs(share - 0.75) < 4.5 * Math.sqrt((0.25 * 0.75) / n), `share ${share}`);
    assertClose(
      "gradient",
      await engine.read(gradients[0]),
      kept.map((v) => v / 3),
      1e-6,
    );
    dispose(value, ...gradients);
    const sums = engine.scope(() => {
      const x = engine.tensor(new Float32Array(n).fill(1), [n]);
      return [sum(dropout(x, 0.25, draw)), sum(dropout(x, 0.25, { ...draw, offset: n / 4 }))] as const;
    });
    assert.not.equal(await engine.read(sums[0]), await engine.read(sums[1]));
    dispose(...sums);
  },

  async "what is dropped is 0, infinite values too, and NaN stays"() {
    const { POSITIVE_INFINITY: INFINITY, NaN: NAN } = Number;
    const draw = { seed: 1, stream: 5 };
    const [infinite, nan, ones] = engine.scope(() =>
      [INFINITY, NAN, 1].map((v) => dropout(engine.full([100], v), 0.5, draw)),
    );
    if (infinite === undefined || nan === undefined || ones === undefined) throw new Error("three tensors");
    const kept = [...(await engine.read(ones))].map((v) => v > 0);
    assert.equal(
      [...(await engine.read(infinite))],
      kept.map((k) => (k ? INFINITY : 0)),
    );
    assert.ok((await engine.read(nan)).every(Number.isNaN));
    dispose(infinite, nan, ones);
  },

  "refuses what is no probability, and draws that there are not"() {
    engine.scope(() => {
      const x = engine.zeros([2]);
      for (const p of [1, -0.1, 1.5, Number.NaN]) {
        throws(
          () => dropout(x, p, { seed: 1, stream: 1 }),
          `dropout: expected a probability \`p\` from 0 to below 1, got ${p}`,
        );
      }
      throws(
        () => dropout(x, 0.5, { seed: -1, stream: 1 }),
        "uniform: expected an integer from 0 to 2^53 - 1 as `seed`",
      );
    });
  },
}));
