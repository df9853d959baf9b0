import * as assert from "uvu/assert";
import { Sgd } from "../../../src/autograd/sgd.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { activate, dense } from "../../../src/models/networks/layers.ts";
import { perceptron } from "../../../src/models/networks/perceptron.ts";
import { mse } from "../../../src/tensor/ops/losses.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const engine = await testEngine();

describe("layers", {
  async "a perceptron has a dense layer between each two widths, and activations between them"() {
    for (const activation of ["relu", "leakyRelu", "linear"] as const) {
      const { parameters, run } = perceptron(engine, hostRandom(1, 0), [3, 5, 4, 2], { activation });
      assert.equal(
        Object.entries(parameters.named).map(([name, { shape }]) => `${name} [${shape}]`),
        ["dense1.w [3,5]", "dense1.b [5]", "dense2.w [5,4]", "dense2.b [4]", "dense3.w [4,2]", "dense3.b [2]"],
      );
      const x = Array.from({ length: 12 }, (_, i) => Math.sin(3 * i));
      const y = engine.scope(() => run(engine.tensor(x, [4, 3])));
      let rows = [0, 1, 2, 3].map((r) => x.slice(3 * r, 3 * r + 3));
      for (const [k, outputs] of [5, 4, 2].entries()) {
        const [w, b] = [parameters.named[`dense${k + 1}.w`], parameters.named[`dense${k + 1}.b`]];
        const [weights, bias] = [await w?.toArray(), await b?.toArray()] as [number[][], number[]];
        const slope = k === 2 || activation === "linear" ? 1 : activation === "relu" ? 0 : 0.2;
        rows = rows.map((row) =>
          Array.from({ length: outputs }, (_, j) => {
            const sum = row.reduce((total, v, i) => total + v * (weights[i]?.[j] as number), bias[j] as number);
            return sum > 0 ? sum : slope * sum;
          }),
        );
      }
      assert.equal(y.shape, [4, 2]);
      (await engine.read(y)).forEach((v, i) => {
        assert.ok(Math.abs(v - (rows.flat()[i] as number)) <= 1e-5, `${v}, expected ${rows.flat()[i]}`);
      });
      y.dispose();
      parameters.dispose();
    }
  },

  async "a perceptron learns by gradient descent"() {
    const { parameters, run } = perceptron(engine, hostRandom(2, 0), [1, 16, 1], { activation: "leakyRelu" });
    using x = engine.tensor([-1, -0.5, 0, 0.5, 1], [5, 1]);
    using t = engine.tensor([1, 0.25, 0, 0.25, 1], [5, 1]);
    using sgd = new Sgd(parameters, { momentum: 0.9 });
    const step = async (): Promise<number> => {
      using loss = engine.scope(() => sgd.minimize(() => mse(run(x), t), 0.02));
      return (await loss.toArray()) as number;
    };
    const first = await step();
    for (let i = 0; i < 200; i++) await step();
    assert.ok((await step()) < first / 20);
    parameters.dispose();
  },

  "widths, activations and probabilities that are none are refused"() {
    const random = hostRandom(1, 0);
    for (const widths of [[2], [], [2, 0], [2, 1.5], 3]) {
      throws(
        () => perceptron(engine, random, widths as never),
        "perceptron: expected at least two widths from 1, got [",
      );
    }
    engine.scope(() => {
      const x = engine.ones([1, 2]);
      const layer = { w: engine.ones([2, 2]), b: engine.ones([2]) };
      throws(() => dense(x, layer, "gelu" as never), "layer: expected an activation linear, relu, leakyRelu, got gelu");
      throws(() => activate(x, "Relu" as never), "layer: expected an activation linear, relu, leakyRelu, got Relu");
    });
  },
});
