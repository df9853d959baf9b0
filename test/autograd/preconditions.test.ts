// Tensors of two engines look alike to a device: mixing them is refused.
import { Adam } from "../../src/autograd/adam.ts";
import { createParameters } from "../../src/autograd/parameters.ts";
import { valueAndGrad } from "../../src/autograd/tape.ts";
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
