import fc from "fast-check";
import * as assert from "uvu/assert";
import { pack, portions, rows, unpack } from "../../src/ot/points.ts";
import { describe } from "../support/suite.ts";
import { checked, normals } from "./instances.ts";

describe("points", {
  "portions are whole tiles of at most 2^22 numbers, one after the other, and cover all rows (seed 1)": () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e7 }),
        fc.integer({ min: 1, max: 2 ** 17 }),
        fc.option(fc.integer({ min: 32, max: 1e5 }), { nil: undefined }),
        (total, width, most) => {
          let next = 0;
          for (const { first, count } of portions(total, width, most)) {
            assert.is(first, next);
            assert.ok(count >= 1 && count * width <= Math.max(2 ** 22, 32 * width) && count <= (most ?? count));
            next += count;
            assert.ok(next === total || count % 32 === 0, `${count} rows`);
          }
          assert.is(next, total);
        },
      ),
      checked,
    ),
  "unpack is the inverse of pack, part by part"() {
    const all = normals(100, 5, 1);
    const values = new Float32Array(500);
    for (const part of [
      { first: 64, count: 36 },
      { first: 0, count: 64 },
    ]) {
      unpack(pack(rows(all, part.first, part.count)), { values, dimension: 5 }, part);
    }
    assert.equal(values, all.values);
  },
});
