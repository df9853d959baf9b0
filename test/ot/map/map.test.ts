import * as assert from "uvu/assert";
import { symmetricEigen } from "../../../src/math/linalg.ts";
import { extend, sample } from "../../../src/ot/extension/extend.ts";
import { facetWeight } from "../../../src/ot/extension/facet.ts";
import type { Rule } from "../../../src/ot/extension/rule.ts";
import { createMap, massCentres, potential, targetRows, transport } from "../../../src/ot/map/map.ts";
import { type Points, points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { gaussianForm } from "../../../src/ot/solver/gaussianModel.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { dot, normals, rowOf } from "../instances.ts";

const gpu = await testEngine();

/** A solved problem of targets around (5, 5, …), and its map. */
async function solved(targets: Points) {
  const problem = createProblem({ ...targets, values: targets.values.map((v) => v + 5) });
  const { heights } = await solve(gpu, problem, { chi2: 0.02 });
  return createMap(gpu, problem, heights);
}

const map = await solved(normals(60, 3, 1, 0.5));
const x = normals(400, 3, 2);

/** Two clouds 20 apart along the first axis. */
const clouds = normals(80, 4, 3);
for (let i = 0; i < 80; i++) (clouds.values[4 * i] as number) += i < 40 ? 10 : -10;

describe("map", {
  "T is the gradient of the potential, for targets as they were given": async () => {
    const { index, y } = await transport(map, x);
    assert.equal(y, targetRows(map.problem, index));
    const u = await potential(map, x);
    const step = normals(400, 3, 4, 1e-3);
    const moved = { ...x, values: x.values.map((v, i) => v + (step.values[i] as number)) };
    const [v, there] = [await potential(map, moved), (await transport(map, moved)).index];
    let same = 0;
    for (let m = 0; m < 400; m++) {
      if (there[m] !== index[m]) continue;
      same++;
      const actual = rowOf(moved, m).map((value, k) => value - (x.values[3 * m + k] as number));
      const slope = dot(actual, y.subarray(3 * m, 3 * m + 3));
      assert.ok(Math.abs((v[m] as number) - (u[m] as number) - slope) < 2e-5);
    }
    assert.ok(same > 300);
  },
  "mass centres of two half-lines are ±√(2/π), and counts are the masses (level 1e-6)": async () => {
    const problem = createProblem(points("targets", [-1, 1], 1));
    const two = createMap(gpu, problem, [0, 0]);
    const { centres, counts } = await massCentres(two, { samplesPerCell: 20000 });
    const again = await massCentres(two, { samplesPerCell: 20000 });
    two.dispose();
    for (const i of [0, 1]) {
      assert.ok(
        Math.abs((centres[i] as number) - (2 * i - 1) * Math.sqrt(2 / Math.PI)) < 5 * 0.603 * Math.sqrt(1 / 20000),
      );
      assert.ok(Math.abs((counts[i] as number) - 20000) < 5 * 100);
    }
    assert.equal(again, { centres, counts });
  },
  "mass centres are of the samples in the cell, in portions or not": async () => {
    const problem = createProblem(normals(20, 2, 8), { source: "cube" });
    const some = createMap(gpu, problem, new Float64Array(20));
    for (const flips of [0, 2] as const) {
      const { centres, counts } = await massCentres(some, { samplesPerCell: 49.9, seed: 3, flips });
      const draw = { seed: 3, stream: 5, first: 0, count: flips === 0 ? 998 : 1000, flips };
      const { index, points: p } = await some.cells.assign(draw, ["index", "points"]);
      for (let i = 0; i < 20; i++) {
        const members = [...index.keys()].filter((m) => index[m] === i);
        assert.is(counts[i], members.length);
        const mean = members.reduce((sum, m) => sum + (p[2 * m] as number), 0) / Math.max(1, members.length);
        assert.ok(Math.abs((centres[2 * i] as number) - mean) < 1e-6);
      }
    }
    some.dispose();
  },
  "mass centres of flipped samples are those of others (level 1e-6)": async () => {
    const problem = createProblem(normals(20, 6, 8));
    const some = createMap(gpu, problem, new Float64Array(20));
    const { centres, counts } = await massCentres(some, { samplesPerCell: 20_000 });
    for (const flips of [2, 4] as const) {
      const other = await massCentres(some, { samplesPerCell: 20_000, flips });
      counts.forEach((count, i) => {
        if (count < 1000) return;
        // Each is off by a deviation of at most 1 / √count; all 16 patterns may share the cell.
        const bound = 5.5 * (1 + Math.sqrt(2 ** flips)) * Math.sqrt(1 / count);
        for (let k = 6 * i; k < 6 * i + 6; k++)
          assert.ok(Math.abs((centres[k] as number) - (other.centres[k] as number)) <= bound, `${i}, ${flips} flips`);
      });
    }
    some.dispose();
  },
  "eigenvectors rebuild the matrix, and the Gaussian form is ½ yᵀ Σ^-½ y": () => {
    const d = 12;
    const a = normals(30, d, 5);
    const matrix = new Float64Array(d * d);
    for (let i = 0; i < 30; i++)
      for (let j = 0; j < d * d; j++) {
        (matrix[j] as number) += (rowOf(a, i)[Math.floor(j / d)] as number) * (rowOf(a, i)[j % d] as number);
      }
    const { values, vectors } = symmetricEigen(matrix, d);
    for (let i = 0; i < d * d; i++) {
      const [p, q] = [Math.floor(i / d), i % d];
      const sum = values.reduce(
        (s, value, e) => s + value * (vectors[e * d + p] as number) * (vectors[e * d + q] as number),
        0,
      );
      assert.ok(Math.abs(sum - (matrix[i] as number)) < 1e-11 * 100, `${sum}`);
    }
    // Targets ±4 e_1 and ±1 e_2: Σ = diag(8, 1/2); without spread along e_3.
    const problem = createProblem(points("targets", [4, 0, 0, -4, 0, 0, 0, 1, 0, 0, -1, 0], 3));
    const form = gaussianForm(problem);
    assert.is(gaussianForm(problem), form, "made once");
    const expected = 0.5 * (4 / Math.sqrt(8) + 9 / Math.sqrt(0.5));
    assert.ok(Math.abs(form(Float64Array.of(2, 3, 5)) - expected) < 1e-6, `${form(Float64Array.of(2, 3, 5))}`);
  },
});

describe("extend", {
  "facet: latents lie on the segment to the partner, with weights in [0, ½] and angles below the limit (S6)":
    async () => {
      for (const angle of [0, 0.4, 0.7, Math.PI]) {
        const e = await extend(map, x, { name: "facet", angle });
        const { y } = await transport(map, x);
        let mixed = 0;
        for (let m = 0; m < 400; m++) {
          const [j, w] = [e.partner[m] as number, e.weight[m] as number];
          const base = y.subarray(3 * m, 3 * m + 3);
          const other = j < 0 ? base : targetRows(map.problem, [j]);
          for (let k = 0; k < 3; k++) {
            const expected = (1 - w) * (base[k] as number) + w * (other[k] as number);
            assert.ok(Math.abs((e.latents[3 * m + k] as number) - expected) < 1e-5);
          }
          assert.ok(w >= 0 && w <= 0.5);
          if (j >= 0) {
            mixed++;
            assert.ok((e.angle[m] as number) <= angle && j !== e.index[m] && w > 0);
          } else assert.is(w, 0);
        }
        assert.is(e.share, mixed / 400);
        if (angle === 0) assert.equal(e.latents, y);
        if (angle === Math.PI) assert.ok(e.share > 0.3, `share ${e.share}`);
      }
    },
  "facet: the map is continuous across facets between mutual partners": async () => {
    const { index, y } = await transport(map, x);
    const { index: top, score } = await map.cells.topK(x, 2);
    const sides: number[] = [];
    const [step, pairs]: [number, number[]] = [1e-4, []];
    const { targets } = map.problem;
    for (let m = 0; m < 400; m++) {
      const [i, j] = [top[2 * m] as number, top[2 * m + 1] as number];
      const across = rowOf(targets, j).map((v, k) => v - (rowOf(targets, i)[k] as number));
      const t = ((score[2 * m] as number) - (score[2 * m + 1] as number)) / dot(across, across);
      for (const s of [t - step, t + step]) sides.push(...rowOf(x, m).map((v, k) => v + s * (across[k] as number)));
      pairs.push(i, j);
    }
    const at = points("x", sides, 3);
    const e = await extend(map, at, { name: "facet", angle: Math.PI });
    const alone = await extend(map, at, { name: "plain" });
    let crossed = 0;
    for (let m = 0; m < 400; m++) {
      const [i, j] = [pairs[2 * m] as number, pairs[2 * m + 1] as number];
      const [a, b] = [2 * m, 2 * m + 1];
      const mutual = e.index[a] === i && e.partner[a] === j && e.index[b] === j && e.partner[b] === i;
      if (!mutual) continue;
      crossed++;
      const jump = (z: Float32Array): number =>
        Math.hypot(...[0, 1, 2].map((k) => (z[3 * b + k] as number) - (z[3 * a + k] as number)));
      assert.ok(jump(e.latents) < 0.01 * jump(alone.latents), `${jump(e.latents)} of ${jump(alone.latents)}`);
      assert.ok((e.weight[a] as number) > 0.49 && (e.weight[b] as number) > 0.49);
    }
    assert.ok(crossed > 20, `${crossed} facets crossed`);
    assert.is(index.length * 3, y.length);
  },
  "facet: the weight falls from ½ on the facet to 0 at the centre of the cell": () => {
    assert.equal(
      [0, 1, 2, 4, 5].map((margin) => facetWeight(margin, 4)),
      [0.5, 0.375, 0.25, 0, 0],
    );
    assert.is(facetWeight(0, 0), 0);
  },
  "facet: clusters far apart are not mixed below .7 radians, and the second-best cell alone would mix them":
    async () => {
      const two = await solved(clouds);
      const e = await sample(two, { count: 4000, rule: { name: "facet", angle: 0.7 } });
      const far = (a: number, b: number): boolean => a < 40 !== b < 40;
      const mixes = [...e.partner.keys()].filter((m) => e.partner[m] !== -1);
      assert.ok(mixes.length > 100, `${mixes.length}`);
      assert.is(mixes.filter((m) => far(e.index[m] as number, e.partner[m] as number)).length, 0);
      const { index: top } = await two.cells.topK({ seed: 1, stream: 6, first: 0, count: 4000 }, 2);
      two.dispose();
      assert.ok([...e.index.keys()].some((m) => far(top[2 * m] as number, top[2 * m + 1] as number)));
    },
  "facet: scaled targets give the same partners, angles and weights": async () => {
    const { targets, offset } = map.problem;
    const big = createProblem({ ...targets, values: targetRows(map.problem, [...Array(60).keys()]).map((v) => 8 * v) });
    assert.ok(Math.abs((big.offset[0] as number) - 8 * (offset[0] as number)) < 1e-5);
    const scaled = createMap(
      gpu,
      big,
      map.heights.map((h) => 8 * h),
    );
    const rule: Rule = { name: "facet" };
    const [a, b] = [await extend(map, x, rule), await extend(scaled, x, rule)];
    scaled.dispose();
    assert.equal(b.partner, a.partner);
    a.weight.forEach((w, m) => {
      assert.ok(Math.abs(w - (b.weight[m] as number)) < 1e-4);
    });
    a.angle.forEach((w, m) => {
      assert.ok(Math.abs(w - (b.angle[m] as number)) < 1e-4);
    });
  },
  "local: latents of one cell have mean μ + √(1 − s²)(y − μ) and covariance s² C (level 1e-6)": async () => {
    const count = 20000;
    const here = {
      values: Float32Array.from({ length: 3 * count }, (_, i) => x.values[i % 3] as number),
      count,
      dimension: 3,
    };
    const { latents, index, share } = await extend(map, here, { name: "local", neighbours: 10, spread: 0.8 });
    const own = targetRows(map.problem, [index[0] as number]);
    const all = targetRows(map.problem, [...Array(60).keys()]);
    const distance = (i: number): number => Math.hypot(...own.map((v, k) => v - (all[3 * i + k] as number)));
    const near = [...Array(60).keys()].sort((i, j) => distance(i) - distance(j)).slice(0, 10);
    const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    const column = (k: number): number[] => near.map((i) => all[3 * i + k] as number);
    const drawn = (k: number): number[] => Array.from({ length: count }, (_, m) => latents[3 * m + k] as number);
    const covariance = (a: readonly number[], b: readonly number[]): number =>
      mean(a.map((v, i) => v * (b[i] as number))) - mean(a) * mean(b);
    assert.is(share, 1);
    for (let k = 0; k < 3; k++) {
      const mu = mean(column(k));
      const expected = mu + 0.6 * ((own[k] as number) - mu);
      const sd = 0.8 * Math.sqrt(covariance(column(k), column(k)));
      assert.ok(Math.abs(mean(drawn(k)) - expected) < (5 * sd) / Math.sqrt(count), "mean");
      for (let l = 0; l <= k; l++) {
        const limit = (8 * sd * sd) / Math.sqrt(count) + 0.02 * sd;
        assert.ok(
          Math.abs(covariance(drawn(k), drawn(l)) - 0.64 * covariance(column(k), column(l))) < limit,
          "covariance",
        );
      }
    }
  },
  "local: spread 0 is T(x), and two targets span a line": async () => {
    const still = await extend(map, x, { name: "local", spread: 0 });
    const { y } = await transport(map, x);
    still.latents.forEach((z, i) => {
      assert.ok(Math.abs(z - (y[i] as number)) < 1e-6);
    });
    const line = createMap(gpu, createProblem(points("targets", [0, 0, 1, 2], 2)), [0, 0]);
    const { latents } = await sample(line, { count: 100, rule: { name: "local" } });
    line.dispose();
    for (let m = 0; m < 100; m++)
      assert.ok(Math.abs((latents[2 * m + 1] as number) - 2 * (latents[2 * m] as number)) < 1e-5);
  },
  "samples depend on the seed and their numbers only, not on the batch or the kernel family": async () => {
    const other = createMap(await testEngine("portable"), map.problem, map.heights);
    for (const rule of [{ name: "plain" }, { name: "facet" }, { name: "local" }] as const) {
      const whole = await sample(map, { count: 100, seed: 5, rule });
      const part = await sample(map, { count: 60, seed: 5, first: 40, rule });
      assert.equal(part.latents, whole.latents.subarray(40 * 3));
      assert.equal(await sample(other, { count: 100, seed: 5, rule }), whole);
      assert.not.equal((await sample(map, { count: 100, seed: 6, rule })).latents, whole.latents);
    }
    other.dispose();
  },
  "cells without mass are neither partners nor neighbours": async () => {
    const rows = [0, 0, 1, 1.1, 2, 0.1];
    const problem = createProblem(points("targets", rows, 1), { nu: [1, 1, 1, 0, 1, 1] });
    const { heights } = await solve(gpu, problem);
    const some = createMap(gpu, problem, heights);
    for (const rule of [{ name: "facet", angle: Math.PI }, { name: "local" }] as const) {
      const { index, partner, latents } = await sample(some, { count: 500, rule });
      assert.ok(![1, 3].some((i) => index.includes(i) || partner.includes(i)));
      assert.ok(latents.every(Number.isFinite));
    }
    some.dispose();
  },
  "one target, and parameters out of range": async () => {
    const one = createMap(gpu, createProblem(points("targets", [3, 4], 2)), [0]);
    for (const rule of [{ name: "plain" }, { name: "facet" }, { name: "local" }] as const) {
      const { latents, share } = await sample(one, { count: 5, rule });
      assert.equal([...latents], [3, 4, 3, 4, 3, 4, 3, 4, 3, 4]);
      assert.is(share, 0);
    }
    one.dispose();
    const bad: readonly [Rule, string][] = [
      [{ name: "facet", angle: 4 }, "facet: expected `angle` from 0 to π, got 4"],
      [{ name: "facet", lift: 0 }, "facet: expected `lift` above 0, got 0"],
      [{ name: "local", spread: 1.1 }, "local: expected `spread` from 0 to 1, got 1.1"],
      [{ name: "facet", cells: 0 }, "expected `k` from 1 to 1024, got 0"],
    ];
    for (const [rule, message] of bad) {
      await sample(map, { count: 5, rule }).then(
        () => assert.unreachable(),
        (error: Error) => assert.match(error.message, message),
      );
    }
  },
});
