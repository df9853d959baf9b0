// Gradients of gradients of every op that a gradient penalty walks.

import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Tensor } from "../../src/tensor/engine.ts";
import { biasAdd, biasRelu } from "../../src/tensor/ops/biasAdd.ts";
import type { BinaryFunction } from "../../src/tensor/ops/byElement.ts";
import { conv2d, conv2dTranspose } from "../../src/tensor/ops/convolution/conv2d.ts";
import * as ops from "../../src/tensor/ops/elementwise.ts";
import { elu } from "../../src/tensor/ops/elu.ts";
import { bceWithLogits, mse } from "../../src/tensor/ops/losses.ts";
import { clip, maximum, minimum } from "../../src/tensor/ops/maximum.ts";
import { mean } from "../../src/tensor/ops/mean.ts";
import type { Operand } from "../../src/tensor/ops/operands.ts";
import { pow } from "../../src/tensor/ops/pow.ts";
import { matmul } from "../../src/tensor/ops/product/matmul.ts";
import { reshape } from "../../src/tensor/ops/reshape.ts";
import { broadcast, sum } from "../../src/tensor/ops/sum.ts";
import { where } from "../../src/tensor/ops/where.ts";
import * as biasReference from "../../src/tensor/reference/biasAdd.ts";
import * as convolution from "../../src/tensor/reference/conv2d.ts";
import * as reference from "../../src/tensor/reference/elementwise.ts";
import { elu as eluRow } from "../../src/tensor/reference/elu.ts";
import * as losses from "../../src/tensor/reference/losses.ts";
import { matmul as matmulRow } from "../../src/tensor/reference/matmul.ts";
import * as extremes from "../../src/tensor/reference/maximum.ts";
import { pow as powRow } from "../../src/tensor/reference/pow.ts";
import type { OpReference, Values } from "../../src/tensor/reference/reference.ts";
import * as sums from "../../src/tensor/reference/sum.ts";
import { where as whereRow } from "../../src/tensor/reference/where.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { shapes, values } from "../support/checkOp.ts";
import { checkSecond } from "../support/checkSecond.ts";
import { ofLarge, ofSmall } from "../support/convolutions.ts";
import { onEveryFamily } from "../support/families.ts";
import { type Checked, checkOperands, operandShapes, tenths } from "../support/operands.ts";

const length = (max: number) => fc.integer({ min: 1, max });
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
/** Away from 0, where a kink would meet the difference quotient. */
const offZero = (shape: Shape) =>
  values(shape, 0.1, 2).map((v) => ({ ...v, values: v.values.map((x, i) => (i % 3 === 0 ? -x : x)) }));

/** Of an op and then its square, whose second derivative is not 0. */
const squared = <N extends string, A>(row: OpReference<N, A>): OpReference<N, A> => ({
  ...row,
  reference: (inputs, attributes) => row.reference(inputs, attributes).map((y) => y * y),
});
const positive = (shape: Shape) => values(shape, 0.3, 3);

/** Odd counts take the unfolding path, multiples of 4 the direct kernels. */
const channels = fc.oneof(fc.tuple(length(4), length(4)), fc.constantFrom([4, 8], [8, 4]));
const window = fc.record({ batch: length(2), kernel: pair(1, 4), stride: pair(1, 2), padding: pair(0, 1), channels });

onEveryFamily("second derivatives", (engine) => {
  const unary = <A>(
    op: (x: Tensor) => Tensor,
    row: OpReference<"x", A>,
    attributes: A,
    arbitrary: (shape: Shape) => fc.Arbitrary<Values> = values,
  ) =>
    checkSecond(
      engine,
      ({ x }) => op(x),
      row,
      shapes().chain((s) => fc.record({ inputs: fc.record({ x: arbitrary(s) }), attributes: fc.constant(attributes) })),
    );
  const binary = <A extends object>(f: BinaryFunction, row: OpReference<"a" | "b", A>, how: Checked<A> = {}) =>
    checkOperands(engine, f, row, { ...how, second: true, options: { runs: 12, ...how.options } });

  return {
    "of conv2d, its transpose's and its weight gradient's among them": () =>
      checkSecond(
        engine,
        ({ x, w }, { stride, padding }) => conv2d(x, w, { stride, padding }),
        ofLarge(convolution.conv2d),
        fc.tuple(window, pair(4, 6)).chain(
          ([
            {
              batch,
              kernel,
              stride,
              padding,
              channels: [c = 1, d = 1],
            },
            size,
          ]) =>
            fc.record({
              inputs: fc.record({ x: values([batch, ...size, c]), w: values([...kernel, c, d]) }),
              attributes: fc.constant({ stride, padding }),
            }),
        ),
      ),

    "of conv2dTranspose": () =>
      checkSecond(
        engine,
        ({ x, w }, options) => conv2dTranspose(x, w, options),
        ofSmall(convolution.conv2dTranspose),
        fc.tuple(window, pair(2, 4)).chain(
          ([
            {
              batch,
              kernel,
              stride,
              padding,
              channels: [c = 1, d = 1],
            },
            size,
          ]) =>
            fc.record({
              inputs: fc.record({ x: values([batch, ...size, d]), w: values([...kernel, c, d]) }),
              attributes: fc.constant({
                stride,
                padding,
                outputPadding: [stride[0] - 1, stride[1] - 1] as const,
              }),
            }),
        ),
      ),

    "of matmul, either side transposed": () =>
      checkSecond(
        engine,
        ({ a, b }, attributes) => matmul(a, b, attributes),
        matmulRow,
        fc
          .tuple(length(9), length(9), length(9), fc.boolean(), fc.boolean())
          .chain(([m, n, k, transposeA, transposeB]) =>
            fc.record({
              inputs: fc.record({
                a: values(transposeA ? [k, m] : [m, k]),
                b: values(transposeB ? [n, k] : [k, n]),
              }),
              attributes: fc.constant({ transposeA, transposeB }),
            }),
          ),
      ),

    "of bias and biasRelu": async () => {
      const cases = fc.tuple(shapes(3, 5), length(9)).chain(([shape, width]) =>
        fc.record({
          // sums off 0
          inputs: fc.record({ x: offZero([...shape, width]), b: values([width], -0.05, 0.05) }),
          attributes: fc.record({ alpha: fc.constantFrom(0, 0.2) }),
        }),
      );
      const plain = cases.map(({ inputs }) => ({ inputs, attributes: { alpha: 1 } }));
      await checkSecond(engine, ({ x, b }) => biasAdd(x, b), biasReference.biasAdd, plain);
      await checkSecond(engine, ({ x, b }, { alpha }) => biasRelu(x, b, alpha), biasReference.biasAdd, cases);
    },

    "of sum, mean, broadcast and reshape": async () => {
      const axes = shapes(3, 5).chain((shape) =>
        fc.record({
          inputs: fc.record({ x: values(shape) }),
          attributes: fc.record({ axes: fc.subarray([...shape.keys()]) }),
        }),
      );
      await checkSecond(engine, ({ x }, at) => ops.square(sum(x, at.axes)), squared(sums.sum), axes);
      await checkSecond(engine, ({ x }, at) => ops.square(mean(x, at.axes)), squared(sums.mean), axes);
      await checkSecond(
        engine,
        ({ x }, { shape }) => ops.square(reshape(broadcast(x, shape), [-1])),
        squared(sums.broadcast),
        fc.tuple(shapes(2, 4), shapes(2, 4), fc.boolean()).chain(([before, shape, flat]) =>
          fc.record({
            inputs: fc.record({ x: values(flat ? shape.map(() => 1) : shape) }),
            attributes: fc.constant({ shape: [...before, ...shape] }),
          }),
        ),
      );
    },

    "of mul, weigh and div": async () => {
      await binary(ops.mul, reference.mul);
      await binary(ops.weigh, reference.weigh);
      await binary(ops.div, reference.div, { b: (s) => values(s, 0.7, 3) });
    },
    "of add, sub and affine": async () => {
      await binary(ops.add, reference.add);
      await binary(ops.sub, reference.sub);
      await unary((x) => ops.affine(x, 0.75, -0.5), reference.affine, { alpha: 0.75, beta: -0.5 });
    },
    "of square and sqrt": async () => {
      await unary(ops.square, reference.square, {});
      await unary(ops.sqrt, reference.sqrt, {}, positive);
    },
    "of exp, log, sigmoid and tanh": async () => {
      await unary(ops.exp, reference.exp, {});
      await unary(ops.log, reference.log, {}, positive);
      await unary(ops.sigmoid, reference.sigmoid, {});
      await unary(ops.tanh, reference.tanh, {});
    },
    "of relu, leakyRelu, abs, reluGrad and leakyReluGrad, off their kinks": async () => {
      await unary(ops.relu, reference.relu, {}, offZero);
      await unary((x) => ops.leakyRelu(x, 0.2), reference.leakyRelu, { alpha: 0.2 }, offZero);
      await unary(ops.abs, reference.abs, {}, offZero);
      const slope = { b: offZero, options: { constant: ["b"] } };
      await binary(
        (a: Operand, b: Operand) => ops.square(ops.leakyReluGrad(a as Tensor, b, 0.25)),
        squared(reference.leakyReluGrad),
        { ...slope, attributes: { alpha: 0.25 } },
      );
      await binary(
        (a: Operand, b: Operand) => ops.square(ops.reluGrad(a as Tensor, b)),
        squared(reference.reluGrad),
        slope,
      );
    },
    "of maximum and minimum, off their kinks, and of clip": async () => {
      const apart = { a: tenths(), b: tenths(0.05) };
      await binary((a: Operand, b: Operand) => ops.square(maximum(a as Tensor, b)), squared(extremes.maximum), apart);
      await binary((a: Operand, b: Operand) => ops.square(minimum(a as Tensor, b)), squared(extremes.minimum), apart);
      await unary(
        (x) => ops.square(clip(x, -0.95, 0.95)),
        squared(extremes.clip as OpReference<"x", { least: number; most: number }>),
        { least: -0.95, most: 0.95 },
        tenths(),
      );
    },
    "of pow": () => binary(pow, powRow, { a: positive }),
    "of where": () =>
      checkSecond(
        engine,
        ({ condition, a, b }) => ops.square(where(condition, a, b)),
        squared(whereRow),
        operandShapes(3).chain(([c = [], a = [], b = []]) =>
          fc.record({
            inputs: fc.record({ condition: tenths()(c), a: values(a), b: values(b) }),
            attributes: fc.constant({}),
          }),
        ),
        { constant: ["condition"] },
      ),
    "of elu, off its kink": () => unary((x) => elu(x, 0.5), eluRow, { alpha: 0.5 }, offZero),
    "of bceWithLogits": () =>
      checkSecond(
        engine,
        ({ x, t }) => bceWithLogits(x, t),
        losses.loss,
        shapes().chain((s) =>
          fc.record({
            inputs: fc.record({ x: offZero(s), t: values(s, 0, 1) }),
            attributes: fc.constant({ loss: "bce" as const }),
          }),
        ),
      ),

    "of mse": () =>
      checkSecond(
        engine,
        ({ x, t }) => mse(x, t),
        losses.loss,
        shapes().chain((s) =>
          fc.record({
            inputs: fc.record({ x: values(s), t: values(s) }),
            attributes: fc.constant({ loss: "square" as const }),
          }),
        ),
      ),

    async "at a kink the gradient takes the slope below 0, and its gradient is 0"() {
      const { first, second } = engine.scope(() => {
        // sums of exactly 0
        const [x, b] = [engine.tensor([-1, 0, 1], [1, 3]), engine.tensor([1, 0, -1], [3])];
        const slope = (): Tensor =>
          valueAndGrad([x], () => sum(ops.square(ops.affine(biasRelu(x, b, 0.2), 1, 1)))).gradients[0];
        return { first: slope(), second: valueAndGrad([x], () => sum(slope())).gradients[0] };
      });
      assert.equal(
        [...(await engine.read(first))].map((v) => Math.fround(v)),
        [0.4, 0.4, 0.4].map(Math.fround),
      );
      // d²/dx² (αx + 1)² = 2α²
      for (const v of await engine.read(second)) assert.ok(Math.abs(v - 0.08) <= 1e-7, `${v}`);
      dispose(first, second);
    },
  };
});
