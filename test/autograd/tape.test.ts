import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Tensor } from "../../src/tensor/engine.ts";
import { add, mul, scale, sigmoid, square } from "../../src/tensor/ops/elementwise.ts";
import { matmul } from "../../src/tensor/ops/product/matmul.ts";
import { sum } from "../../src/tensor/ops/sum.ts";
import { onEveryFamily } from "../support/families.ts";
import { throws } from "../support/throws.ts";

const vector = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 6, maxLength: 6 });

onEveryFamily("valueAndGrad", (engine) => ({
  async "of x·(w ⊙ (w + w)) is x and 4 x ⊙ w (seed 1, 1e-4)"() {
    await fc.assert(
      fc.asyncProperty(vector, vector, async (x, w) => {
        const { value, gradients } = engine.scope(() => {
          const [xs, ws] = [engine.tensor(x, [1, 6]), engine.tensor(w, [6, 1])];
          return valueAndGrad([ws, xs], () => matmul(xs, mul(ws, add(ws, ws))));
        });
        const dw = await engine.read(gradients[0]);
        const dx = await engine.read(gradients[1]);
        x.forEach((xi, i) => {
          const wi = w[i] as number;
          assert.ok(Math.abs((dw[i] as number) - 4 * xi * wi) < 1e-4, `dw[${i}]`);
          assert.ok(Math.abs((dx[i] as number) - 2 * wi * wi) < 1e-4, `dx[${i}]`);
        });
        dispose(value, ...gradients);
      }),
      { numRuns: 10, seed: 1, includeErrorInReport: true },
    );
  },

  async "can be differentiated again: d²/dx² Σ σ(x)² (1e-5)"() {
    const at = [-1.5, -0.2, 0, 0.7, 2];
    const { second } = engine.scope(() => {
      const x = engine.tensor(at, [at.length]);
      const first = (): Tensor => sum(valueAndGrad([x], () => sum(square(sigmoid(x)))).gradients[0]);
      return { second: valueAndGrad([x], first).gradients[0] };
    });
    const got = await engine.read(second);
    at.forEach((x, i) => {
      const s = 1 / (1 + Math.exp(-x));
      // (2σ·σ′)′ with σ′ = σ(1 − σ)
      const expected = 2 * s ** 2 * (1 - s) ** 2 + 2 * s * s * (1 - s) * (1 - 2 * s);
      assert.ok(Math.abs((got[i] as number) - expected) < 1e-5, `${got[i]}, expected ${expected}`);
    });
    second.dispose();
  },

  async "gives zeros to inputs that lead nowhere, and skips the ops before its inputs"() {
    const applied: string[] = [];
    const { gradients } = engine.scope(() => {
      const [x, other] = [engine.tensor([1, 2], [2]), engine.tensor([1, 2, 3], [3])];
      const fixed = square(x);
      return engine.listen(
        (call) => applied.push(call.name),
        () => valueAndGrad([other, fixed], () => sum(scale(fixed, 3))),
      );
    });
    assert.equal([...(await engine.read(gradients[0]))], [0, 0, 0]);
    assert.equal([...(await engine.read(gradients[1]))], [3, 3]);
    assert.not.ok(applied.includes("square") || applied.includes("mul"));
    dispose(...gradients);
  },

  "refuses a vector, no inputs and a cotangent of another shape"() {
    engine.scope(() => {
      const x = engine.tensor([1, 2], [2]);
      throws(() => valueAndGrad([x], () => add(x, x)), "expected a scalar, got [2]; take its sum or mean");
      throws(() => valueAndGrad([], () => x), "expected at least one input");
      const wrong = engine.ones([3]);
      throws(() => valueAndGrad([x], () => add(x, x), wrong), "valueAndGrad: expected a cotangent as [2], got [3]");
    });
  },

  "leaves no bytes behind"() {
    const before = engine.memory().inUse;
    engine.scope(() => {
      const x = engine.tensor([1, 2, 3, 4], [4]);
      valueAndGrad([x], () => sum(square(x)));
    });
    assert.is(engine.memory().inUse, before);
  },
}));
