// What reports compute: the map of codes, the histogram of masses, and thinned curves.
import * as assert from "uvu/assert";
import { symmetricEigen } from "../../src/math/linalg.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { codeMap, MOST_POINTS } from "../../src/report/codeMap.ts";
import { massHistogram } from "../../src/report/massHistogram.ts";
import { principalAxes } from "../../src/report/principalAxes.ts";
import { MOST_VALUES, thin } from "../../src/report/thin.ts";
import { grouped, short, size } from "../../src/report/words.ts";
import { describe } from "../support/suite.ts";

const random = hostRandom(1, 0);

describe("parts of reports", {
  "the principal axes are those of the covariance, also of many dimensions, of few and of a point"() {
    for (const [count, d] of [
      [300, 40],
      [50, 2],
      [20, 3],
      [30, 90],
    ] as const) {
      const rows = Float64Array.from({ length: count * d }, (_, i) => random.normal() / (1 + (i % d)));
      const { x, y, shares } = principalAxes(rows, d);
      const mean = Array.from({ length: d }, (_, k) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += rows[i * d + k] as number;
        return sum / count;
      });
      const at = (i: number, k: number): number => (rows[i * d + k] as number) - (mean[k] as number);
      const covariance = Float64Array.from({ length: d * d }, (_, kl) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += at(i, Math.floor(kl / d)) * at(i, kl % d);
        return sum / count;
      });
      const { values } = symmetricEigen(covariance, d);
      const all = values.reduce((sum, value) => sum + value, 0);
      const variance = (along: Float64Array): number => along.reduce((sum, v) => sum + v * v, 0) / count;
      for (const [which, along] of [x, y].entries()) {
        const expected = values[d - 1 - which] as number;
        assert.ok(Math.abs(variance(along) - expected) <= 1e-7 * expected, `${count} × ${d}, axis ${which}`);
        assert.ok(Math.abs((shares[which] as number) - expected / all) <= 1e-7);
      }
      const product = x.reduce((sum, value, i) => sum + value * (y[i] as number), 0) / count;
      assert.ok(Math.abs(product) <= 1e-4 * Math.sqrt(variance(x) * variance(y)), "the axes are orthogonal");
    }
    const same = principalAxes(new Float64Array(12).fill(3), 4);
    assert.equal([...same.x, ...same.y, ...same.shares], new Array(8).fill(0));
  },

  "a map shows at most so many codes, evenly spaced, with their own labels"() {
    const count = 3 * MOST_POINTS;
    const rows = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? Math.floor(i / 2) : 0));
    const labels = Uint8Array.from({ length: count }, (_, i) => (i % 6 === 0 ? 7 : 3));
    const map = codeMap(rows, 2, { title: "t", what: "codes", labels });
    assert.is(map?.x.length, MOST_POINTS);
    assert.equal(map?.classes, ["3", "7"]);
    assert.equal(map?.labels.slice(0, 4), [1, 0, 1, 0]);
    assert.match(map?.note ?? "", "5,000 of 15,000 codes");
    const steps = map?.x.slice(1).map((x, i) => x - (map.x[i] as number));
    assert.ok(
      steps?.every((step) => Math.abs(step - 3) <= 1),
      "in order and evenly spaced",
    ); // four digits
    assert.is(codeMap(rows, 1, { title: "t", what: "codes" }), undefined);
  },

  "the bars of masses add up to the cells with mass, and the expected ones nearly so"() {
    const count = 400;
    const nu = Float64Array.from({ length: count }, (_, i) => (i % 4 === 0 ? 0 : 1 / 300));
    const samples = 30_000;
    const counts = new Float64Array(count);
    for (let m = 0; m < samples; m++) {
      const i = 4 * random.integer(100) + 1 + random.integer(3);
      (counts[i] as number) += 1;
    }
    const masses = counts.map((c) => c / samples);
    const found = massHistogram({ masses, asked: nu, counted: { samples, inflation: 1 } });
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    assert.is(sum(found?.counts ?? []), 300);
    assert.ok(Math.abs(sum(found?.expected ?? []) - 300) <= 6, `${sum(found?.expected ?? [])}`);
    // A mass of c / M lies at 100 c / M · 3; each bin holds as many of these places.
    const perBin = (found?.width ?? 0) * 100;
    assert.ok(Math.abs(perBin - Math.round(perBin)) <= 1e-9, `${perBin}`);
    const exact = massHistogram({ masses: nu.map((mass, i) => mass * (1 + (i - 200) * 1e-13)), asked: nu });
    assert.is(sum(exact?.counts ?? []), 300);
    assert.is(exact?.expected, undefined);
    assert.is(exact?.xLabel, "mass / ν − 1");
    assert.ok((exact?.counts.filter((c) => c > 0).length ?? 0) >= 35, "tiny errors are told apart");
    const [far, heavy] = [new Float64Array([0.9, 0.05, 0.05]), new Float64Array([0.05, 0.475, 0.475])];
    assert.match(massHistogram({ masses: far, asked: heavy })?.note ?? "", "1 beyond 4 ν are in the last bar");
    assert.is(massHistogram({ masses: [1], asked: [1] }), undefined);
  },

  "thinned curves keep their ends, and numbers their meaning"() {
    for (const count of [0, 1, MOST_VALUES, MOST_VALUES + 1, 7 * MOST_VALUES + 3]) {
      const values = Array.from({ length: count }, (_, i) => i);
      const kept = thin(values);
      assert.ok(kept.length <= MOST_VALUES + 1);
      assert.equal([kept[0], kept.at(-1)], [values[0], values.at(-1)]);
    }
    assert.is(thin([1, 2, 3]).length, 3);
    const words = [
      short(0.0187312),
      short(-12345.678),
      short(1.2e-9),
      short(Number.NaN),
      grouped(1234567.5),
      size(1.5e6),
    ];
    assert.equal(words, ["0.01873", "−12,350", "1.200e−9", "–", "1,234,567.5", "1.5 MB"]);
  },
});
