import * as assert from "uvu/assert";
import { crossedDistance, crossedDistances } from "../../src/metrics/crossed.ts";
import { frechetDistance } from "../../src/metrics/frechet.ts";
import { labelDrift, labelMixing, labelShares } from "../../src/metrics/labels.ts";
import { drawMixture, klFromEqual, MIXTURES, modeScores } from "../../src/metrics/modes.ts";
import { subsetNumbers } from "../../src/metrics/samples.ts";
import { type Points, pick, rows } from "../../src/ot/points.ts";
import { normals } from "../ot/instances.ts";
import { host } from "../support/host.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";

const close = (name: string, actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${name}: ${actual}, expected ${expected}`);
const plane = (points: readonly (readonly [number, number])[]): Points => ({
  values: Float32Array.from(points.flat()),
  count: points.length,
  dimension: 2,
});

describe("modes", {
  "hand-computed on the ring: 80 rows, of which 30 miss and one mode is lost"() {
    const { ring } = MIXTURES;
    const at = (mode: number, shift: number): [number, number] => {
      const [a, b] = ring.centres[mode] as readonly [number, number];
      return [a + shift, b];
    };
    // modes 0 to 4 have ten rows each, mode 5 ten rows 4 sd away, mode 6 twenty such, mode 7 none
    const points = Array.from({ length: 80 }, (_, i) => at(Math.min(6, Math.floor(i / 10)), i < 50 ? 0.029 : 0.04));
    const { modes, highQuality, reverseKl, counts } = modeScores(plane(points), ring);
    assert.equal([modes, highQuality, [...counts]], [5, 50 / 80, [10, 10, 10, 10, 10, 10, 20, 0]]);
    close("KL", reverseKl, 6 * 0.125 * Math.log(1) + 0.25 * Math.log(2), 1e-15);
  },
  "the mixtures themselves: all modes, .98889 of high quality (4 sd), KL within 4 sd of (K − 1) / 2N, for 3 seeds"() {
    for (const mixture of Object.values(MIXTURES)) {
      for (const seed of [1, 2, 3]) {
        const count = 25_000;
        const { modes, highQuality, reverseKl } = modeScores(drawMixture(mixture, { count, seed }), mixture);
        const k = mixture.centres.length;
        assert.is(modes, k);
        close("high quality", highQuality, 1 - Math.exp(-4.5), 4 * Math.sqrt((0.0111 * 0.9889) / count));
        // 2 N KL is χ² with K − 1 degrees of freedom
        close("KL", reverseKl, (k - 1) / (2 * count), (4 * Math.sqrt(2 * (k - 1))) / (2 * count));
      }
    }
  },
  "collapse onto one mode has KL ln K, and even rows have 0"() {
    const { grid } = MIXTURES;
    const one = plane(Array.from({ length: 250 }, () => [-4, -4]));
    const collapsed = modeScores(one, grid);
    assert.is(collapsed.modes, 1);
    assert.is(collapsed.highQuality, 1);
    close("KL", collapsed.reverseKl, Math.log(25), 1e-14);
    close("even", modeScores(drawMixture(grid, { count: 250, seed: 1, even: true }), grid).reverseKl, 0, 1e-14);
    close("half", klFromEqual(Float64Array.of(3, 3, 0, 0)), Math.log(2), 1e-15);
  },
  "too few rows, another dimension and NaN are refused"() {
    throws(
      () => modeScores(drawMixture(MIXTURES.grid, { count: 249, seed: 1 }), MIXTURES.grid),
      "modeScores: expected at least 250 rows as `x`, got 249",
    );
    throws(() => modeScores(normals(80, 3, 1), MIXTURES.ring), "expected points of the plane, got dimension 3");
    const x = drawMixture(MIXTURES.ring, { count: 80, seed: 1 });
    throws(() => modeScores({ ...x, values: x.values.with(9, Number.NaN) }, MIXTURES.ring), "got NaN in row 4");
  },
});

describe("labels", {
  "hand-computed shares, drift and mixing"() {
    assert.equal([...labelShares([2, 0, 2, 2], 4)], [0.25, 0, 0.75, 0]);
    assert.is(labelDrift([0.25, 0, 0.75, 0], [0.25, 0.25, 0.25, 0.25]), 0.5);
    assert.is(labelDrift([1, 0], [0, 1]), 1);
    const index = Uint32Array.of(0, 1, 2, 3);
    const partner = Int32Array.of(-1, 2, 0, 1);
    assert.equal(labelMixing({ index, partner }, [5, 5, 7, 5]), { paired: 0.75, mixed: 0.5, rate: 2 / 3 });
    assert.equal(labelMixing({ index, partner: partner.fill(-1) }, [5, 5, 7, 5]), { paired: 0, mixed: 0, rate: 0 });
  },
  "labels that are no class, NaN and none are refused"() {
    throws(() => labelShares([], 3), "labelShares: expected at least 1 label, got none");
    throws(() => labelShares([0, 3], 3), "expected `labels` from 0 to 2, got 3 at 1");
    throws(() => labelShares([0, Number.NaN], 3), "got NaN at 1");
    throws(() => labelDrift([1], [0.5, 0.5]), "expected shares of as many labels, got 1 and 2");
    const codes = { index: Uint32Array.of(0), partner: Int32Array.of(1) };
    throws(() => labelMixing(codes, [1]), "expected a label for every target, got undefined at 1");
    throws(
      () => labelMixing({ index: new Uint32Array(), partner: new Int32Array() }, [1]),
      "at least 1 code, got none",
    );
  },
});

describe("crossedDistances", {
  async "the floor is that of a random subset, in whatever order the set is"() {
    const [test, far] = [normals(400, 4, 1), normals(200, 4, 2)];
    // rows at even places lie elsewhere, or the first half does: half of a random subset either way
    for (const there of [(row: number) => row % 2 === 0, (row: number) => row < 200]) {
      const values = normals(400, 4, 3).values.map((v, i) => (there(Math.floor(i / 4)) ? 9 + v : v));
      const set = { values, count: 400, dimension: 4 };
      const { floor } = await crossedDistance(host, { name: "train", same: set, x: far, other: test });
      assert.is((await crossedDistance(host, { name: "train", same: set, x: far, other: test })).floor, floor);
      const all = await frechetDistance(host, set, test);
      assert.ok(Math.abs(floor / all - 1) < 0.2, `floor ${floor}, of all rows ${all}`);
    }
    const numbers = subsetNumbers(5, 9);
    assert.is(new Set(numbers).size, 5);
    assert.ok(numbers.every((n, i) => n >= 0 && n < 9 && n > (numbers[i - 1] ?? -1)));
    assert.equal(subsetNumbers(4, 4), [0, 1, 2, 3]);
  },

  async "each side is measured to the other split, less what real rows have there"() {
    const [train, test, noise] = [normals(400, 4, 1), normals(300, 4, 2), normals(250, 4, 3)];
    const generated = { ...noise, values: noise.values.map((v) => v + 1) };
    const reconstructed = rows({ ...test, values: test.values.map((v) => 0.5 * v) }, 0, 200);
    const result = await crossedDistances(host, { train, test, generated, reconstructed });
    const subset = (points: Points, count: number): Points => pick(points, subsetNumbers(count, points.count));
    const floors = [
      await frechetDistance(host, subset(train, 250), test),
      await frechetDistance(host, subset(test, 200), train),
    ];
    assert.equal([result.generated.floor, result.reconstructed.floor], floors);
    assert.is(result.generated.distance, await frechetDistance(host, generated, test));
    assert.is(result.reconstructed.distance, await frechetDistance(host, reconstructed, train));
    // in four dimensions a shift of 1 along each adds 4, and half the deviation 4 · ¼; sampling
    // noise is about .1
    close("generated", result.generated.excess, 4, 0.6);
    close("reconstructed", result.reconstructed.excess, 1, 0.3);
    assert.is(result.transport, result.generated.excess - result.reconstructed.excess);
  },
  async "training rows as generated ones cost nothing, copies of the test set seem to cost less"() {
    const [train, test] = [normals(300, 4, 1), normals(300, 4, 2)];
    assert.is((await crossedDistances(host, { train, test, generated: train, reconstructed: test })).transport, 0);
    assert.ok((await crossedDistances(host, { train, test, generated: test, reconstructed: test })).transport < 0);
  },
  async "too few rows are refused"() {
    const [many, few] = [normals(20, 4, 1), normals(10, 4, 2)];
    const all = { train: many, test: many, generated: many, reconstructed: many };
    await rejects(
      crossedDistances(host, { ...all, train: few }),
      "crossedDistance: expected at least 20 rows as `train`, got 10",
    );
    await rejects(crossedDistances(host, { ...all, test: few }), "expected at least 20 rows as `test`, got 10");
    await rejects(
      crossedDistances(host, { ...all, generated: normals(4, 4, 1) }),
      "expected at least 5 rows as `x`, got 4",
    );
  },
});
