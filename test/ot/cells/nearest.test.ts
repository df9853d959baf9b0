// The nearest sites against a float64 search.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { NONE } from "../../../src/ot/cells/counter.ts";
import { distanceBetween, nearestSites } from "../../../src/ot/cells/nearest.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { checked, normals } from "../instances.ts";

const gpu = await testEngine();

describe("nearest sites", {
  "those that count, nearest first, up to the stated rounding; rows end in NONE (seed 1)": () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 12 }),
        fc.record({ every: fc.integer({ min: 1, max: 70 }), others: fc.boolean(), seed: fc.nat(1e6) }),
        async (count, dimension, k, { every, others, seed }) => {
          const sites = normals(count, dimension, seed);
          const x = others ? sites : normals(20, dimension, seed + 1);
          const keep = (i: number): boolean => i % every === every - 1;
          const { index, distance } = await nearestSites(gpu, sites, x, { k, others, keep });
          const bound = (6 * dimension + 20) * 2 ** -24 * 36 * dimension; // R² stays below 36 d
          for (let m = 0; m < x.count; m++) {
            const expected = Array.from({ length: count }, (_, i) => i)
              .filter((i) => keep(i) && !(others && i === m))
              .map((i) => distanceBetween(x, m, sites, i))
              .sort((a, b) => a - b)
              .slice(0, k);
            for (let r = 0; r < k; r++) {
              const [i, found] = [index[m * k + r] as number, distance[m * k + r] as number];
              if (r >= expected.length) {
                assert.equal([i, found], [NONE, Number.POSITIVE_INFINITY]);
                continue;
              }
              assert.ok(keep(i) && !(others && i === m));
              assert.is(found, distanceBetween(x, m, sites, i));
              assert.ok(Math.abs(found ** 2 - (expected[r] as number) ** 2) <= bound, `${found}, not ${expected[r]}`);
              assert.ok(r === 0 || found >= (distance[m * k + r - 1] as number), "in order");
            }
          }
        },
      ),
      checked,
    ),
  async "where no site counts there is none"() {
    const { index } = await nearestSites(gpu, normals(3, 2, 1), normals(2, 2, 2), { k: 2, keep: () => false });
    assert.equal([...index], [NONE, NONE, NONE, NONE]);
  },
});
