import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Tensor } from "../../../src/tensor/engine.ts";
import * as ops from "../../../src/tensor/ops/elementwise.ts";
import * as reference from "../../../src/tensor/reference/elementwise.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

const alpha = fc.double({ min: -2, max: 2, noNaN: true }).map(Math.fround);
/** Away from 0, where a kink would meet the difference quotient. */
const offZero = (shape: Shape) =>
  values(shape, 0.01, 2).chain((v) =>
    fc.boolean().map((flip) => ({ ...v, values: v.values.map((x, i) => (flip === (i % 2 === 0) ? -x : x)) })),
  );
const positive = (shape: Shape) => values(shape, 0.1, 4);

onEveryFamily("elementwise", (engine) => {
  const unary = <A>(
    op: (x: Tensor, attributes: A) => Tensor,
    row: OpReference<"x", A>,
    attributes: fc.Arbitrary<A>,
    arbitrary: (shape: Shape) => ReturnType<typeof values> = values,
  ) =>
    checkOp(
      engine,
      ({ x }, given) => op(x, given),
      row,
      shapes().chain((s) => fc.record({ inputs: fc.record({ x: arbitrary(s) }), attributes })),
    );
  const binary = <A>(
    op: (a: Tensor, b: Tensor, attributes: A) => Tensor,
    row: OpReference<"a" | "b", A>,
    attributes: fc.Arbitrary<A>,
    arbitrary: (shape: Shape) => ReturnType<typeof values> = values,
    constant: string[] = [],
  ) =>
    checkOp(
      engine,
      ({ a, b }, given) => op(a, b, given),
      row,
      shapes().chain((s) => fc.record({ inputs: fc.record({ a: values(s), b: arbitrary(s) }), attributes })),
      { constant },
    );
  const none = fc.constant({});

  return {
    "add agrees with its reference": () => binary(ops.add, reference.add, none),
    "sub agrees with its reference": () => binary(ops.sub, reference.sub, none),
    "mul agrees with its reference": () => binary(ops.mul, reference.mul, none),
    "div agrees with its reference": () => binary(ops.div, reference.div, none, (s) => values(s, 0.5, 3)),
    "reluGrad agrees with its reference": () => binary(ops.reluGrad, reference.reluGrad, none, offZero, ["b"]),
    "leakyReluGrad agrees with its reference": () => {
      const slope = fc.constant({ alpha: 0.25 });
      return binary((a, b, given) => ops.leakyReluGrad(a, b, given.alpha), reference.leakyReluGrad, slope, offZero, [
        "b",
      ]);
    },
    "signMul agrees with its reference": () => binary(ops.signMul, reference.signMul, none, offZero, ["b"]),
    "weigh agrees with its reference": () => binary(ops.weigh, reference.weigh, none),
    "scale and affine agree with their reference": () =>
      unary((x, given) => ops.affine(x, given.alpha, given.beta), reference.affine, fc.record({ alpha, beta: alpha })),
    "relu agrees with its reference": () => unary(ops.relu, reference.relu, none, offZero),
    "leakyRelu agrees with its reference": () =>
      unary((x, given) => ops.leakyRelu(x, given.alpha), reference.leakyRelu, fc.record({ alpha }), offZero),
    "sigmoid agrees with its reference": () => unary(ops.sigmoid, reference.sigmoid, none, (s) => values(s, -20, 20)),
    "tanh agrees with its reference": () => unary(ops.tanh, reference.tanh, none),
    "exp agrees with its reference": () => unary(ops.exp, reference.exp, none),
    "log agrees with its reference": () => unary(ops.log, reference.log, none, positive),
    "sqrt agrees with its reference": () => unary(ops.sqrt, reference.sqrt, none, positive),
    "square agrees with its reference": () => unary(ops.square, reference.square, none),
    "abs agrees with its reference": () => unary(ops.abs, reference.abs, none, offZero),

    async "tanh keeps its relative accuracy near 0 and its limits far away"() {
      const x = Float32Array.of(1e-6, -1e-3, 0.01, 0.2, 0.26, 1, 20, 1e4, -1e4);
      const y = engine.scope(() => ops.tanh(engine.tensor(x, [x.length])));
      const got = await engine.read(y);
      x.forEach(
        (v, i) => void assert.ok(Math.abs((got[i] as number) / Math.tanh(v) - 1) < 1e-6, `tanh(${v}) = ${got[i]}`),
      );
    },

    async "relu lets NaN through"() {
      const y = engine.scope(() => ops.relu(engine.tensor([Number.NaN, -1], [2])));
      assert.equal([...(await engine.read(y))], [Number.NaN, 0]);
    },

    "names the shapes it cannot combine"() {
      engine.scope(() => {
        const [a, b] = [engine.zeros([2, 3]), engine.zeros([3])];
        throws(() => ops.add(a, b), "add: expected equal shapes, got [2, 3] and [3]; use `broadcast`");
      });
    },
  };
});
