import * as assert from "uvu/assert";
import { fill, permute } from "../../bench/case.ts";
import { compareArrays, compareExpected } from "../../bench/compare.ts";
import { describe } from "../support/suite.ts";

const y = (...values: readonly number[]) => ({ y: Float32Array.from(values) });

describe("bench: comparison", {
  "passes what is within the tolerance of value and root mean square"() {
    assert.is(compareArrays(y(1.0009, 0), y(1, 0), 1e-3), null);
    assert.match(compareArrays(y(1.002, 0), y(1, 0), 1e-3) ?? "", /^y: element 0 is 1\.00\d+, expected 1 \(1 of 2/);
  },
  "never passes NaN, a missing result, another length or nothing at all"() {
    assert.match(compareArrays(y(Number.NaN, 1), y(1, 1), 1) ?? "", /element 0 is NaN/);
    assert.match(compareArrays(y(1, 1), y(Number.NaN, 1), 1) ?? "", /expected NaN/);
    assert.match(compareArrays({}, y(1), 1) ?? "", /no such result/);
    assert.match(compareArrays(y(1), y(1, 2), 1) ?? "", /1 values, theirs 2/);
    assert.match(compareArrays(y(1), {}, 1) ?? "", /nothing to compare/);
  },
  "checks all places of a short result, and some of a long one"() {
    const values = fill(1000, 1);
    const expected = (wrong: number) => ({
      y: { size: 1000, at: (i: number) => (values[i] ?? 0) + (i === wrong ? 1 : 0) },
    });
    for (const wrong of [0, 500, 999]) {
      assert.match(compareExpected({ y: values }, expected(wrong), 1e-6, 2000) ?? "", RegExp(`element ${wrong} is`));
    }
    assert.is(compareExpected({ y: values }, expected(-1), 1e-6, 20), null);
    const off = { y: { size: 1000, at: (i: number) => (values[i] ?? 0) + 1 } };
    assert.match(compareExpected({ y: values }, off, 1e-6, 20) ?? "", /20 of 20 differ/);
  },
  "permute reorders axes and comes back"() {
    const x = Float32Array.from({ length: 24 }, (_, i) => i);
    const z = permute(x, [2, 3, 4], [2, 0, 1]);
    assert.equal([...z.slice(0, 6)], [0, 4, 8, 12, 16, 20]);
    assert.equal(permute(z, [4, 2, 3], [1, 2, 0]), x);
  },
});
