// Preconditions of what ops are made of: checked, or met for every shape.
import * as assert from "uvu/assert";
import type { Gpu } from "../../src/kernels/gpu.ts";
import { gemm } from "../../src/tensor/ops/product/gemm.ts";
import { matmul } from "../../src/tensor/ops/product/matmul.ts";
import { sumRows } from "../../src/tensor/ops/sum.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const engine = await testEngine();

describe("preconditions of tensors", {
  async "a view begins where a binding may, and ends within its tensor"() {
    const x = engine.tensor(Float32Array.from({ length: 200 }, (_, i) => i));
    assert.equal([...(await engine.read(engine.view(x, [2, 2], 64)))], [64, 65, 66, 67]);
    assert.equal([...(await engine.read(engine.view(engine.view(x, [100], 64), [2], 64)))], [128, 129]);
    for (const [shape, first] of [
      [[4], 1],
      [[4], -64],
      [[4], Number.NaN],
      [[9], 192],
      [[201], 0],
    ] as const) {
      const wrong = `expected [${shape}] from a multiple of 64 on, within [200], got it from ${first} on`;
      throws(() => engine.view(x, shape, first), wrong);
    }
    throws(() => engine.view(engine.view(x, [10], 64), [11]), "within [10]");
    const other = await testEngine();
    throws(() => other.view(x, [4]), "view: expected a tensor of this engine as `x`, got [200] of another");
    x.dispose();
    await other.dispose();
  },

  // A grid holds 65,504 tiles, of 16 rows with family `subgroup` and of 32 with `portable`.
  async "products with more rows than a grid is long do not write each other's"() {
    for (const [family, m] of [
      ["subgroup", 1_048_070],
      ["portable", 2_096_130],
    ] as const) {
      const other = await testEngine(family);
      const a = Float32Array.from({ length: 2 * m }, (_, i) => (i < m ? 1 : 2));
      const y = other.scope(() => matmul(other.tensor(a, [2, m, 1]), other.ones([2, 1, 1])));
      const values = await other.read(y);
      assert.ok(
        values.every((value, i) => value === a[i]),
        family,
      );
      await other.dispose();
    }
  },

  "a product is cut along k only where there is one"() {
    const gpu: Gpu = engine;
    const buffer = gpu.allocate("test", 64);
    const factor = { buffer, alongK: true, pitch: 4 };
    const product = { m: 1, n: 1, k: 4, a: factor, b: factor, y: { buffer, pitch: 1 } };
    throws(
      () => gemm(gpu, "test", { ...product, batch: 2, splitK: 2 }),
      "gemm: expected `splitK` of 1 for a batch of 2, got 2",
    );
    gpu.release(buffer);
  },

  "sums take chunks only of whole vec4s"() {
    const buffer = engine.allocate("test", 1024);
    throws(
      () => sumRows(engine, "test", { outer: 2, row: 6, width: 2, chunk: 4 }, { x: buffer, y: buffer }),
      "test: expected rows in whole vec4s for a `chunk`, got 6 to 2 values",
    );
    engine.release(buffer);
  },
});
