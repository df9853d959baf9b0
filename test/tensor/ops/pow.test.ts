import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import type { Engine, Tensor } from "../../../src/tensor/engine.ts";
import { pow } from "../../../src/tensor/ops/pow.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import { pow as reference } from "../../../src/tensor/reference/pow.ts";
import { values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { checkOperands, type Filling } from "../../support/operands.ts";

const whole: Filling = (shape) => values(shape, -4, 4).map((x) => ({ shape, values: x.values.map(Math.round) }));
const offZero: Filling = (shape) =>
  values(shape, 0.5, 1.5).map((x) => ({ shape, values: x.values.map((v, i) => (i % 2 === 0 ? -v : v)) }));

/** Value and gradients of Σ aᵇ. */
async function slopes(engine: Engine, a: readonly number[], b: readonly number[]): Promise<number[][]> {
  const [left, right] = [engine.tensor(a), engine.tensor(b)];
  const { value, gradients } = engine.scope(() => {
    const y = pow(left, right);
    return { value: y, gradients: valueAndGrad([left, right], () => sum(pow(left, right))).gradients };
  });
  const read = await Promise.all([value, ...gradients].map(async (x) => [...(await engine.read(x))]));
  dispose(left, right, value, ...gradients);
  return read;
}

onEveryFamily("pow", (engine) => ({
  "pow of positive numbers agrees with its reference": () =>
    checkOperands(engine, pow, reference, { a: (s) => values(s, 0.3, 3) }),
  "pow with whole exponents agrees with its reference, for negative numbers too": () =>
    checkOperands(engine, pow, reference, { a: offZero, b: whole, options: { constant: ["b"] } }),

  async "whole powers are exact where they fit"() {
    const a = [-7, -3, -2, -1, 0, 1, 2, 3, 5, 10];
    for (const b of [0, 1, 2, 3, 4, 7]) {
      const y = engine.scope(() => pow(engine.tensor(a), b));
      assert.equal(
        [...(await engine.read(y))].map((v) => v + 0),
        a.map((v) => v ** b + 0),
        `to ${b}`,
      );
      y.dispose();
    }
    const [y] = await slopes(engine, [10, 2, -2, 4], [-2, -3, -1, -0.5]);
    assert.equal(y, [0.01, 0.125, -0.5, 0.5].map(Math.fround));
  },

  async "the gradients at 0, and of negative numbers, are those that the docs state"() {
    const [y, byA, byB] = await slopes(engine, [0, 0, 0, 0, -2, -2, 3], [0, 1, 2, 0.5, 2, 3, 0]);
    assert.equal(y, [1, 0, 0, 0, 4, -8, 1]);
    assert.equal(byA, [0, 1, 0, Number.POSITIVE_INFINITY, -4, 12, 0]);
    assert.equal(byB?.slice(0, 6), [0, 0, 0, 0, Number.NaN, Number.NaN]);
    assert.ok(Math.abs((byB?.[6] as number) - Math.log(3)) <= 1e-6, `${byB?.[6]}`);
  },

  async "derivatives of every order of whole powers are those of polynomials, at 0 too"() {
    const at = [0, -2, 3];
    for (const b of [0, 1, 2, 3]) {
      for (const exponent of [b, engine.full([3], b)]) {
        const x = engine.tensor(at);
        let f = (): Tensor => pow(x, exponent);
        let [factor, power] = [1, b];
        for (let order = 1; order <= 4; order++) {
          const inner = f;
          f = () => valueAndGrad([x], () => sum(inner())).gradients[0];
          factor *= power;
          power--;
          const y = engine.scope(f);
          const expected = at.map((v) => (factor === 0 ? 0 : factor * v ** power));
          const message = `derivative ${order} of the power ${b}`;
          assert.equal(
            [...(await engine.read(y))].map((v) => v + 0),
            expected.map((v) => v + 0),
            message,
          );
          y.dispose();
        }
        x.dispose();
      }
    }
  },
}));
