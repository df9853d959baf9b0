// Infinite values that a factor of 0 made NaN of. All values have one right answer, on every family
// of kernels; test/support/specialValues.ts has the whole table.
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import { biasRelu } from "../../src/tensor/ops/biasAdd.ts";
import { conv2d, conv2dTranspose } from "../../src/tensor/ops/convolution/conv2d.ts";
import { leakyReluGrad, relu } from "../../src/tensor/ops/elementwise.ts";
import { bceWithLogits, softmaxCrossEntropy } from "../../src/tensor/ops/losses.ts";
import { onEveryFamily } from "../support/families.ts";

const INFINITY = Number.POSITIVE_INFINITY;

/** Asserts that value and gradient of `f` at x are within 1e-6 of `expected`, or as infinite. */
async function gives(
  engine: Engine,
  x: readonly number[],
  f: (x: Tensor) => Tensor,
  ...expected: readonly (readonly number[])[]
): Promise<void> {
  const { value, gradients } = engine.scope(() => {
    const given = engine.tensor(x);
    const { shape } = f(given);
    return valueAndGrad([given], () => f(given), engine.ones(shape));
  });
  const found = [[...(await engine.read(value))], [...(await engine.read(gradients[0]))]];
  dispose(value, ...gradients);
  const close = (y: number, e: number): boolean => y === e || Math.abs(y - e) <= 1e-6;
  const same = expected.every((list, i) => list.every((e, j) => close(found[i]?.[j] as number, e)));
  assert.ok(same, `of ${x.join(", ")}: ${found.join(" and ")}, expected ${expected.join(" and ")}`);
}

onEveryFamily("infinities", (engine) => ({
  async "relu(−∞) is 0, alone, after a bias and after a convolution"() {
    const x = [-INFINITY, 1, -1, INFINITY];
    const same = (f: (x: Tensor) => Tensor): Promise<void> => gives(engine, x, f, [0, 1, 0, INFINITY], [0, 1, 0, 1]);
    await same(relu);
    await same((b) => biasRelu(engine.zeros([1, 4]), b));
    const [pixel, w] = [engine.zeros([1, 1, 1, 4]), engine.zeros([1, 1, 4, 4])];
    await same((bias) => conv2d(pixel, w, { bias, alpha: 0 }));
    await same((bias) => conv2dTranspose(pixel, w, { bias, alpha: 0 }));
    dispose(pixel, w);
  },

  async "leakyReluGrad(∞, −1, 0) is 0"() {
    const gate = (a: Tensor): Tensor => leakyReluGrad(a, engine.tensor([-1]), 0);
    await gives(engine, [INFINITY], gate, [0], [0]);
  },

  async "bceWithLogits(±∞) is 0 for the target that the logit is sure of, and ∞ for the other"() {
    for (const [x, t, loss, slope] of [
      [INFINITY, 1, 0, 0],
      [INFINITY, 0, INFINITY, 1],
      [-INFINITY, 0, 0, 0],
      [-INFINITY, 1, INFINITY, -1],
    ] as const) {
      const bce = (logit: Tensor): Tensor => bceWithLogits(logit, engine.tensor([t]));
      await gives(engine, [x], bce, [loss], [slope]);
    }
  },

  async "softmaxCrossEntropy leaves out a class with a logit of −∞ and no probability"() {
    const loss = (x: Tensor): Tensor => softmaxCrossEntropy(x, engine.tensor([1, 0]));
    await gives(engine, [3, -INFINITY], loss, [0], [0, 0]);
  },
}));
