import fc from "fast-check";
import * as assert from "uvu/assert";
import { hostRandom } from "../../src/math/philox.ts";
import { kMeans } from "../../src/metrics/kMeans.ts";
import { curveOf, greatestF, precisionRecallCurve } from "../../src/metrics/precisionRecallCurve.ts";
import type { Points } from "../../src/ot/points.ts";
import { checked, normals } from "../ot/instances.ts";
import { host } from "../support/host.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";

/** Rows around (10 label, 0), one per label. */
function blobs(labels: readonly number[], seed: number): Points {
  const noise = normals(labels.length, 2, seed, 0.1);
  return { ...noise, values: noise.values.map((v, i) => v + (i % 2 === 0 ? 10 * (labels[i >> 1] as number) : 0)) };
}

const close = (name: string, actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${name}: ${actual}, expected ${expected}`);

const shares = fc
  .array(fc.integer({ min: 0, max: 20 }), { minLength: 5, maxLength: 5 })
  .filter((counts) => counts.some((n) => n > 0))
  .map((counts) => counts.map((n) => n / counts.reduce((a, b) => a + b, 0)));

describe("precisionRecallCurve", {
  "hand-computed: p = (½, ½), q = (1, 0) has α = min(λ/2, 1), β = min(½, 1/λ)"() {
    const { precision, recall } = curveOf([0.5, 0.5], [1, 0]);
    for (let a = 0; a < 1001; a++) {
      const slope = Math.tan((Math.PI / 2) * ((a + 1) / 1002));
      close("α", precision[a] as number, Math.min(slope / 2, 1), 1e-15);
      close("β", recall[a] as number, Math.min(0.5, 1 / slope), 1e-15);
    }
    // the corner precision 1, recall ½, which the angles miss by less than .2 %
    close("F8", greatestF({ precision, recall }, 8), 32.5 / 64.5, 2e-3);
    close("F1/8", greatestF({ precision, recall }, 1 / 8), ((1 + 1 / 64) * 0.5) / (1 / 64 + 0.5), 2e-3);
  },
  "equal shares have F 1, disjoint ones 0; exchange exchanges precision and recall (seed 1)": () =>
    fc.assert(
      fc.property(shares, shares, (p, q) => {
        close("equal", greatestF(curveOf(p, p), 8), 1, 1e-12);
        assert.is(greatestF(curveOf([...p, ...p.map(() => 0)], [...p.map(() => 0), ...q]), 8), 0);
        const [there, back] = [curveOf(p, q), curveOf(q, p)];
        for (let a = 0; a < 1001; a++)
          close("exchange", there.precision[a] as number, back.recall[1000 - a] as number, 1e-9);
        close("F", greatestF(there, 8), greatestF(back, 1 / 8), 1e-9);
      }),
      checked,
    ),
  async "of rows: a lost class costs F8, an invented one F1/8, and none costs nothing"() {
    const half = Array.from({ length: 100 }, (_, i) => i % 2);
    const [both, zeros] = [
      blobs(half, 1),
      blobs(
        half.map(() => 0),
        2,
      ),
    ];
    const options = { clusters: 2, runs: 3 };
    const lost = await precisionRecallCurve(host, both, zeros, options);
    close("lost F8", lost.f8, 32.5 / 64.5, 2e-3);
    close("lost F1/8", lost.f1over8, 0.9848, 3e-3);
    const invented = await precisionRecallCurve(host, zeros, both, options);
    close("invented F8", invented.f8, lost.f1over8, 1e-9);
    close("invented F1/8", invented.f1over8, lost.f8, 1e-9);
    const same = await precisionRecallCurve(host, both, blobs(half, 3), options);
    close("same", Math.min(same.f8, same.f1over8), 1, 1e-12);
  },
  async "equal seeds give equal curves; the curve is that of one distribution within sampling noise"() {
    const [x, y] = [normals(400, 3, 1), normals(400, 3, 2)];
    const first = await precisionRecallCurve(host, x, y);
    assert.equal(await precisionRecallCurve(host, x, y), first);
    assert.not.equal(await precisionRecallCurve(host, x, y, { seed: 2 }), first);
    assert.ok(first.f8 > 0.95 && first.f1over8 > 0.95, `${first.f8}, ${first.f1over8}`);
  },
  async "too few rows, unequal numbers and NaN are refused"() {
    const x = normals(200, 2, 1);
    await rejects(
      precisionRecallCurve(host, x, normals(199, 2, 1)),
      "expected at least 200 rows as `generated`, got 199",
    );
    await rejects(
      precisionRecallCurve(host, normals(300, 2, 1), x),
      "expected as many rows of both sets, got 300 real and 200 generated",
    );
    await rejects(
      precisionRecallCurve(host, { ...x, values: x.values.with(5, Number.NaN) }, x),
      "as `real`, got NaN in row 2",
    );
  },
});

describe("kMeans", {
  async "finds blobs that lie apart, with their means and inertia"() {
    // in order, so that the first rows are no spread start
    const labels = Array.from({ length: 60 }, (_, i) => Math.floor(i / 15));
    const x = blobs(labels, 5);
    const { index, centres, inertia } = await kMeans(host, x, { k: 4, random: hostRandom(1, 0) });
    let expected = 0;
    for (let c = 0; c < 4; c++) {
      const members = labels.flatMap((label, m) => (label === c ? [m] : []));
      assert.is(new Set(members.map((m) => index[m])).size, 1);
      const found = index[members[0] as number] as number;
      for (const k of [0, 1]) {
        const column = members.map((m) => x.values[2 * m + k] as number);
        const mean = column.reduce((a, b) => a + b, 0) / members.length;
        close("mean", centres[2 * found + k] as number, mean, 1e-12);
        expected += column.reduce((sum, v) => sum + (v - mean) ** 2, 0);
      }
    }
    close("inertia", inertia, expected, 1e-10);
  },
  "every row ends at its nearest centre, and the inertia is what these leave (seed 1)": () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 8, max: 60 }),
        fc.nat(1e6),
        async (k, count, seed) => {
          const x = normals(count, 3, seed);
          const { index, centres, inertia } = await kMeans(host, x, { k, random: hostRandom(seed, 1) });
          let sum = 0;
          for (let m = 0; m < count; m++) {
            const squares = Array.from({ length: k }, (_, c) =>
              [0, 1, 2].reduce(
                (s, j) => s + ((x.values[3 * m + j] as number) - (centres[3 * c + j] as number)) ** 2,
                0,
              ),
            );
            close("nearest", squares[index[m] as number] as number, Math.min(...squares), 1e-12);
            sum += Math.min(...squares);
          }
          close("inertia", inertia, sum, 1e-9);
        },
      ),
      checked,
    ),
  async "as many clusters as rows, and equal rows, are no trouble; fewer rows are refused"() {
    assert.is((await kMeans(host, normals(5, 2, 1), { k: 5, random: hostRandom(1, 0) })).inertia, 0);
    const equal = { values: new Float32Array(8).fill(2), count: 4, dimension: 2 };
    assert.is((await kMeans(host, equal, { k: 3, random: hostRandom(1, 0) })).inertia, 0);
    await rejects(
      kMeans(host, equal, { k: 5, random: hostRandom(1, 0) }),
      "kMeans: expected at least 5 rows as `x`, got 4",
    );
    await rejects(
      kMeans(host, equal, { k: 0, random: hostRandom(1, 0) }),
      "kMeans: expected at least 1 cluster `k`, got 0",
    );
  },
});
