// Draws with sign flips: the same points as on the host, and the same cells for them, on every
// family and for any split.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { NONE } from "../../../src/ot/cells/counter.ts";
import { isFlipped } from "../../../src/ot/cells/flips.ts";
import { type CellsOptions, PlainCells } from "../../../src/ot/cells/plainCells.ts";
import type { Points } from "../../../src/ot/points.ts";
import type { Draw, Flips } from "../../../src/ot/source.ts";
import type { Engine } from "../../../src/tensor/engine.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";
import { checked, instances, normals, rowOf, scores } from "../instances.ts";

const families = [await testEngine(), await testEngine("portable"), await testEngine("tiled")];
const [gpu] = families as [Engine, ...Engine[]];
const ROUNDING = 2e-5;

async function assigned(targets: Points, h: ArrayLike<number>, draw: Draw, device = gpu, options: CellsOptions = {}) {
  const cells = new Cells(device, targets, "gaussian", options);
  try {
    cells.setHeights(h);
    const plain = await cells.count(draw);
    const all = await cells.assign(draw, ["index", "max", "runnerUp", "points"]);
    const two = await cells.topK(draw, 2);
    return { ...all, plain, two, drawn: (await cells.draw(draw)).values };
  } finally {
    cells.dispose();
  }
}

/** Instances with as many flips as their dimension allows. */
const flipped = instances
  .filter(({ targets: { dimension } }) => dimension >= 2)
  .chain(({ targets, h }) =>
    fc.record({
      targets: fc.constant(targets),
      h: fc.constant(h),
      flips: fc.constantFrom<Flips>(2, targets.dimension < 4 ? 2 : 4),
      seed: fc.nat(1e9),
    }),
  );

describe("flips", {
  "points are those of the draw with all patterns of signs": () =>
    fc.assert(
      fc.asyncProperty(flipped, async ({ targets, h, flips, seed }) => {
        const K = 2 ** flips;
        const draw = { seed, stream: 3, first: 5, count: 70 };
        const base = (await assigned(targets, h, draw)).points;
        const { points, drawn } = await assigned(targets, h, { ...draw, first: 5 * K, count: 70 * K, flips });
        const d = targets.dimension;
        for (let n = 0; n < 70 * K; n++) {
          for (let k = 0; k < d; k++) {
            const sign = isFlipped(n % K, k, d, flips) ? -1 : 1;
            assert.is(points[n * d + k], sign * (base[Math.floor(n / K) * d + k] as number));
          }
        }
        assert.equal(drawn, points);
      }),
      checked,
    ),

  "blocks part the coordinates, none with less than half of another; in 1 to 16, 24, 32 and 64 dimensions they are as equal as can be, and neighbours lie in different ones":
    () => {
      for (let d = 1; d <= 64; d++) {
        for (const flips of [2, 4] as const) {
          const sizes = Array.from({ length: flips }, (_, b) =>
            Array.from({ length: d }, (_, k) => k).filter((k) => isFlipped(2 ** b, k, d, flips)),
          );
          assert.equal(
            sizes.flat().sort((a, b) => a - b),
            Array.from({ length: d }, (_, k) => k),
          );
          const lengths = sizes.map(({ length }) => length);
          const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
          if (d >= flips) assert.ok(2 * least >= most, `${d}, ${flips}: ${lengths}`);
          // Elsewhere blocks begin at multiples of 2 or 4 slots.
          if (d > 16 && ![24, 32, 64].includes(d)) continue;
          assert.ok(most - least <= 1, `${d}, ${flips}: ${lengths}`);
          for (const block of sizes) assert.ok(block.every((k) => !block.includes(k + 1)));
        }
      }
    },

  "scores are the greatest, of the lowest index, and counts are their histogram": () =>
    fc.assert(
      fc.asyncProperty(flipped, async ({ targets, h, flips, seed }) => {
        const draw: Draw = { seed, stream: 3, first: 0, count: 40 * 2 ** flips, flips };
        const { index, max, runnerUp, counts, points, plain } = await assigned(targets, h, draw);
        const x = { values: points, count: draw.count, dimension: targets.dimension };
        const histogram = new Float64Array(targets.count);
        for (let m = 0; m < x.count; m++) {
          const s = scores(targets, h, rowOf(x, m));
          const i = index[m] as number;
          const others = s.filter((_, j) => j !== i);
          assert.ok(Math.abs((s[i] as number) - (max[m] as number)) < ROUNDING, "max");
          assert.ok(Math.max(...s) - (s[i] as number) < ROUNDING, "argmax");
          if (others.length === 0) assert.is(runnerUp[m], Number.NEGATIVE_INFINITY);
          else assert.ok(Math.abs(Math.max(...others) - (runnerUp[m] as number)) < ROUNDING, "runnerUp");
          (histogram[i] as number) += 1;
        }
        assert.equal(counts, histogram);
        assert.equal(plain, histogram);
      }),
      checked,
    ),

  "the two best cells are the winner and the best of the others, each with its score": () =>
    fc.assert(
      fc.asyncProperty(flipped, async ({ targets, h, flips, seed }) => {
        const draw: Draw = { seed, stream: 3, first: 0, count: 40 * 2 ** flips, flips };
        const { index, max, runnerUp, points, two } = await assigned(targets, h, draw);
        const x = { values: points, count: draw.count, dimension: targets.dimension };
        for (let m = 0; m < x.count; m++) {
          const [i, j] = two.index.subarray(2 * m, 2 * m + 2) as unknown as [number, number];
          assert.equal([i, ...two.score.subarray(2 * m, 2 * m + 2)], [index[m], max[m], runnerUp[m]]);
          if (targets.count === 1) assert.is(j, NONE);
          else {
            assert.ok(j < targets.count && i !== j, `${i}, ${j}`);
            const score = scores(targets, h, rowOf(x, m))[j] as number;
            assert.ok(Math.abs(score - (runnerUp[m] as number)) < ROUNDING, "second");
          }
        }
      }),
      checked,
    ),

  "cells are those of the same points given, so that what holds of these holds of flipped ones (P1 to P10)": () =>
    fc.assert(
      fc.asyncProperty(flipped, async ({ targets, h, flips, seed }) => {
        const draw: Draw = { seed, stream: 3, first: 0, count: 40 * 2 ** flips, flips };
        const { points, index, max, runnerUp } = await assigned(targets, h, draw);
        using cells = new Cells(gpu, targets);
        cells.setHeights(h);
        const given = { values: points, count: draw.count, dimension: targets.dimension };
        const other = await cells.assign(given, ["index", "max", "runnerUp"]);
        for (let m = 0; m < draw.count; m++) {
          assert.ok(Math.abs((max[m] as number) - (other.max[m] as number)) < ROUNDING, "max");
          if (targets.count === 1) continue;
          assert.ok(Math.abs((runnerUp[m] as number) - (other.runnerUp[m] as number)) < ROUNDING, "runnerUp");
          if ((max[m] as number) - (runnerUp[m] as number) > ROUNDING) assert.is(index[m], other.index[m]);
        }
      }),
      checked,
    ),

  "results do not depend on the split, the blocks of targets or the family, bit for bit (P11)": () =>
    fc.assert(
      fc.asyncProperty(flipped, async ({ targets, h, flips, seed }) => {
        const K = 2 ** flips;
        const draw: Draw = { seed, stream: 3, first: (2 ** 32 - 40) * K, count: 111 * K, flips };
        const whole = await assigned(targets, h, draw);
        for (const device of families) {
          assert.equal(await assigned(targets, h, draw, device), whole, device.family);
          assert.equal(await assigned(targets, h, draw, device, { blockBytes: 1 }), whole, "blocks");
          assert.equal(await assigned(targets, h, draw, device, { countLimit: 64 }), whole, "count limit");
        }
        const a = await assigned(targets, h, { ...draw, count: 32 * K });
        const b = await assigned(targets, h, { ...draw, first: draw.first + 32 * K, count: 79 * K });
        const both = a.counts.map((c, i) => c + (b.counts[i] as number));
        assert.equal(both, whole.counts, "split");
        assert.equal(b.index, whole.index.subarray(32 * K), "index");
      }),
      checked,
    ),

  "the families agree on many targets in many dimensions, also where all scores or some are below 0": async () => {
    const targets = normals(3000, 21, 1);
    const h = Float64Array.from(normals(3000, 1, 2, 0.3).values);
    for (const [flips, shift] of [
      [2, 0],
      [4, 0],
      [4, -15],
      [2, -100],
    ] as const) {
      const draw: Draw = { seed: 1, stream: 3, first: 0, count: 16 * 500, flips };
      const shifted = h.map((height) => height + shift);
      const whole = await assigned(targets, shifted, draw, families[1]);
      const below = whole.max.filter((u) => u < 0).length / draw.count;
      assert.ok(shift === 0 ? below === 0 : shift === -100 ? below === 1 : below > 0.1 && below < 0.9, `${below}`);
      for (const device of families) assert.equal(await assigned(targets, shifted, draw, device), whole, device.family);
    }
  },

  "ties and -Infinity: the lowest index with a finite height wins (P11, P12)": async () => {
    const targets = { values: new Float32Array(280).fill(0.5), count: 70, dimension: 4 };
    const draw: Draw = { seed: 1, stream: 0, first: 0, count: 160, flips: 4 };
    for (const device of families) {
      assert.is((await assigned(targets, new Float64Array(70), draw, device)).counts[0], 160);
      const masked = new Float64Array(70).fill(Number.NEGATIVE_INFINITY, 0, 40);
      assert.is((await assigned(targets, masked, draw, device)).counts[40], 160);
    }
  },

  "the second best on ties is the lowest index that is left (P11, P12)": async () => {
    const draw: Draw = { seed: 1, stream: 0, first: 0, count: 160, flips: 4 };
    for (const device of families) {
      for (const [count, masked] of [
        [70, 0],
        [70, 40],
        [300, 7],
        [8, 0],
        [2, 0],
      ] as const) {
        const targets = { values: new Float32Array(4 * count).fill(0.5), count, dimension: 4 };
        const h = new Float64Array(count).fill(Number.NEGATIVE_INFINITY, 0, masked);
        for (const options of [{}, { blockBytes: 1 }]) {
          const { two } = await assigned(targets, h, draw, device, options);
          assert.equal([...two.index.subarray(0, 4)], [masked, masked + 1, masked, masked + 1]);
        }
      }
    }
  },

  "more flips than coordinates, and numbers that patterns do not divide, are refused by name": async () => {
    const draw: Draw = { seed: 1, stream: 0, first: 0, count: 160, flips: 4 };
    const three = normals(5, 3, 1);
    await rejects(assigned(three, new Float64Array(5), draw), "`flips` of at most the dimension 3, got 4");
    const odd = { ...draw, flips: 2, count: 10 } as const;
    await rejects(assigned(three, new Float64Array(5), odd), "in multiples of 4 with 2 flips, got 0 and 10");
    const wrong = { ...draw, flips: 3 as Flips };
    await rejects(assigned(three, new Float64Array(5), wrong), "cells: expected `flips` of 0, 2, 4, got 3");
    using cells = new Cells(gpu, three, { samples: three });
    cells.setHeights(new Float64Array(5));
    await rejects(cells.count({ ...draw, flips: 2 }), "cells: expected `flips` of 0 for a source of samples, got 2");
  },

  "plain cells refuse them, say what takes them, and work on": async () => {
    using cells = new PlainCells(gpu, normals(5, 4, 1));
    cells.setHeights(new Float64Array(5));
    const draw: Draw = { seed: 1, stream: 0, first: 0, count: 160 };
    await rejects(cells.count({ ...draw, flips: 2 }), "cells: expected a draw without flips, got one with flips");
    using whole = new Cells(gpu, normals(5, 4, 1));
    whole.setHeights(new Float64Array(5));
    assert.equal(await cells.count(draw), await whole.count(draw));
  },
});
