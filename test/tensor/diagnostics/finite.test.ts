import fc from "fast-check";
import * as assert from "uvu/assert";
import { dispose } from "../../../src/kernels/dispose.ts";
import { describeNonFinite, firstNonFinite } from "../../../src/tensor/diagnostics/finite.ts";
import { add, div, exp, log, relu, reluGrad, scale } from "../../../src/tensor/ops/elementwise.ts";
import { reshape } from "../../../src/tensor/ops/reshape.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();

describe("finite", {
  async "finds nothing where all is finite, and leaves no buffer"() {
    const x = engine.tensor([1, 2, 3, 4, 5, 3.4e38], [2, 3]);
    const before = engine.memory().inUse;
    const found = await firstNonFinite(engine, () => engine.scope(() => sum(scale(x, 0.5)).shape));
    assert.is(found, undefined);
    assert.is(engine.memory().inUse, before);
    x.dispose();
  },

  async "names the first op that made one, though later ops hide it"() {
    const x = engine.tensor([1, 2, -3, 4, 5, 6], [2, 3]);
    const found = await firstNonFinite(engine, () => {
      engine.scope(() => {
        const y = log(x); // NaN at [0, 2]
        const zero = engine.tensor(new Float32Array(6), [2, 3]);
        return void add(relu(reluGrad(y, zero)), exp(reluGrad(y, zero)));
      });
    });
    assert.equal(found, { op: "log", shape: [2, 3], index: 2, count: 1 });
    assert.is(
      found && describeNonFinite(found),
      "`log` made NaN or infinite values in its output [2, 3]: 1 of 6 values, the first at [0, 2]",
    );
    x.dispose();
  },

  async "names an input that came with one, and who read it"() {
    const a = engine.tensor([1, 1, 1, 1], [4]);
    const b = engine.tensor([1, Number.POSITIVE_INFINITY, Number.NaN, 1], [2, 2]);
    const found = await firstNonFinite(engine, () => {
      engine.scope(() => void div(a, reshape(b, [4])));
    });
    assert.is(
      found && describeNonFinite(found),
      "`reshape` read NaN or infinite values in its input `x` [2, 2]: 2 of 4 values, the first at [0, 1]",
    );
    dispose(a, b);
  },

  async "finds every kind of NaN and infinity anywhere, in tensors of any length (seed 1)"() {
    const kinds = [0x7fc00000, 0xffc00000, 0x7f800001, 0x7f800000, 0xff800000];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70_000 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(kinds.length - 1)), { maxLength: 3 }),
        async (count, planted) => {
          const bits = new Uint32Array(new Float32Array(count).fill(3.4e38).buffer);
          for (const [place, kind] of planted) bits[place % count] = kinds[kind] as number;
          const x = engine.tensor(new Float32Array(bits.buffer), [count]);
          const found = await firstNonFinite(engine, () => engine.scope(() => void relu(x)));
          x.dispose();
          const places = [...new Set(planted.map(([place]) => place % count))].sort((p, q) => p - q);
          assert.equal(
            found === undefined ? undefined : [found.op, found.index, found.count],
            places.length === 0 ? undefined : ["input", places[0], places.length],
          );
        },
      ),
      { numRuns: 30, seed: 1, includeErrorInReport: true },
    );
  },

  async "tests more tensors than one table of findings has room for"() {
    const x = engine.tensor([1, 2, 3], [3]);
    const found = await firstNonFinite(engine, () => {
      engine.scope(() => {
        let y = x;
        for (let i = 0; i < 1500; i++) y = scale(y, i === 1400 ? 3e38 : 1);
      });
    });
    assert.equal(found, { op: "affine", shape: [3], index: 1, count: 2 });
    x.dispose();
  },
});
