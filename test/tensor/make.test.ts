// Tensors by rule against float64 formulas of their own, and what they refuse.
import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Engine } from "../../src/tensor/engine.ts";
import { eye, linspace, range } from "../../src/tensor/make.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const engine: Engine = await testEngine();
const SETTINGS = { seed: 20, numRuns: 60 };
const number = () => fc.double({ min: -1e3, max: 1e3, noNaN: true });

describe("make", {
  async "whole ranges are exact in both directions, and leave the stop out"() {
    assert.equal(await range(engine, 0, 5).toArray(), [0, 1, 2, 3, 4]);
    assert.equal(await range(engine, 5, -1, -2).toArray(), [5, 3, 1]);
    assert.equal(await range(engine, 0, 1, 0.25).toArray(), [0, 0.25, 0.5, 0.75]);
    assert.equal(await range(engine, 0, 5, 2).toArray(), [0, 2, 4]);
  },

  async "a range holds start + i · step, rounded once, and ends before the stop"() {
    const property = fc.asyncProperty(number(), fc.integer({ min: 1, max: 300 }), number(), async (start, n, step) => {
      fc.pre(Math.abs(step) > 1e-3);
      const x = range(engine, start, start + (n - 0.5) * step, step);
      assert.equal(x.shape, [n]);
      const values = await engine.read(x);
      values.forEach((value, i) => {
        assert.is(value, Math.fround(start + i * step));
      });
      x.dispose();
    });
    await fc.assert(property, SETTINGS);
  },

  async "linspace holds both ends, and equal distances within one rounding of float32"() {
    const property = fc.asyncProperty(number(), number(), fc.integer({ min: 2, max: 300 }), async (start, stop, n) => {
      const x = linspace(engine, start, stop, n);
      const values = await engine.read(x);
      assert.is(values[0], Math.fround(start));
      assert.is(values[n - 1], Math.fround(stop));
      // 2⁻¹⁵⁰ is the rounding of float32's subnormals.
      const unit = 2 ** -24 * Math.max(Math.abs(start), Math.abs(stop)) + 2 ** -150;
      values.forEach((value, i) => {
        assert.ok(Math.abs(value - (start + ((stop - start) * i) / (n - 1))) <= 1.01 * unit, `${i} of ${n}`);
      });
      x.dispose();
    });
    await fc.assert(property, SETTINGS);
    assert.equal(await linspace(engine, 2, 9, 1).toArray(), [2]);
  },

  async "eye has ones where row and column are equal"() {
    assert.equal(await eye(engine, 2).toArray(), [
      [1, 0],
      [0, 1],
    ]);
    assert.equal(await eye(engine, 2, 3).toArray(), [
      [1, 0, 0],
      [0, 1, 0],
    ]);
    assert.equal(await eye(engine, 3, 1).toArray(), [[1], [0], [0]]);
  },

  "what makes no tensor is refused, and holds no memory"() {
    const { inUse } = engine.memory();
    for (const [f, message] of [
      [() => range(engine, 1, 1), "range: expected numbers from 1 to before 1 in steps of 1, got none"],
      [() => range(engine, 0, 4, -1), "range: expected numbers from 0 to before 4 in steps of -1, got none"],
      [() => range(engine, 0, 4, 0), "range: expected numbers from 0 to before 4 in steps of 0, got none"],
      [() => range(engine, 0, Number.NaN), "range: expected numbers from 0 to before NaN in steps of 1, got none"],
      [
        () => range(engine, 0, Number.POSITIVE_INFINITY),
        "range: expected numbers from 0 to before Infinity in steps of 1, got none",
      ],
      [() => linspace(engine, 0, Number.NaN, 3), "linspace: expected finite ends, got 0 and NaN"],
      [() => linspace(engine, 0, 1, 0), "linspace: expected positive integer lengths, got [0]"],
      [() => linspace(engine, 0, 1, 2.5), "linspace: expected positive integer lengths, got [2.5]"],
      [() => eye(engine, -1), "eye: expected positive integer lengths, got [-1, -1]"],
    ] as const) {
      throws(f, message);
    }
    assert.is(engine.memory().inUse, inUse);
  },
});
