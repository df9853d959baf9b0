// Generators of curves in the plane, and the scores that hold rows to them.
import * as assert from "uvu/assert";
import { CURVES, curveScores, drawCurve, nearestOf } from "../../../src/experiments/plane/curves.ts";
import { PLANE_SETS } from "../../../src/experiments/plane/planeSets.ts";
import { describe } from "../../support/suite.ts";

/** P(|normal| ≤ 3). */
const WITHIN = 0.9973;

describe("curves", {
  "rows lie within 3 sd of their curve at the share of a Gaussian (5 sd of the count), 10,000 of 2 seeds"() {
    for (const curve of Object.values(CURVES)) {
      for (const seed of [1, 2]) {
        const count = 10_000;
        const { quality, reached, reverseKl } = curveScores(drawCurve(curve, { count, seed }), curve, 60);
        const room = 5 * Math.sqrt((WITHIN * (1 - WITHIN)) / count);
        assert.ok(Math.abs(quality - WITHIN) <= room, `${quality}`);
        assert.is(reached, 60);
        // 2 N KL is χ² with 59 degrees of freedom: mean 59, sd 10.9
        const chi2 = 2 * count * reverseKl;
        assert.ok(chi2 >= 59 - 45 && chi2 <= 59 + 55, `${chi2}`);
      }
    }
  },

  "equal seeds give equal rows, others do not; even rows are much more even than others"() {
    for (const set of PLANE_SETS) {
      const draw = (seed: number, even: boolean) => set.draw({ count: 1200, seed, even });
      assert.equal(draw(3, true).values, draw(3, true).values);
      assert.not.equal(draw(3, true).values, draw(4, true).values);
      const even = set.score(draw(3, true)).reverseKl;
      assert.ok(even >= -1e-12 && even < 0.5 * set.score(draw(3, false)).reverseKl, `${set.name}: ${even}`);
    }
  },

  "all stays within the circle of radius 1, and arms do not touch: they are at least 8 sd apart"() {
    for (const { segments, sd } of Object.values(CURVES)) {
      for (const [ax, ay, bx, by] of segments) {
        assert.ok(Math.hypot(ax, ay) <= 1 + 1e-12 && Math.hypot(bx, by) <= 1 + 1e-12);
        const radius = Math.hypot(ax, ay);
        for (const [cx, cy] of segments) {
          // on another turn or arm: the same direction at another radius
          const other = Math.hypot(cx, cy);
          const angle = Math.abs(Math.atan2(ax * cy - ay * cx, ax * cx + ay * cy));
          if (angle < 0.05 && Math.abs(other - radius) > 3 * sd) assert.ok(Math.abs(other - radius) >= 8 * sd);
        }
      }
    }
  },

  "the nearest place of a segment's middle is that middle"() {
    const { roll } = CURVES;
    const [ax, ay, bx, by] = roll.segments[100] ?? [0, 0, 0, 0];
    const { distance, along } = nearestOf(roll, (ax + bx) / 2, (ay + by) / 2);
    assert.ok(distance < 1e-12);
    const middle = ((roll.lengths[99] ?? 0) + (roll.lengths[100] ?? 0)) / 2;
    assert.ok(Math.abs(along - middle) < 1e-12);
  },

  "rows at one place: one piece, KL ln 60; rows afar: none of quality"() {
    const { roll } = CURVES;
    const [x, y] = roll.segments[7] ?? [0, 0];
    const at = (p: number, q: number) => ({
      values: Float32Array.from({ length: 20 }, (_, k) => (k % 2 === 0 ? p : q)),
      count: 10,
      dimension: 2,
    });
    const one = curveScores(at(x, y), roll, 60);
    assert.equal([one.reached, one.quality], [1, 1]);
    assert.ok(Math.abs(one.reverseKl - Math.log(60)) < 1e-12);
    const none = curveScores(at(5, 5), roll, 60);
    assert.equal([none.reached, none.quality], [0, 0]);
  },
});
