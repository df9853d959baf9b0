import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { log } from "../../../src/tensor/ops/elementwise.ts";
import { where } from "../../../src/tensor/ops/where.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import { where as reference } from "../../../src/tensor/reference/where.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { checkOp, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { operandShapes } from "../../support/operands.ts";
import { on, planted } from "../../support/planted.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const truths = (shape: Shape) =>
  values(shape).map((x) => ({ shape, values: x.values.map((v) => (v < 0 ? 0 : Math.round(v) + 1)) }));
const constant = { constant: ["condition"] };

onEveryFamily("where", (engine) => ({
  "where agrees with its reference": () =>
    checkOp(
      engine,
      ({ condition, a, b }) => where(condition, a, b),
      reference,
      operandShapes(3).chain(([c = [], a = [], b = []]) =>
        fc.record({
          inputs: fc.record({ condition: truths(c), a: values(a), b: values(b) }),
          attributes: fc.constant({}),
        }),
      ),
      { ...constant, runs: 60 },
    ),
  "where agrees with its reference for a number on either side, and on both": async () => {
    const number = fc.double({ min: -2, max: 2, noNaN: true }).map(Math.fround);
    const pairs = operandShapes(2);
    await checkOp(
      engine,
      ({ condition, a }, { b }) => where(condition, a, b),
      reference as OpReference<"condition" | "a", { readonly b: number }>,
      pairs.chain(([c = [], a = []]) =>
        fc.record({ inputs: fc.record({ condition: truths(c), a: values(a) }), attributes: fc.record({ b: number }) }),
      ),
      constant,
    );
    await checkOp(
      engine,
      ({ condition, b }, { a }) => where(condition, a, b),
      reference as OpReference<"condition" | "b", { readonly a: number }>,
      pairs.chain(([c = [], b = []]) =>
        fc.record({ inputs: fc.record({ condition: truths(c), b: values(b) }), attributes: fc.record({ a: number }) }),
      ),
      constant,
    );
    await checkOp(
      engine,
      ({ condition }, { a, b }) => where(condition, a, b),
      reference as OpReference<"condition", { readonly a: number; readonly b: number }>,
      pairs.chain(([c = []]) =>
        fc.record({ inputs: fc.record({ condition: truths(c) }), attributes: fc.record({ a: number, b: number }) }),
      ),
      constant,
    );
  },

  async "NaN in the branch that is not taken reaches neither value nor gradient"() {
    const x = engine.tensor([-1, 2]);
    const bad = engine.tensor([Number.NaN, 3]);
    const [c, dy] = [engine.tensor([0, 1]), engine.tensor([1, 1])];
    const { value, gradients } = engine.scope(() => valueAndGrad([bad, x], () => where(c, bad, x), dy));
    assert.equal([...(await engine.read(value))], [-1, 3]);
    const [byBad, byX] = await Promise.all(gradients.map((g) => engine.read(g)));
    assert.equal([...(byBad ?? [])], [0, 1]);
    assert.equal([...(byX ?? [])], [1, 0]);
    const nan = engine.tensor([Number.NaN, 1]);
    const onlyTaken = engine.scope(() => valueAndGrad([x], () => where(c, log(x), x), nan)).gradients[0];
    const [first = 0, second] = await engine.read(onlyTaken);
    assert.ok(Number.isNaN(first), `${first}`);
    assert.is(second, 0.5);
    dispose(x, bad, c, dy, nan, value, onlyTaken, ...gradients);
  },

  "names what it cannot take"() {
    engine.scope(() => {
      const [c, a] = [engine.ones([2, 1]), engine.ones([3])];
      assert.equal(where(c, a, 0).shape, [2, 3]);
      throws(() => where(c, a, engine.ones([2])), "where: expected shapes that broadcast, got [2, 1], [3] and [2]");
      throws(() => where(1 as never, a, a), "where: expected a tensor as `condition`, got 1");
      throws(() => where(c, "1" as never, a), "where: expected a tensor or a number as `a`, got the text");
      throws(() => where(c, a, [1] as never), "where: expected a tensor or a number as `b`, got an array");
    });
  },
}));

describe("where", {
  ...planted("where", {
    family: "portable",
    from: "select(loadA(at), loadB(at), zero)",
    to: "select(loadB(at), loadA(at), zero)",
    work: on((c, a, b) => where(c, a, b), [5, 1], [3], [5, 3]),
  }),
});
