// The rules of extension that need mass centres, and θ̂ as a quantile.
import * as assert from "uvu/assert";
import { extend, sample } from "../../../src/ot/extension/extend.ts";
import { fitFacet } from "../../../src/ot/extension/fitFacet.ts";
import type { Rule } from "../../../src/ot/extension/rule.ts";
import { angleAt, neighbourGraph } from "../../../src/ot/map/graph.ts";
import { createMap, massCentres, targetRows, transport } from "../../../src/ot/map/map.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { dot, normals } from "../instances.ts";

const gpu = await testEngine();
const raw = normals(60, 3, 1, 0.5);
const problem = createProblem({ ...raw, values: raw.values.map((v) => v + 5) });
const map = createMap(gpu, problem, (await solve(gpu, problem, { chi2: 0.02 })).heights);
const centres = await massCentres(map, { samplesPerCell: 200 });
const targets = targetRows(problem, [...Array(60).keys()]);
const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number[] =>
  Array.from(a, (v, k) => v - (b[k] as number));

describe("fitFacet", {
  async "the angle is lowered until no larger share of fresh draws is mixed (5 deviations)"() {
    for (const angle of [0.7, Math.PI]) {
      const { share: all } = await sample(map, { count: 20_000, seed: 2, rule: { name: "facet", angle } });
      for (const share of [0, 0.1, 0.35, 1]) {
        const rule = await fitFacet(map, { name: "facet", angle, cells: 20, lift: 0.1 }, { share, seed: 3 });
        assert.equal({ ...rule, angle }, { name: "facet", angle, cells: 20, lift: 0.1 });
        const { share: mixed } = await sample(map, { count: 20_000, seed: 2, rule });
        const expected = Math.min(share, all);
        const off = 5 * Math.sqrt(expected * (1 - expected) * (1 / 4096 + 1 / 20_000)) + 1 / 4096;
        assert.ok(Math.abs(mixed - expected) <= off, `${mixed} of ${share}, ${angle}`);
        assert.ok((rule.angle as number) <= angle);
        if (all < share - off) assert.is(rule.angle, angle);
      }
    }
    assert.equal(
      await fitFacet(map, { name: "facet" }),
      await fitFacet(map, { name: "facet" }, { share: 0.35, seed: 1 }),
    );
  },

  async "a share out of range and other options are refused"() {
    for (const share of [-0.1, 1.1, Number.NaN]) {
      const refused = `fitFacet: expected \`share\` from 0 to 1, got ${share}`;
      await rejects(fitFacet(map, { name: "facet" }, { share }), refused);
    }
    await rejects(fitFacet(map, { name: "facet" }, { shares: 0.1 } as never), "got `shares`; did you mean `share`?");
    await rejects(fitFacet(map, { name: "facet", angle: 4 }), "facet: expected `angle` from 0 to π, got 4");
  },
});

describe("chart", {
  "inside a cell it is s C^½ (x − b) + a constant, the gradient of a convex quadratic": async () => {
    const x = normals(2000, 3, 2);
    const { index } = await transport(map, x);
    const { latents } = await extend(map, x, { name: "chart", centres, neighbours: 5, spread: 0.8 });
    const at = (values: Float32Array, m: number): Float32Array => values.subarray(3 * m, 3 * m + 3);
    let [pairs, strict] = [0, 0];
    for (let i = 0; i < 60; i++) {
      const own = [...index.keys()].filter((m) => index[m] === i);
      const y = targets.subarray(3 * i, 3 * i + 3);
      const near = [...Array(60).keys()]
        .map((j) => targets.subarray(3 * j, 3 * j + 3))
        .sort((p, q) => Math.hypot(...difference(p, y)) - Math.hypot(...difference(q, y)))
        .slice(0, 5);
      const mean = [0, 1, 2].map((k) => near.reduce((sum, p) => sum + (p[k] as number) / 5, 0));
      for (let n = 3; n < own.length; n++) {
        const [a, b, c, d] = [own[n], own[n - 1], own[n - 2], own[n - 3]] as [number, number, number, number];
        const [ab, cd] = [difference(at(x.values, a), at(x.values, b)), difference(at(x.values, c), at(x.values, d))];
        const [zab, zcd] = [difference(at(latents, a), at(latents, b)), difference(at(latents, c), at(latents, d))];
        assert.ok(dot(zab, ab) > -1e-5, "monotone: the Jacobian has no negative eigenvalue");
        assert.ok(Math.abs(dot(zab, cd) - dot(zcd, ab)) < 1e-4, "symmetric: the map is a gradient");
        // |s C^½ v|² = s² vᵀ C v.
        const variance = near.reduce((sum, p) => sum + dot(difference(p, mean), ab) ** 2 / 5, 0);
        assert.ok(Math.abs(dot(zab, zab) - 0.64 * variance) < 1e-4 * (1 + variance), "C^½");
        pairs++;
        if (dot(zab, ab) > 1e-3) strict++;
      }
      // The constant: at the mass centre the latent is μ + √(1 − s²)(y − μ).
      for (const m of own.slice(0, 1)) {
        const residual = difference(at(x.values, m), centres.centres.subarray(3 * i, 3 * i + 3));
        const base = y.map((v, k) => (mean[k] as number) + 0.6 * (v - (mean[k] as number)));
        const move = difference(at(latents, m), base);
        const variance = near.reduce((sum, p) => sum + dot(difference(p, mean), residual) ** 2 / 5, 0);
        assert.ok(Math.abs(dot(move, move) - 0.64 * variance) < 1e-4 * (1 + variance), "constant");
      }
    }
    assert.ok(pairs > 1000 && strict > 0.9 * pairs, `${pairs} pairs, ${strict} of them strictly monotone`);
  },
  "spread 0 is T(x); given points and draws agree; the same numbers give the same latents": async () => {
    const draw = { seed: 3, stream: 6, first: 40, count: 100 };
    const still = await extend(map, draw, { name: "chart", centres, spread: 0 });
    const { y } = await transport(map, draw);
    still.latents.forEach((z, i) => {
      assert.ok(Math.abs(z - (y[i] as number)) < 1e-6);
    });
    const rule: Rule = { name: "chart", centres };
    const drawn = await extend(map, draw, rule);
    assert.equal(await extend(map, await map.cells.draw(draw), rule), drawn);
    assert.equal((await sample(map, { count: 140, seed: 3, rule })).latents.subarray(120), drawn.latents);
    assert.is(drawn.share, 1);
  },
});

describe("paper", {
  "latents are convex combinations of targets of the nearest mass centres; without an angle none is rejected":
    async () => {
      const x = normals(300, 3, 3);
      const all = await extend(map, x, { name: "paper", centres, angle: Math.PI });
      assert.equal([all.share, all.rejected.length], [1, 0]);
      for (let m = 0; m < 300; m++) {
        const distance = (i: number): number =>
          Math.hypot(...difference(x.values.subarray(3 * m, 3 * m + 3), centres.centres.subarray(3 * i, 3 * i + 3)));
        // d + 1
        const near = [...Array(60).keys()].sort((i, j) => distance(i) - distance(j)).slice(0, 4);
        assert.is(all.index[m], near[0]);
        assert.is(all.partner[m], near[1]);
        const sum = near.reduce((total, i) => total + 1 / distance(i), 0);
        assert.ok(Math.abs((all.weight[m] as number) - 1 / distance(near[1] as number) / sum) < 1e-4);
        for (let k = 0; k < 3; k++) {
          const expected = near.reduce((z, i) => z + (targets[3 * i + k] as number) / distance(i) / sum, 0);
          assert.ok(Math.abs((all.latents[3 * m + k] as number) - expected) < 1e-4);
        }
      }
    },
  "what has no neighbour under θ̂ is rejected, and more of it the smaller θ̂": async () => {
    const rejected = [];
    for (const angle of [0, 0.02, 0.05, 0.2, Math.PI]) {
      const e = await sample(map, { count: 500, rule: { name: "paper", centres, angle } });
      rejected.push(e.rejected.length);
      assert.is(e.share, (500 - e.rejected.length) / 500);
      for (const m of e.rejected) {
        assert.ok((e.angle[m] as number) > angle && e.partner[m] === -1);
        const own = targets.subarray(3 * (e.index[m] as number), 3 * (e.index[m] as number) + 3);
        assert.equal(e.latents.subarray(3 * m, 3 * m + 3), own);
      }
    }
    assert.is(rejected[0], 500);
    assert.is(rejected[4], 0);
    assert.equal(
      rejected,
      rejected.toSorted((a, b) => b - a),
    );
    assert.ok((rejected[2] as number) < 500 && (rejected[1] as number) > 0, `${rejected}`);
  },
});

describe("parameters", {
  "θ̂ may be a quantile of the neighbour graph's angles": async () => {
    const graph = await neighbourGraph(map);
    const angle = angleAt(graph, 0.3);
    const a = await sample(map, { count: 200, rule: { name: "facet", angle } });
    const b = await sample(map, { count: 200, rule: { name: "facet", angle: { quantile: 0.3, graph } } });
    assert.equal(b, a);
    assert.ok(a.share > 0 && a.share < 1);
  },
  "one target, cells without a sample, and values out of range": async () => {
    const one = createMap(gpu, createProblem(points("targets", [3, 4], 2)), [0]);
    const own = await massCentres(one);
    const chart = await sample(one, { count: 3, rule: { name: "chart", centres: own } });
    const paper = await sample(one, { count: 3, rule: { name: "paper", centres: own } });
    assert.equal([...chart.latents, ...paper.latents], [3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4]);
    assert.equal([paper.share, paper.rejected.length], [0, 3]);
    const unmet = { centres: centres.centres.map(() => 0), counts: centres.counts.map(() => 0) };
    const e = await sample(map, { count: 50, rule: { name: "chart", centres: unmet } });
    assert.ok(e.latents.every(Number.isFinite));
    const bad: readonly [Rule, string][] = [
      [{ name: "chart", centres, spread: 2 }, "chart: expected `spread` from 0 to 1, got 2"],
      [{ name: "chart", centres, neighbours: 0 }, "chart: expected `neighbours` from 1 to 1024, got 0"],
      [{ name: "local", neighbours: 2.5 }, "local: expected `neighbours` from 1 to 1024, got 2.5"],
      [{ name: "local", neighbours: 1025 }, "local: expected `neighbours` from 1 to 1024, got 1025"],
      [{ name: "chart", centres: own }, "chart: expected `centres` of 60 cells in 3 dimensions"],
      [{ name: "paper", centres, angle: 4 }, "paper: expected `angle` from 0 to π, got 4"],
      [{ name: "paper", centres, cells: 0 }, "paper: expected `cells` from 1, got 0"],
      [{ name: "paper", centres: own }, "paper: expected `centres` of 60 cells in 3 dimensions"],
    ];
    for (const [rule, message] of bad) await rejects(sample(map, { count: 5, rule }), message);
  },
});
