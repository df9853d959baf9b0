// Properties that hold exactly on any fixed set of samples, for any heights; tolerances are float32
// rounding of scores of order 10.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { Cells } from "../../../src/ot/cells/cells.ts";
import type { Points } from "../../../src/ot/points.ts";
import type { Draw } from "../../../src/ot/source.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";
import { checked, dot, instances, normals, orthogonal, rowOf, scores } from "../instances.ts";

const gpu = await testEngine();
const portable = await testEngine("portable");
const tiled = await testEngine("tiled");
const families = [gpu, portable, tiled];
const ROUNDING = 2e-5;

async function assigned(targets: Points, h: ArrayLike<number>, x: Points | Draw, device = gpu) {
  const cells = new Cells(device, targets);
  try {
    cells.setHeights(h);
    return await cells.assign(x, ["index", "max", "runnerUp", "points"]);
  } finally {
    cells.dispose();
  }
}

/** E_M(h) = mean u_h(x) − Σ nu_i h_i and its gradient counts / M − nu, for equal masses. */
async function energy(targets: Points, h: Float64Array, x: Points) {
  const { max, counts } = await assigned(targets, h, x);
  const value = max.reduce((sum, u) => sum + u, 0) / x.count - h.reduce((sum, v) => sum + v, 0) / h.length;
  return { value, gradient: counts.map((c) => c / x.count - 1 / h.length) };
}

const property = (body: (instance: Parameters<Parameters<typeof instances.map>[0]>[0]) => Promise<void>) =>
  fc.assert(fc.asyncProperty(instances, body), checked);

describe("cells", {
  "scores are the greatest, of the lowest index, and counts are their histogram (P4, P8)": () =>
    property(async ({ targets, h, x }) => {
      const { index, max, runnerUp, counts, points } = await assigned(targets, h, x);
      const histogram = new Float64Array(targets.count);
      for (let m = 0; m < x.count; m++) {
        const s = scores(targets, h, rowOf(x, m));
        const i = index[m] as number;
        const others = s.filter((_, j) => j !== i);
        assert.ok(Math.abs((s[i] as number) - (max[m] as number)) < ROUNDING, "max");
        assert.ok(Math.max(...s) - (s[i] as number) < ROUNDING, "argmax");
        if (others.length === 0) assert.is(runnerUp[m], Number.NEGATIVE_INFINITY);
        else assert.ok(Math.abs(Math.max(...others) - (runnerUp[m] as number)) < ROUNDING, "runnerUp");
        // argmin |x − y|² − psi, psi = 2h + |y|².
        const power = Array.from({ length: targets.count }, (_, j) => {
          const y = rowOf(targets, j);
          return (
            rowOf(x, m).reduce((sum, v, k) => sum + (v - (y[k] as number)) ** 2, 0) - 2 * (h[j] as number) - dot(y, y)
          );
        });
        assert.ok((power[i] as number) - Math.min(...power) < 4 * ROUNDING, "power distance");
        (histogram[i] as number) += 1;
      }
      assert.equal(counts, histogram);
      assert.equal(points, x.values);
    }),

  "u is convex and max |y|-Lipschitz (P1)": () =>
    property(async ({ targets, h, x }) => {
      const y = { ...x, values: normals(x.count, x.dimension, 77, 2).values };
      const middle = { ...x, values: x.values.map((v, i) => (v + (y.values[i] as number)) / 2) };
      const [a, b, c] = await Promise.all([x, y, middle].map(async (p) => (await assigned(targets, h, p)).max));
      let steepest = 0;
      for (let i = 0; i < targets.count; i++) steepest = Math.max(steepest, Math.hypot(...rowOf(targets, i)));
      for (let m = 0; m < x.count; m++) {
        const [p, q, r] = [a?.[m] as number, b?.[m] as number, c?.[m] as number];
        assert.ok(r <= (p + q) / 2 + ROUNDING, "convex");
        const distance = Math.hypot(...rowOf(x, m).map((v, k) => v - (rowOf(y, m)[k] as number)));
        assert.ok(Math.abs(p - q) <= steepest * distance + ROUNDING, "Lipschitz");
      }
    }),

  "h + c has the same cells and u + c (P2)": () =>
    property(async ({ targets, h, x }) => {
      const coarse = h.map((v) => Math.round(v * 1024) / 1024);
      const a = await assigned(targets, coarse, x);
      const b = await assigned(
        targets,
        coarse.map((v) => v + 4),
        x,
      );
      for (let m = 0; m < x.count; m++) {
        assert.ok(Math.abs((b.max[m] as number) - (a.max[m] as number) - 4) < ROUNDING);
        const margin = (a.max[m] as number) - (a.runnerUp[m] as number);
        if (margin > ROUNDING) assert.is(b.index[m], a.index[m]);
      }
    }),

  "E(h') ≥ E(h) + <g(h), h' − h>, and Σg = 0 (P3, P4)": () =>
    property(async ({ targets, h, x }) => {
      const other = Float64Array.from(normals(targets.count, 1, 5).values);
      const [a, b] = [await energy(targets, h, x), await energy(targets, other, x)];
      const step = other.map((v, i) => v - (h[i] as number));
      assert.ok(b.value >= a.value + dot(a.gradient, step) - ROUNDING, `${b.value} below the tangent`);
      assert.ok(Math.abs(a.gradient.reduce((sum, g) => sum + g, 0)) < 1e-12);
    }),

  "raising one height takes samples for its cell and gives none to others (P5)": () =>
    property(async ({ targets, h, x }) => {
      const i = x.count % targets.count;
      const [a, b] = [await assigned(targets, h, x), await assigned(targets, h.with(i, (h[i] as number) + 0.5), x)];
      b.counts.forEach((c, j) => {
        assert.ok(j === i ? c >= (a.counts[j] as number) : c <= (a.counts[j] as number));
      });
    }),

  "the map is cyclically monotone (P6: all 2- and 3-cycles of 64 samples)": () =>
    property(async ({ targets, h, x: { dimension, count } }) => {
      const n = 64;
      const x = normals(n, dimension, count);
      const { index } = await assigned(targets, h, x);
      const product = Array.from({ length: n }, (_, a) =>
        Array.from({ length: n }, (_, b) => dot(rowOf(x, a), rowOf(targets, index[b] as number))),
      );
      const at = (a: number, b: number): number => product[a]?.[b] as number;
      let [two, three] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let a = 0; a < n; a++) {
        for (let b = 0; b < n; b++) {
          const pair = at(a, a) + at(b, b);
          two = Math.min(two, pair - at(a, b) - at(b, a));
          for (let c = 0; c < n; c++) three = Math.min(three, pair + at(c, c) - at(a, b) - at(b, c) - at(c, a));
        }
      }
      assert.ok(two >= -4 * ROUNDING && three >= -6 * ROUNDING, `${two}, ${three}`);
    }),

  "u(x) + u*(T(x)) = <x, T(x)> with u*(y_i) = −h_i for cells that are met (P7)": () =>
    property(async ({ targets, h, x }) => {
      const { index, max } = await assigned(targets, h, x);
      for (let m = 0; m < x.count; m++) {
        const i = index[m] as number;
        assert.ok(Math.abs((max[m] as number) - (h[i] as number) - dot(rowOf(x, m), rowOf(targets, i))) < ROUNDING);
      }
    }),

  "the directional derivative of E is <g, v> away from ties (P9)": () =>
    property(async ({ targets, h, x: all }) => {
      const t = 0.03125;
      const { max, runnerUp } = await assigned(targets, h, all);
      const clear = [...max.keys()].filter((m) => (max[m] as number) - (runnerUp[m] as number) > 3 * t);
      if (clear.length === 0) return;
      const values = Float32Array.from(clear.flatMap((m) => [...rowOf(all, m)]));
      const x = { values, count: clear.length, dimension: all.dimension };
      const v = h.map((_, i) => Math.sin(7 * i));
      const at = (s: number) =>
        energy(
          targets,
          h.map((value, i) => value + s * (v[i] as number)),
          x,
        );
      const difference = ((await at(t)).value - (await at(-t)).value) / (2 * t);
      assert.ok(Math.abs(difference - dot((await at(0)).gradient, v)) < ROUNDING / t, `${difference}`);
    }),

  "cells follow permutations and scalings of the targets, and any rotation of everything (P10)": () =>
    property(async ({ targets, h, x }) => {
      const { count, dimension: d } = targets;
      const a = await assigned(targets, h, x);
      const doubled = await assigned(
        { ...targets, values: targets.values.map((v) => 2 * v) },
        h.map((v) => 2 * v),
        x,
      );
      assert.equal(doubled.index, a.index);
      const turned = {
        ...targets,
        values: targets.values.map((_, i) => targets.values[count * d - d - i + 2 * (i % d)] as number),
      };
      const b = await assigned(turned, h.toReversed(), x);
      const q = orthogonal(d, x.count);
      const turn = (p: Points): Points => ({
        ...p,
        values: p.values.map((_, i) => dot(q[i % d] as Float64Array, rowOf(p, Math.floor(i / d)))),
      });
      const c = await assigned(turn(targets), h, turn(x));
      let near = 0;
      for (let m = 0; m < x.count; m++) {
        const margin = (a.max[m] as number) - (a.runnerUp[m] as number);
        if (margin >= ROUNDING) assert.is(b.index[m], count - 1 - (a.index[m] as number), "permutation");
        // Coordinates of order 4 are rounded to 2e-7 once more: by sums over d of them, scores
        // differ by less than 5 ROUNDING.
        if (margin >= 5 * ROUNDING) assert.is(c.index[m], a.index[m], "rotation");
        else near++;
      }
      const moved = a.counts.reduce((sum, n, i) => sum + Math.abs(n - (c.counts[i] as number)), 0);
      assert.ok(moved <= 2 * near && near < 0.1 * x.count + 2, `${moved} moved, ${near} near a facet`);
    }),

  "ties, duplicates and -Infinity: the lowest index with a finite height wins (P11, P12)": async () => {
    const targets = { values: new Float32Array(70).fill(0.5), count: 70, dimension: 1 };
    for (const device of families) {
      const { counts } = await assigned(targets, new Float64Array(70), normals(100, 1, 1), device);
      assert.is(counts[0], 100);
      const cells = new Cells(device, targets);
      cells.setHeights(new Float64Array(70).fill(1, 66));
      const { index } = await cells.topK(normals(1, 1, 1), 6);
      cells.dispose();
      assert.equal([...index], [66, 67, 68, 69, 0, 1]);
      const masked = new Float64Array(70).fill(Number.NEGATIVE_INFINITY, 0, 40);
      assert.is((await assigned(targets, masked, normals(100, 1, 1), device)).counts[40], 100);
    }
  },

  "counts do not depend on the batch split or on the kernel family (P11)": () =>
    fc.assert(
      fc.asyncProperty(instances, fc.nat(1e9), async ({ targets, h }, seed) => {
        const draw = { seed, stream: 3, first: 2 ** 32 - 40, count: 333 }; // crosses the low word
        const whole = await assigned(targets, h, draw);
        for (const device of families) assert.equal(await assigned(targets, h, draw, device), whole, device.family);
        const a = await assigned(targets, h, { ...draw, count: 100 });
        const b = await assigned(targets, h, { ...draw, first: draw.first + 100, count: 233 });
        assert.equal(
          a.counts.map((c, i) => c + (b.counts[i] as number)),
          whole.counts,
          "split",
        );
        assert.equal(b.points, whole.points.subarray(100 * targets.dimension), "points");
        const given = { values: whole.points, count: 333, dimension: targets.dimension };
        assert.equal((await assigned(targets, h, given)).index, whole.index, "given");
      }),
      checked,
    ),

  "the families agree on many targets in many dimensions": async () => {
    const [targets, draw] = [normals(300, 21, 1), { seed: 1, stream: 3, first: 0, count: 3000 }];
    const h = Float64Array.from(normals(300, 1, 2, 0.3).values);
    const whole = await assigned(targets, h, draw);
    for (const device of families) assert.equal(await assigned(targets, h, draw, device), whole, device.family);
  },

  "the k best cells are those of a sort": () =>
    property(async ({ targets, h, x }) => {
      const k = 1 + (x.count % 20);
      for (const device of families) {
        const cells = new Cells(device, targets);
        cells.setHeights(h);
        const { index, score } = await cells.topK(x, k);
        cells.dispose();
        for (let m = 0; m < x.count; m++) {
          const sorted = scores(targets, h, rowOf(x, m)).sort((a, b) => b - a);
          for (let r = 0; r < k; r++) {
            const expected = sorted[r] ?? Number.NEGATIVE_INFINITY;
            const actual = score[m * k + r] as number;
            assert.ok(expected === actual || Math.abs(expected - actual) < ROUNDING, `${actual}, expected ${expected}`);
          }
          const found = index.subarray(m * k, m * k + Math.min(k, targets.count));
          assert.is(new Set(found).size, found.length);
        }
      }
    }),

  "what cannot be computed is refused by name": async () => {
    const cells = new Cells(gpu, normals(3, 2, 1));
    const draw = { seed: 1, stream: 0, first: 0, count: 10 };
    await cells.count(draw).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, "`setHeights` before"),
    );
    throws(() => cells.setHeights([1, 2]), "cells: expected 3 heights `h`, got 2");
    throws(() => cells.setHeights([1, Number.NaN, 2]), "got NaN at 1");
    throws(() => cells.setHeights([1, 2, 1e31]), "up to 1e30, got 1e+31 at 2");
    throws(() => cells.setHeights(new Array(3).fill(Number.NEGATIVE_INFINITY)), "expected a finite height");
    cells.setHeights([0, 0, 0]);
    const [first, second] = [cells.count(draw), cells.count(draw)];
    throws(() => cells.setHeights([1, 2, 3]), "no call under way");
    await second.then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, "one call at a time"),
    );
    await first;
    const refused: readonly [Partial<Draw>, string][] = [
      [{ count: 0 }, "positive `count`"],
      [{ seed: -1 }, "non-negative integer `seed`"],
      [{ stream: 65536 }, "`stream` of 0 to 65535"],
      [{ first: 0.5 }, "non-negative integer `first`"],
    ];
    for (const [part, message] of refused) {
      await cells.count({ ...draw, ...part }).then(
        () => assert.unreachable(),
        (error: Error) => assert.match(error.message, message),
      );
    }
    cells.dispose();
  },
});
