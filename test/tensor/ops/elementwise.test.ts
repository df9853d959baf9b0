import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Tensor } from "../../../src/tensor/engine.ts";
import * as ops from "../../../src/tensor/ops/elementwise.ts";
import type { Operand } from "../../../src/tensor/ops/operands.ts";
import * as reference from "../../../src/tensor/reference/elementwise.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { checkOperands } from "../../support/operands.ts";

const alpha = fc.double({ min: -2, max: 2, noNaN: true }).map(Math.fround);
/** Away from 0, where a kink would meet the difference quotient. */
const offZero = (shape: Shape) =>
  values(shape, 0.01, 2).chain((v) =>
    fc.boolean().map((flip) => ({ ...v, values: v.values.map((x, i) => (flip === (i % 2 === 0) ? -x : x)) })),
  );
const positive = (shape: Shape) => values(shape, 0.1, 4);

/** Of ops that select by the sign of b. */
const slope = { b: offZero, options: { constant: ["b"] } };

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
  const none = fc.constant({});

  return {
    "add agrees with its reference": () => checkOperands(engine, ops.add, reference.add),
    "sub agrees with its reference": () => checkOperands(engine, ops.sub, reference.sub),
    "mul agrees with its reference": () => checkOperands(engine, ops.mul, reference.mul),
    "div agrees with its reference": () =>
      checkOperands(engine, ops.div, reference.div, { b: (s) => values(s, 0.5, 3) }),
    "reluGrad agrees with its reference": () => checkOperands(engine, ops.reluGrad, reference.reluGrad, slope),
    "leakyReluGrad agrees with its reference": () => {
      const leaky = (a: Operand, b: Operand) => ops.leakyReluGrad(a as Tensor, b, 0.25);
      return checkOperands(engine, leaky, reference.leakyReluGrad, { ...slope, attributes: { alpha: 0.25 } });
    },
    "signMul agrees with its reference": () => checkOperands(engine, ops.signMul, reference.signMul, slope),
    "weigh agrees with its reference": () => checkOperands(engine, ops.weigh, reference.weigh),
    "neg agrees with its reference": () => unary(ops.neg, reference.affine, fc.constant({ alpha: -1, beta: 0 })),
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
  };
});
