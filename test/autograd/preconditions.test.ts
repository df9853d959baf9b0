// Tensors of two engines look alike to a device: mixing them is refused.
import * as assert from "uvu/assert";
import { Adam } from "../../src/autograd/adam.ts";
import { createParameters } from "../../src/autograd/parameters.ts";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import { apply, type Op, Tensor } from "../../src/tensor/engine.ts";
import { square } from "../../src/tensor/ops/elementwise.ts";
import { sum } from "../../src/tensor/ops/sum.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const [engine, other] = await Promise.all([testEngine(), testEngine()]);

describe("preconditions of autograd", {
  "inputs belong to one engine"() {
    engine.scope(() => {
      const [x, stranger] = [engine.ones([2]), other.ones([2])];
      throws(
        () => valueAndGrad([x, stranger], () => sum(x)),
        "valueAndGrad: expected inputs of one engine, got some of another",
      );
      stranger.dispose();
    });
  },

  async "value and cotangent are tensors of the inputs' engine, and the engine works on"() {
    const [x, stranger] = [engine.tensor([1, 2]), other.ones([2])];
    const before = engine.memory().inUse;
    const elsewhere = "valueAndGrad: expected value and cotangent of the inputs' engine, got one of another";
    for (const [f, cotangent, message] of [
      [() => x, stranger, elsewhere],
      [() => stranger, undefined, elsewhere],
      [() => 1, undefined, "valueAndGrad: expected a tensor as `value of f`, got 1"],
      [() => x, [1, 1], "valueAndGrad: expected a tensor as `cotangent`, got an array"],
      [() => x, engine.ones([2, 1]), "valueAndGrad: expected a cotangent as [2], got [2, 1]"],
    ] as [() => Tensor, Tensor | undefined, string][]) {
      throws(() => engine.scope(() => valueAndGrad([x], f, cotangent)), message);
      if (cotangent instanceof Tensor && cotangent.engine === engine) cotangent.dispose();
    }
    throws(() => valueAndGrad([[1] as never], () => x), "valueAndGrad: expected a tensor as `input`, got an array");
    assert.is(engine.memory().inUse, before);
    const { value, gradients } = engine.scope(() => valueAndGrad([x], () => sum(square(x))));
    assert.is(await value.toArray(), 5);
    assert.equal(await gradients[0].toArray(), [2, 4]);
    dispose(x, stranger, value, ...gradients);
  },

  "an op's gradients are tensors of the shapes of its inputs, one for each"() {
    const given: (readonly [unknown, string])[] = [
      [{}, "twice: expected a gradient of `x` from `backward`, got none; give null for no gradient"],
      [{ x: () => 1 }, "twice: expected a tensor as `gradient of x`, got 1"],
      [{ x: () => engine.ones([2, 1]) }, "twice: expected the gradient of `x` as [2], got [2, 1]"],
    ];
    for (const [gradients, message] of given) {
      const twice: Op<"x"> = {
        name: "twice",
        shape: ({ x }) => x,
        forward: (gpu, { x }, y) => gpu.copy("twice", x.buffer, y.buffer),
        backward: () => gradients as never,
      };
      engine.scope(() => {
        const x = engine.ones([2]);
        throws(() => valueAndGrad([x], () => sum(apply(twice, { x }, {}))), message);
      });
    }
  },

  async "a gradient of the output's shape is summed where the input is repeated to it, else refused"() {
    const stacked: Op<"x"> = {
      name: "stacked",
      shape: () => [3, 2],
      forward: (gpu, { x }, y) => gpu.copy("stacked", x.buffer, y.buffer),
      backward: (dy) => ({ x: () => dy }),
    };
    const gradient = (shape: readonly number[]) =>
      engine.scope(() => {
        const x = engine.ones(shape);
        const cotangent = engine.tensor([1, 2, 3, 4, 5, 6], [3, 2]);
        return valueAndGrad([x], () => apply(stacked, { x }, {}), cotangent).gradients[0];
      });
    const summed = gradient([2]);
    assert.equal(await summed.toArray(), [9, 12]);
    summed.dispose();
    throws(() => gradient([2, 3]), "stacked: expected the gradient of `x` as [2, 3], got [3, 2]");
  },

  "gradients belong to the engine of the parameters"() {
    const parameters = createParameters(engine, { w: { shape: [2], values: Float32Array.of(1, 2) } });
    const adam = new Adam(parameters);
    const stranger = other.ones([2]);
    throws(() => adam.step([stranger], 0.1), "adam: expected the gradient of `w` on the parameters' engine");
    throws(() => adam.step([], 0.1), "adam: expected 1 gradients, got 0");
    stranger.dispose();
    adam.dispose();
    parameters.dispose();
  },
});
