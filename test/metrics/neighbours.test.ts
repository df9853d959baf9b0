import fc from "fast-check";
import * as assert from "uvu/assert";
import { memorisation } from "../../src/metrics/memorisation.ts";
import { nearestNeighbours } from "../../src/metrics/neighbours.ts";
import { precisionRecall } from "../../src/metrics/precisionRecall.ts";
import type { Points } from "../../src/ot/points.ts";
import { checked, normals, rowOf } from "../ot/instances.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";

const gpu = await testEngine();
const devices = [gpu, await testEngine("portable")];
const line = (...values: number[]): Points => ({
  values: Float32Array.from(values),
  count: values.length,
  dimension: 1,
});
const moved = (x: Points, by: number): Points => ({ ...x, values: x.values.map((v) => v + by) });

function distances(x: Points, m: number, sites: Points): number[] {
  const row = rowOf(x, m);
  return Array.from({ length: sites.count }, (_, i) =>
    Math.hypot(...Float64Array.from(rowOf(sites, i), (v, k) => v - (row[k] as number))),
  );
}

/** Distance of each site from its k-th nearest other one, in float64. */
const radii = (sites: Points, k: number): number[] =>
  Array.from(
    { length: sites.count },
    (_, i) =>
      distances(sites, i, sites)
        .toSpliced(i, 1)
        .sort((a, b) => a - b)[k - 1] as number,
  );

function coveredShare(sites: Points, x: Points, k: number): number {
  const radius = radii(sites, k);
  const inside = Array.from({ length: x.count }, (_, m) =>
    distances(x, m, sites).some((r, i) => r <= (radius[i] as number)),
  );
  return inside.filter(Boolean).length / x.count;
}

const sets = fc.record({
  sites: fc.integer({ min: 5, max: 70 }),
  count: fc.integer({ min: 5, max: 50 }),
  dimension: fc.integer({ min: 1, max: 9 }),
  k: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(1e6),
  shift: fc.constantFrom(0, 1000),
});

describe("neighbours", {
  "distances are those of a float64 search, up to the stated rounding, also far from 0 (seed 1)": () =>
    fc.assert(
      fc.asyncProperty(sets, async ({ sites, count, dimension, k, seed, shift }) => {
        const y = moved(normals(sites, dimension, seed), shift);
        const x = moved(normals(count, dimension, seed + 1), shift);
        const bound = (6 * dimension + 20) * 2 ** -24 * 36 * dimension; // R² stays below 36 d
        for (const device of devices) {
          for (const others of [false, true]) {
            const points = others ? y : x;
            const { index, distance } = await nearestNeighbours(device, y, points, { k, others });
            for (let m = 0; m < points.count; m++) {
              const all = distances(points, m, y);
              const expected = (others ? all.toSpliced(m, 1) : all).sort((a, b) => a - b);
              const found = new Set<number>();
              for (let r = 0; r < k; r++) {
                const at = m * k + r;
                found.add(index[at] as number);
                const own = distances(points, m, y)[index[at] as number] as number;
                assert.ok(Math.abs((distance[at] as number) - own) <= 1e-12 * (1 + own), "distance of the index");
                assert.ok(
                  Math.abs(own ** 2 - (expected[r] as number) ** 2) <= bound,
                  `${own}, expected ${expected[r]}`,
                );
              }
              assert.is(found.size, k);
              if (others) assert.not(found.has(m), "its own neighbour");
            }
          }
        }
      }),
      checked,
    ),
  "rows that occur many times are each other's neighbours"() {
    const x = line(...new Array(12).fill(3), 5);
    return nearestNeighbours(gpu, x, x, { k: 2, others: true }).then(({ index, distance }) => {
      for (let m = 0; m < 12; m++) {
        assert.equal([...distance.subarray(2 * m, 2 * m + 2)], [0, 0]);
        assert.not([...index.subarray(2 * m, 2 * m + 2)].includes(m));
      }
      assert.equal([...distance.subarray(24)], [2, 2]);
    });
  },
  async "k beyond the other sites, and NaN, are refused"() {
    await rejects(nearestNeighbours(gpu, line(1, 2), line(3, Number.NaN), { k: 1 }), "as `x`, got NaN in row 1");
    await rejects(nearestNeighbours(gpu, line(1, 2), line(3), { k: 3 }), "expected `k` from 1 to 2, got 3");
    await rejects(
      nearestNeighbours(gpu, line(1, 2), line(1, 2), { k: 2, others: true }),
      "expected `k` from 1 to 1, got 2",
    );
  },
});

describe("precisionRecall", {
  async "hand-computed on a line, k = 1"() {
    // radii of the real rows: 1, 1, 1, 7; of the generated ones: 1, 1, 1, 2
    const real = line(0, 1, 2, 9);
    const generated = line(-1.5, -0.5, 0.5, 2.5);
    assert.equal(await precisionRecall(gpu, real, generated, { k: 1 }), { precision: 0.75, recall: 0.75 });
  },
  "equals a float64 search (seed 1)": () =>
    fc.assert(
      fc.asyncProperty(sets, async ({ sites, count, dimension, k, seed }) => {
        const [real, generated] = [normals(sites, dimension, seed), normals(count, dimension, seed + 1, 0.7)];
        for (const device of devices) {
          assert.equal(await precisionRecall(device, real, generated, { k }), {
            precision: coveredShare(real, generated, k),
            recall: coveredShare(generated, real, k),
          });
        }
      }),
      checked,
    ),
  async "a set has both 1 against itself, both 0 against one far away; a mode that is lost costs recall only"() {
    const real = normals(200, 4, 1);
    assert.equal(await precisionRecall(gpu, real, real), { precision: 1, recall: 1 });
    assert.equal(await precisionRecall(gpu, real, moved(real, 50)), { precision: 0, recall: 0 });
    const two = { ...real, values: real.values.map((v, i) => v + (i < 400 ? 50 : 0)) };
    const one = moved(normals(200, 4, 2), 50);
    const { precision, recall } = await precisionRecall(gpu, two, one);
    assert.ok(precision > 0.6 && recall < 0.51, `${precision}, ${recall}`);
  },
  async "too few rows and NaN are refused"() {
    const three = line(1, 2, 3);
    await rejects(
      precisionRecall(gpu, three, line(1, 2, 3, 4)),
      "precisionRecall: expected at least 4 rows as `real`, got 3",
    );
    await rejects(precisionRecall(gpu, line(1, 2, Number.NaN), three, { k: 1 }), "as `real`, got NaN in row 2");
  },
});

describe("memorisation", {
  async "hand-computed: median distances 1.5 and .5"() {
    const result = await memorisation(gpu, {
      train: line(0, 10),
      generated: line(1, 12),
      heldOut: line(0.5, 9.5),
    });
    assert.equal([result.generated, result.heldOut, result.ratio, [...result.index]], [1.5, 0.5, 3, [0, 1]]);
  },
  async "copies have 0, held-out rows 1"() {
    const [train, held] = [normals(100, 6, 1), normals(40, 6, 2)];
    const copies = { ...train, values: train.values.slice(0, 60), count: 10 };
    assert.is((await memorisation(gpu, { train, generated: copies, heldOut: held })).ratio, 0);
    assert.is((await memorisation(gpu, { train, generated: held, heldOut: held })).ratio, 1);
  },
  async "no rows, NaN, and held-out rows that are all copies are refused"() {
    const x = line(1, 2);
    await rejects(
      memorisation(gpu, { train: x, generated: { ...x, values: new Float32Array(), count: 0 }, heldOut: x }),
      "at least 1 rows as `generated`, got 0",
    );
    await rejects(
      memorisation(gpu, { train: x, generated: x, heldOut: line(1, Number.NaN) }),
      "as `heldOut`, got NaN in row 1",
    );
    await rejects(
      memorisation(gpu, { train: x, generated: x, heldOut: x }),
      "expected `heldOut` rows that are not training rows, got copies",
    );
  },
});
