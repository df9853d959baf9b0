import fc from "fast-check";
import * as assert from "uvu/assert";
import { formatValues, print } from "../../src/tensor/print.ts";
import { size } from "../../src/tensor/shape.ts";
import { nest } from "../../src/tensor/values.ts";
import { shapes } from "../support/checkOp.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";

const count = (n: number): number[] => [...Array(n).keys()];
const f32 = (...values: number[]): Float32Array => Float32Array.from(values);

describe("print", {
  "shape, nested brackets, aligned columns"() {
    for (const [values, shape, text] of [
      [[7], [], "[]\n7"],
      [f32(0.1), [], "[]\n0.1"],
      [[1, 2, 3], [3], "[3]\n[1, 2, 3]"],
      [f32(1, -2.5, 10, 0.125), [2, 2], "[2, 2]\n[[ 1.000, -2.500],\n [10.000,  0.125]]"],
      [count(8), [2, 2, 2], "[2, 2, 2]\n[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]"],
      [[Number.NaN, -1, Number.POSITIVE_INFINITY], [3], "[3]\n[     NaN,       -1, Infinity]"],
      [f32(1e-5, 12, 0), [3], "[3]\n[1.0e-5, 1.2e+1, 0.0e+0]"],
      [f32(1e9, 1), [2], "[2]\n[1e+9, 1e+0]"],
      [f32(1 / 3, 200 / 3), [2], "[2]\n[ 0.333333, 66.666664]"],
    ] as const) {
      assert.is(formatValues(values, shape), text);
    }
  },

  "only both ends of each axis where there are many values"() {
    assert.is(formatValues(count(10), [10], { threshold: 5, edge: 2 }), "[10]\n[0, 1, …, 8, 9]");
    assert.is(
      formatValues(count(2000), [20, 100], { edge: 1 }),
      "[20, 100]\n[[   0, …,   99],\n …,\n [1900, …, 1999]]",
    );
    const text = formatValues(new Float32Array(1e6), [100, 100, 100]);
    assert.ok(text.length < 1500, `${text.length} characters`);
  },

  digits() {
    assert.is(formatValues([Math.PI], [1], { digits: 3 }), "[1]\n[3.14]");
    assert.is(formatValues([1e-6 / 3], [], { digits: 2 }), "[]\n3.3e-7");
    assert.is(formatValues([Math.PI], [], { digits: 17 }), "[]\n3.141592653589793");
  },

  // Seed 1. The text without its shape is JSON of the nested values, rounded to the digits.
  "what is shown in full reads back"() {
    const tensors = shapes(4, 4).chain((shape) => {
      const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });
      const values = fc.array(value, { minLength: size(shape), maxLength: size(shape) });
      return fc.record({ shape: fc.constant(shape), values });
    });
    const property = fc.property(tensors, ({ shape, values }) => {
      const [head, ...lines] = formatValues(values, shape, { digits: 9 }).split("\n");
      assert.is(head, `[${shape.join(", ")}]`);
      const flat = [JSON.parse(lines.join("\n"))].flat(8) as number[];
      assert.is(flat.length, values.length);
      flat.forEach((x, i) => {
        const expected = values[i] as number;
        assert.ok(Math.abs(x - expected) <= 1e-9 + 1e-8 * Math.abs(expected), `${x}, expected ${expected}`);
      });
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  },

  "refuses counts and options that do not fit"() {
    throws(() => formatValues([1, 2], [3]), "formatValues: expected 3 values for [3], got 2");
    throws(
      () => formatValues([1], [], { digits: 18 }),
      "formatValues: expected `digits` as an integer from 1 to 17, got 18",
    );
    throws(
      () => formatValues([1], [], { edge: 0 }),
      "formatValues: expected `edge` as an integer from 1 to Infinity, got 0",
    );
    throws(() => formatValues([1], [], { precision: 3 } as never), "formatValues: expected options among digits");
  },

  async "prints a tensor, and nests its values"() {
    const engine = await testEngine();
    using x = engine.tensor([1, 2, 3, 4], [2, 2]);
    assert.is(await print(x), "[2, 2]\n[[1, 2],\n [3, 4]]");
    assert.equal(nest([1, 2, 3, 4], [2, 2]), await x.toArray());
    await rejects(
      print(x, { digit: 3 } as never),
      "print: expected options among digits, threshold, edge, got `digit`",
    );
  },
});
