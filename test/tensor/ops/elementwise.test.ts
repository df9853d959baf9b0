import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Tensor } from "../../../src/tensor/engine.ts";
import * as ops from "../../../src/tensor/ops/elementwise.ts";
import * as reference from "../../../src/tensor/reference/elementwise.ts";
import type { Reference } from "../../../src/tensor/reference/reference.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const engine = await testEngine();

const alpha = fc.double({ min: -2, max: 2, noNaN: true }).map(Math.fround);
/** Away from 0, where a kink would meet the difference quotient. */
const offZero = (shape: Shape) =>
  values(shape, 0.01, 2).chain((v) =>
    fc.boolean().map((flip) => ({ ...v, values: v.values.map((x, i) => (flip === (i % 2 === 0) ? -x : x)) })),
  );

const unary = (
  op: (x: Tensor) => Tensor,
  ref: Reference<"x">,
  arbitrary: (shape: Shape) => ReturnType<typeof values> = values,
) =>
  checkOp(
    engine,
    ({ x }) => op(x),
    ref,
    shapes().chain((s) => fc.record({ inputs: fc.record({ x: arbitrary(s) }), attributes: fc.constant({}) })),
  );

const binary = (
  op: (a: Tensor, b: Tensor) => Tensor,
  ref: Reference<"a" | "b">,
  arbitrary: (shape: Shape) => ReturnType<typeof values> = values,
  constant: string[] = [],
) =>
  checkOp(
    engine,
    ({ a, b }) => op(a, b),
    ref,
    shapes().chain((s) =>
      fc.record({ inputs: fc.record({ a: values(s), b: arbitrary(s) }), attributes: fc.constant({}) }),
    ),
    { constant },
  );

const positive = (shape: Shape) => values(shape, 0.1, 4);

describe("elementwise", {
  "add agrees with its reference": () => binary(ops.add, reference.add),
  "sub agrees with its reference": () => binary(ops.sub, reference.sub),
  "mul agrees with its reference": () => binary(ops.mul, reference.mul),
  "div agrees with its reference": () => binary(ops.div, reference.div, (s) => values(s, 0.5, 3)),
  "gate agrees with its reference": () =>
    binary(
      (a, b) => ops.leakyReluGrad(a, b, 0.25),
      (inputs) => reference.leakyReluGrad(inputs, { alpha: 0.25 }),
      offZero,
      ["b"],
    ),
  "mulSign agrees with its reference": () => binary(ops.signMul, reference.signMul, offZero, ["b"]),
  "scale and affine agree with their reference": () =>
    checkOp(
      engine,
      ({ x }, { alpha, beta }) => ops.affine(x, alpha, beta),
      reference.affine,
      shapes().chain((s) =>
        fc.record({ inputs: fc.record({ x: values(s) }), attributes: fc.record({ alpha, beta: alpha }) }),
      ),
    ),
  "relu agrees with its reference": () => unary(ops.relu, (i) => reference.leakyRelu(i, { alpha: 0 }), offZero),
  "leakyRelu agrees with its reference": () =>
    checkOp(
      engine,
      ({ x }, { alpha }) => ops.leakyRelu(x, alpha),
      reference.leakyRelu,
      shapes().chain((s) => fc.record({ inputs: fc.record({ x: offZero(s) }), attributes: fc.record({ alpha }) })),
    ),
  "sigmoid agrees with its reference": () => unary(ops.sigmoid, reference.sigmoid, (s) => values(s, -20, 20)),
  "tanh agrees with its reference": () => unary(ops.tanh, reference.tanh),
  "exp agrees with its reference": () => unary(ops.exp, reference.exp),
  "log agrees with its reference": () => unary(ops.log, reference.log, positive),
  "sqrt agrees with its reference": () => unary(ops.sqrt, reference.sqrt, positive),
  "square agrees with its reference": () => unary(ops.square, reference.square),
  "abs agrees with its reference": () => unary(ops.abs, reference.abs, offZero),

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
});
