// The losses of GANs against their papers' formulas in float64, and the gradient penalty's own
// gradient.

import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { dense } from "../../../src/models/networks/layers.ts";
import { discriminatorLoss, nonSaturatingLoss } from "../../../src/models/systems/gan.ts";
import { criticLoss, gradientPenalty, interpolate } from "../../../src/models/systems/wganGp.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { matmul } from "../../../src/tensor/ops/product/matmul.ts";
import { reshape } from "../../../src/tensor/ops/reshape.ts";
import { size } from "../../../src/tensor/shape.ts";
import { assertClose, values } from "../../support/checkOp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();
/** The values that `f` computes. */
async function compute(f: () => Tensor): Promise<Float32Array> {
  const y = engine.scope(f);
  const result = await engine.read(y);
  y.dispose();
  return result;
}
const scores = (values: readonly number[]): Tensor => engine.tensor(values, [values.length, 1]);
const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
const [real, fake] = [
  [2, -0.5, 0.1],
  [-3, 1, 0.4],
] as const;

describe("GAN", {
  async "the discriminator minimises −E log D(x) − E log(1 − D(G(z))), the generator −E log D(G(z))"() {
    const expected = -meanOf(real.map((s) => Math.log(sigma(s)))) - meanOf(fake.map((s) => Math.log(1 - sigma(s))));
    assertClose("D", await compute(() => discriminatorLoss(scores(real), scores(fake))), [expected], 1e-6);
    const generator = -meanOf(fake.map((s) => Math.log(sigma(s))));
    assertClose("G", await compute(() => nonSaturatingLoss(scores(fake))), [generator], 1e-6);
    assertClose(
      "an undecided D",
      await compute(() => discriminatorLoss(scores([0]), scores([0]))),
      [Math.log(4)],
      1e-6,
    );
  },

  async "where D is sure that all is fake, the generator's loss still has slope −1"() {
    const slope = await compute(() => {
      const x = scores([-30]);
      return valueAndGrad([x], () => nonSaturatingLoss(x)).gradients[0];
    });
    assertClose("slope", slope, [-1], 1e-6);
  },
});

/**
 * A critic of two dense layers with slopes of .2 below 0, and (E (|∇D| − 1)²) of it by its closed
 * form.
 */
const [INPUTS, HIDDEN] = [5, 6];
type Weights = Readonly<Record<"w1" | "b1" | "w2", Float64Array>>;
const at = (values: Float64Array, i: number): number => values[i] as number;
const hiddenSum = ({ w1, b1 }: Weights, x: Float64Array, row: number, h: number): number => {
  let sum = at(b1, h);
  for (let i = 0; i < INPUTS; i++) sum += at(x, row * INPUTS + i) * at(w1, i * HIDDEN + h);
  return sum;
};
const offKinks = (weights: Weights, x: Float64Array): boolean =>
  [0, 1, 2].every((row) => [...Array(HIDDEN).keys()].every((h) => Math.abs(hiddenSum(weights, x, row, h)) > 1e-3));
const closedForm = (weights: Weights, x: Float64Array): number => {
  const { w1, w2 } = weights;
  return meanOf(
    Array.from({ length: x.length / INPUTS }, (_, row) => {
      const gradient = new Float64Array(INPUTS);
      for (let h = 0; h < HIDDEN; h++) {
        const slope = (hiddenSum(weights, x, row, h) > 0 ? 1 : 0.2) * at(w2, h);
        for (let i = 0; i < INPUTS; i++) gradient[i] = at(gradient, i) + slope * at(w1, i * HIDDEN + h);
      }
      return (Math.hypot(...gradient) - 1) ** 2;
    }),
  );
};

describe("WGAN-GP", {
  async "the critic minimises E D(x̃) − E D(x), and x̂ = ε x + (1 − ε) x̃ row by row"() {
    assertClose(
      "loss",
      await compute(() => criticLoss(scores(real), scores(fake))),
      [meanOf(fake) - meanOf(real)],
      1e-6,
    );
    const mixed = await compute(() =>
      interpolate(
        engine.tensor([1, 2, 3, 4], [2, 1, 2, 1]),
        engine.tensor([5, 6, 7, 8], [2, 1, 2, 1]),
        engine.tensor([0.25, 1], [2]),
      ),
    );
    assertClose("mixed", mixed, [4, 5, 3, 4], 1e-7);
  },

  "of a linear critic D(x) = <a, x> the penalty is (|a| − 1)², wherever x is (seed 1, 1e-6)": () =>
    fc.assert(
      fc.asyncProperty(values([3], 0.1, 2), values([4, 1, 3, 1]), async ({ values: a }, x) => {
        const got = await compute(() => {
          const weights = engine.tensor(Float32Array.from(a), [3, 1]);
          const points = engine.tensor(Float32Array.from(x.values), x.shape);
          return gradientPenalty((y) => matmul(reshape(y, [4, 3]), weights), points);
        });
        assertClose("penalty", got, [(Math.hypot(...a.map(Math.fround)) - 1) ** 2], 1e-6);
      }),
      { numRuns: 10, seed: 1, includeErrorInReport: true },
    ),

  async "where the critic is flat the penalty is 1, and its gradient 0 instead of NaN"() {
    const { value, gradients } = engine.scope(() => {
      const weights = engine.tensor([0, 0, 0], [3, 1]);
      const points = engine.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
      return valueAndGrad([weights], () => gradientPenalty((y) => matmul(y, weights), points));
    });
    assertClose("penalty", await engine.read(value), [1], 1e-5);
    assert.equal([...(await engine.read(gradients[0]))], [0, 0, 0]);
    dispose(value, ...gradients);
  },

  "of a critic with a kink, the penalty's gradient by the weights is that of its closed form (seed 1, 1e-4)": () =>
    fc.assert(
      fc.asyncProperty(
        // weights above 0 give no gradient of length 0, where the penalty has a kink of its own
        values([INPUTS, HIDDEN], 0.1, 1),
        values([HIDDEN]),
        values([HIDDEN, 1], 1, 3),
        values([3, INPUTS]),
        async (w1, b1, w2, x) => {
          const shapes = { w1: w1.shape, b1: b1.shape, w2: w2.shape };
          const given = {
            w1: w1.values.map(Math.fround),
            b1: b1.values.map(Math.fround),
            w2: w2.values.map(Math.fround),
          };
          const points = x.values.map(Math.fround);
          fc.pre(offKinks(given, points));
          const { value, gradients } = engine.scope(() => {
            const t = (name: "w1" | "b1" | "w2"): Tensor => engine.tensor(Float32Array.from(given[name]), shapes[name]);
            const [first, shift, second] = [t("w1"), t("b1"), t("w2")];
            const critic = (y: Tensor): Tensor => matmul(dense(y, { w: first, b: shift }, "leakyRelu"), second);
            const at = engine.tensor(Float32Array.from(points), x.shape);
            return valueAndGrad([first, shift, second], () => gradientPenalty(critic, at));
          });
          const expected = closedForm(given, points);
          assertClose("penalty", await engine.read(value), [expected], 1e-5);
          for (const [n, name] of (["w1", "b1", "w2"] as const).entries()) {
            const gradient = await engine.read(gradients[n] as Tensor);
            assert.is(gradient.length, size(shapes[name]));
            const along = (i: number): number => Math.cos(i + 1);
            const moved = (step: number): number =>
              closedForm({ ...given, [name]: given[name].map((v, i) => v + step * along(i)) }, points);
            const numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            const terms = [...gradient].map((g, i) => g * along(i));
            const slope = terms.reduce((a, b) => a + b, 0);
            const magnitude = terms.reduce((a, b) => a + Math.abs(b), 1);
            assert.ok(Math.abs(slope - numeric) <= 1e-4 * magnitude, `by ${name}: ${slope}, expected ${numeric}`);
          }
          dispose(value, ...gradients);
        },
      ),
      { numRuns: 15, seed: 1, includeErrorInReport: true },
    ),
});
