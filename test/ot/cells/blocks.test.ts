// Targets in blocks, counts beyond 32 bits, and points of every source.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { Cells } from "../../../src/ot/cells/cells.ts";
import type { CellsOptions } from "../../../src/ot/cells/plainCells.ts";
import type { Points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import type { Source } from "../../../src/ot/source.ts";
import type { Engine } from "../../../src/tensor/engine.ts";
import { ALL_KERNELS, testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";
import { checked, instances, normals, rowOf } from "../instances.ts";

const gpu = await testEngine();
const families: Engine[] = [];
for (const { family, tile } of ALL_KERNELS) families.push(await testEngine(family, tile));

async function everything(targets: Points, h: Float64Array, x: Points, device = gpu, options: CellsOptions = {}) {
  const cells = new Cells(device, targets, "gaussian", options);
  try {
    cells.setHeights(h);
    const assigned = await cells.assign(x, ["index", "max", "runnerUp"]);
    return { ...assigned, plain: await cells.count(x), top: await cells.topK(x, 1 + (x.count % 12)) };
  } finally {
    cells.dispose();
  }
}

describe("blocks", {
  "indices, scores, runners-up, counts and lists do not depend on blocks, bit for bit (P11)": () =>
    fc.assert(
      fc.asyncProperty(instances, async ({ targets, h, x }) => {
        const whole = await everything(targets, h, x);
        for (const device of families) {
          // a tile of 32 each
          assert.equal(await everything(targets, h, x, device, { blockBytes: 1 }), whole);
          assert.equal(await everything(targets, h, x, device, { blockBytes: 2 * 32 * 48 }), whole);
        }
      }),
      checked,
    ),

  "counts above what the device's words hold are summed on the host, in samples numbered beyond 2^32": async () => {
    const targets = normals(40, 3, 1);
    const draw = { seed: 5, stream: 0, first: 2 ** 45 - 1000, count: 20000 };
    const [a, b] = [new Cells(gpu, targets), new Cells(gpu, targets, "gaussian", { countLimit: 4096 })];
    for (const cells of [a, b]) cells.setHeights(new Float64Array(40));
    const whole = await a.count(draw);
    assert.equal(await b.count(draw), whole);
    const parts = [await a.count({ ...draw, count: 1000 }), await a.count({ ...draw, first: 2 ** 45, count: 19000 })];
    assert.equal(
      parts[0]?.map((c, i) => c + (parts[1]?.[i] as number)),
      whole,
    );
    const low = await a.count({ ...draw, first: draw.first % 2 ** 32 });
    assert.not.equal(low, whole);
    for (const cells of [a, b]) cells.dispose();
  },

  "1500 targets in 1024 dimensions, and one dimension": async () => {
    for (const dimension of [1024, 1]) {
      const targets = normals(1500, dimension, 2);
      const cells = new Cells(gpu, targets, "gaussian", { blockBytes: 2 ** 20 });
      cells.setHeights(new Float64Array(1500));
      const x = normals(40, dimension, 3);
      const { index, max } = await cells.assign(x, ["index", "max"]);
      cells.dispose();
      for (let m = 0; m < 40; m++) {
        const score = (i: number): number =>
          rowOf(targets, i).reduce((s, v, k) => s + v * (rowOf(x, m)[k] as number), 0);
        const greatest = Array.from({ length: 1500 }, (_, i) => score(i)).reduce((a, b) => Math.max(a, b));
        assert.ok(Math.abs(greatest - (max[m] as number)) < 1e-3);
        assert.ok(Math.abs(greatest - score(index[m] as number)) < 1e-3);
      }
    }
  },
});

describe("source points", {
  "draws are what the kernels assign, for every source": async () => {
    const targets = normals(30, 3, 1);
    const draw = { seed: 3, stream: 2, first: 2 ** 32 - 70, count: 200 };
    for (const source of ["gaussian", "cube", { samples: normals(17, 3, 4) }] satisfies Source[]) {
      const cells = new Cells(gpu, targets, source);
      cells.setHeights(new Float64Array(30));
      const x = await cells.draw(draw);
      assert.equal((await cells.assign(draw, ["points"])).points, x.values);
      assert.equal((await cells.draw({ ...draw, first: draw.first + 90, count: 110 })).values, x.values.subarray(270));
      assert.equal(await cells.topK(draw, 3), await cells.topK(x, 3));
      cells.dispose();
    }
  },
  "samples are drawn with replacement, all alike (χ² test, level 1e-6), and used as they are when given": async () => {
    const samples = { values: Float32Array.from({ length: 20 }, (_, i) => i - 9.5), count: 20, dimension: 1 };
    const cells = new Cells(gpu, { ...samples, values: samples.values.map((v) => v) }, { samples });
    cells.setHeights(samples.values.map((v) => -0.5 * v * v)); // each sample in the cell of its own
    const counts = await cells.count({ seed: 1, stream: 0, first: 0, count: 40000 });
    const chi2 = counts.reduce((sum, c) => sum + (c - 2000) ** 2 / 2000, 0);
    assert.ok(chi2 > 2 && chi2 < 70, `${chi2}`); // 19 degrees of freedom
    assert.equal(await cells.count(samples), new Float64Array(20).fill(1));
    cells.dispose();
    throws(() => new Cells(gpu, normals(3, 2, 1), { samples }), "expected samples of dimension 2, got 1");
    throws(() => createProblem(normals(3, 2, 1), { source: { samples } }), "expected `source.samples` of dimension 2");
  },
  "a solution for samples far from the origin gives its cells the masses asked for": async () => {
    const samples = {
      ...normals(20000, 2, 4),
      values: normals(20000, 2, 4).values.map((v, i) => 3 * v + 10 * (i % 2)),
    };
    const problem = createProblem(normals(50, 2, 5), { source: { samples } });
    const { heights, stop } = await solve(gpu, problem, { chi2: 0.02 });
    assert.is(stop, "reached");
    const cells = new Cells(gpu, problem.targets, problem.source);
    cells.setHeights(heights);
    const worst = (await cells.count(samples)).reduce((most, c) => Math.max(most, Math.abs(c / 400 - 1)), 0);
    cells.dispose();
    assert.ok(worst < 0.6, `${worst}`);
  },
});
