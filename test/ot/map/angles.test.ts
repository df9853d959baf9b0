// Angles between normals of the potential's graph.
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { angleOfRows, centredAngle } from "../../../src/ot/map/angles.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { describe } from "../../support/suite.ts";

describe("angles", {
  "small ones, right ones and straight ones keep their digits": () => {
    for (const angle of [1e-12, 1e-8, 1e-3, 0.5, Math.PI / 2, 3, Math.PI]) {
      const values = [1, 0, 3 * Math.cos(angle), 3 * Math.sin(angle)];
      const found = angleOfRows({ values, dimension: 2 }, 0, 1, 0);
      assert.ok(Math.abs(found - angle) <= 1e-15 + 1e-14 * angle, `${found}, expected ${angle}`);
    }
    assert.is(angleOfRows({ values: [1, 2, 1, 2], dimension: 2 }, 0, 1, 1), 0);
    assert.is(angleOfRows({ values: [0, 0, 1, 2], dimension: 2 }, 0, 1, 0), 0);
  },

  "in any dimension they are the arc cosine's, where that has digits (1e-12)": () => {
    const random = hostRandom(5, 0);
    for (const d of [1, 2, 3, 17, 100]) {
      const rows = Float64Array.from({ length: 2 * d }, () => random.normal());
      const [a, b] = [
        [...rows.subarray(0, d), -0.7],
        [...rows.subarray(d), -0.7],
      ] as const;
      const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((s, x, k) => s + x * (v[k] ?? 0), 0);
      const expected = Math.acos(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)));
      assert.ok(Math.abs(angleOfRows({ values: rows, dimension: d }, 0, 1, 0.7) - expected) < 1e-12);
    }
  },

  "targets far from 0, on any scale, have the angles of centred ones (1e-9), and a lift of 1 those of the graph":
    () => {
      const rows = [-1, 0, 1, 0, 0, 1, 0, -1];
      for (const [scale, shift] of [
        [1, 0],
        [2 ** -20, 1024],
        [2 ** 40, -(2 ** 45)],
      ] as const) {
        const moved = Float64Array.from(rows, (v) => v * scale + shift);
        const problem = createProblem(points("targets", moved, 2));
        assert.ok(Math.abs(centredAngle(problem, 1)(0, 1) - Math.PI / 2) < 1e-9);
        assert.ok(Math.abs(centredAngle(problem, 0.1)(0, 1) - 2 * Math.atan(10)) < 1e-9);
      }
    },
});
