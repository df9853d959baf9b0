// The potential and what is read off it, the neighbour graph, and maps per class.
import * as assert from "uvu/assert";
import { type ClassMap, sampleClass, solveClasses } from "../../../src/ot/classes.ts";
import { angleAt, neighbourGraph, quantileOf } from "../../../src/ot/map/graph.ts";
import { createMap, massCentres, potential, targetRows, transport } from "../../../src/ot/map/map.ts";
import {
  conjugate,
  conjugateAtTargets,
  displacementInterpolation,
  kantorovich,
  preimages,
} from "../../../src/ot/map/potentials.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects, throws } from "../../support/throws.ts";
import { dot, normals, rowOf } from "../instances.ts";

const gpu = await testEngine();
const raw = normals(60, 3, 1, 0.5);
const problem = createProblem({ ...raw, values: raw.values.map((v) => v + 5) });
const map = createMap(gpu, problem, (await solve(gpu, problem, { chi2: 0.02 })).heights);
const x = normals(300, 3, 2);

describe("potentials", {
  "displacement goes from x to T(x) in a straight line, and two paths never cross (P6)": async () => {
    const { y } = await transport(map, x);
    assert.equal(await displacementInterpolation(map, x, 0), x.values);
    assert.equal(await displacementInterpolation(map, x, 1), y);
    const z = { ...x, values: await displacementInterpolation(map, x, 0.5) };
    for (let a = 0; a < 300; a++) {
      for (let b = 0; b < a; b++) {
        // Monotone: |z_a − z_b| ≥ (1 − t) |x_a − x_b|.
        const distance = (p: typeof x): number =>
          Math.hypot(...rowOf(p, a).map((v, k) => v - (rowOf(p, b)[k] as number)));
        assert.ok(distance(z) >= 0.5 * distance(x) - 1e-5);
      }
    }
    await rejects(displacementInterpolation(map, x, 1.5), "displacement: expected `t` from 0 to 1, got 1.5");
  },
  "φ + ψ ≤ ½ |x − y|² with equality for y = T(x), and φ's gradient is x − T(x)": async () => {
    const { phi, gradient } = await kantorovich(map, x);
    const { y, index } = await transport(map, x);
    const star = conjugateAtTargets(map);
    const targets = targetRows(problem, [...Array(60).keys()]);
    const psi = (i: number): number =>
      targets.subarray(3 * i, 3 * i + 3).reduce((sum, v) => sum + (v * v) / 2, -(star[i] as number));
    for (let m = 0; m < 300; m++) {
      for (let i = 0; i < 60; i++) {
        const cost = rowOf(x, m).reduce((sum, v, k) => sum + (v - (targets[3 * i + k] as number)) ** 2 / 2, 0);
        const slack = cost - (phi[m] as number) - psi(i);
        assert.ok(slack > -1e-4, `${slack}`);
        if (i === index[m]) assert.ok(slack < 1e-4, `${slack}`);
      }
      for (let k = 0; k < 3; k++) {
        assert.is(gradient[3 * m + k], Math.fround((x.values[3 * m + k] as number) - (y[3 * m + k] as number)));
      }
    }
  },
  "u*(y) ≥ <x, y> − u(x) for all x (Fenchel and Young), and −h_i at targets (P7)": async () => {
    const own = points("y", targetRows(problem, [...Array(60).keys()]), 3);
    const star = await conjugate(map, own);
    const exact = conjugateAtTargets(map);
    for (let i = 0; i < 60; i++) {
      assert.ok((star[i] as number) <= (exact[i] as number) + 1e-4);
      assert.ok((star[i] as number) > (exact[i] as number) - 1e-4, `${star[i]}, expected ${exact[i]}`);
    }
    const between = points(
      "y",
      [0, 1, 2].map((k) => ((own.values[k] as number) + (own.values[3 + k] as number)) / 2),
      3,
    );
    const [value] = await conjugate(map, between);
    const u = await potential(map, x);
    for (let m = 0; m < 300; m++)
      assert.ok((value as number) >= dot(rowOf(x, m), between.values) - (u[m] as number) - 0.05);
    assert.ok((value as number) <= ((exact[0] as number) + (exact[1] as number)) / 2 + 1e-4, "convex");
    await rejects(conjugate(map, normals(1, 2, 1)), "conjugate: expected points of dimension 3, got 2");
  },
  "preimages lie in their cell, and their mean is the mass centre (level 1e-5)": async () => {
    const { centres } = await massCentres(map, { samplesPerCell: 2000 });
    const found = await preimages(map, [7, 3, 59, 3], { each: 400 });
    for (const [at, i] of [7, 3, 59, 3].entries()) {
      const { samples, centre } = found[at] as (typeof found)[number];
      assert.is(samples.count, 400);
      assert.ok((await transport(map, samples)).index.every((cell) => cell === i));
      centre.forEach((c, k) => {
        assert.ok(Math.abs(c - (centres[3 * i + k] as number)) < 0.25, `${c}, expected ${centres[3 * i + k]}`);
      });
    }
    await rejects(preimages(map, [60]), "preimages: expected `targets` from 0 to 59, got 60");
  },
});

describe("graph", {
  "votes are the pairs of best cells; the neighbours on a line are next to each other": async () => {
    const t = [-2, -1, 0, 1.5, 2];
    const line = createProblem(points("targets", t, 1));
    const { heights } = await solve(gpu, line, { chi2: 0.01 });
    const graph = await neighbourGraph(createMap(gpu, line, heights), { samples: 5000 });
    assert.equal([...graph.pairs], [0, 1, 1, 2, 2, 3, 3, 4]);
    assert.is(
      graph.votes.reduce((sum, v) => sum + v, 0),
      5000,
    );
    for (let e = 0; e < 4; e++) {
      const [low, middle, high] = graph.margins.subarray(3 * e, 3 * e + 3) as unknown as [number, number, number];
      assert.ok(0 <= low && low <= middle && middle <= high);
    }
    assert.ok((graph.angles[2] as number) > 1 && (graph.angles[3] as number) < 0.2, `${graph.angles}`);
  },
  "θ̂ as a quantile and in radians": async () => {
    const graph = await neighbourGraph(map);
    assert.ok(graph.votes.reduce((sum, v) => sum + v, 0) === graph.samples && graph.samples === 64 * 60);
    for (const q of [0.1, 0.5, 0.9]) {
      const angle = angleAt(graph, q);
      assert.ok(Math.abs(quantileOf(graph, angle) - q) < 0.03);
    }
    assert.is(quantileOf(graph, Math.PI), 1);
    throws(() => angleAt(graph, 2), "angleAt: expected `quantile` from 0 to 1, got 2");
  },
});

describe("classes", {
  "each label's map reaches its own targets alone, with their masses (S3, level 6e-7 each)": async () => {
    const targets = normals(90, 2, 4);
    const labels = Array.from({ length: 90 }, (_, i) => (i * 7) % 3);
    const nu = labels.map((label, i) => (label === 2 ? 0 : 1 + (i % 2)));
    const maps = await solveClasses(gpu, targets, labels, { nu, chi2: 0.02 });
    assert.equal([...maps.byLabel.keys()], [0, 1]);
    assert.ok(Math.abs([...maps.byLabel.values()].reduce((sum, { mass }) => sum + mass, 0) - 1) < 1e-12);
    for (const label of [0, 1]) {
      const { index, partner, latents } = await sampleClass(maps, label, { count: 6000, rule: { name: "facet" } });
      assert.ok(index.every((i) => labels[i] === label) && partner.every((j) => j < 0 || labels[j] === label));
      const heavy = index.reduce((sum, i) => sum + (i % 2), 0) / 6000;
      const all = labels.reduce((sum, l, i) => sum + (l === label ? 1 + (i % 2) : 0), 0);
      const expected = labels.reduce((sum, l, i) => sum + (l === label && i % 2 === 1 ? 2 : 0), 0) / all;
      // 5 sd of 6000 samples, beside what χ² lets a group's mass be wrong by: √(χ² p (1 − p))
      // (Cauchy and Schwarz).
      const { chi2, sd } = (maps.byLabel.get(label) as ClassMap).solution.evaluation;
      const variance = expected * (1 - expected);
      const limit = 5 * Math.sqrt(variance / 6000) + Math.sqrt((chi2 + 2 * sd) * variance);
      assert.ok(Math.abs(heavy - expected) < limit, `${heavy}, expected ${expected} within ${limit}`);
      const plain = await sampleClass(maps, label, { count: 10, rule: { name: "plain" } });
      plain.index.forEach((i, m) => {
        const own = rowOf(targets, i);
        for (let k = 0; k < 2; k++) {
          assert.ok(Math.abs((own[k] as number) - (plain.latents[2 * m + k] as number)) < 1e-5);
        }
      });
      assert.is(latents.length, 12000);
    }
    await rejects(sampleClass(maps, 2, { count: 1, rule: { name: "plain" } }), "expected a label of [0, 1], got 2");
    maps.dispose();
    await rejects(solveClasses(gpu, targets, [1]), "solveClasses: expected 90 `labels`, got 1");
  },
});
