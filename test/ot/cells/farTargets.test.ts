// Targets far from 0, whose digits float32 does not hold: heights must fit the rows as they were
// given.
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { solveExact } from "../../../src/ot/exact/exact.ts";
import { fullRows, pick, points, rows } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { farCloud, givenChi2 } from "../instances.ts";

const gpu = await testEngine();

describe("targets far from 0", {
  "are solved exactly as those at 0, in one and two dimensions (1e-9 of their spread)": () => {
    for (const d of [1, 2]) {
      for (const offset of [1000, 1e6]) {
        const { given, moved } = farCloud(200, d, offset);
        const far = solveExact(createProblem(points("far", given, d)));
        const near = solveExact(createProblem(points("near", moved, d)));
        // The last bit of heights.
        assert.ok(far.maxRelativeError < 1e-8, `d = ${d}, ${offset}: ${far.maxRelativeError}`);
        far.heights.forEach((h, i) => {
          assert.ok(Math.abs(h - (near.heights[i] as number)) < 1e-12, `d = ${d}, ${offset}: height ${i}`);
        });
        // 80,000 samples: χ² of right masses is 0 ± 2.5e-4.
        assert.ok(Math.abs(givenChi2(given, d, far.heights, 80_000)) < 1.5e-3);
      }
    }
  },

  async "are solved by samples as well as those at 0, in three dimensions"() {
    for (const offset of [1000, 1e6]) {
      const { given } = farCloud(200, 3, offset);
      const { heights, stop } = await solve(gpu, createProblem(points("far", given, 3)), { chi2: 0.01 });
      assert.is(stop, "reached");
      const chi2 = givenChi2(given, 3, heights, 80_000);
      assert.ok(chi2 < 0.013, `${offset}: ${chi2}`);
    }
  },

  "float32 rows lose nothing either": () => {
    const random = hostRandom(2, 0);
    const given = Float32Array.from({ length: 400 }, () => 1000 + 0.01 * random.normal());
    const { heights, stop } = solveExact(createProblem(points("far", given, 2)));
    assert.is(stop, "reached");
    assert.ok(Math.abs(givenChi2(given, 2, heights, 80_000)) < 1.5e-3);
  },

  "equal rows are those that are equal in float64": () => {
    const given = [1000, 1, 1000 + 1e-9, 1, 1000, 1, 1001, -0, 1001, 0];
    const { duplicates, nu } = createProblem(points("twins", given, 2));
    assert.is(duplicates, 2);
    assert.equal(
      [...nu].map((m) => Number(m.toFixed(12))),
      [0.4, 0.2, 0, 0.4, 0],
    );
  },

  "digits stay with picked rows, and are kept only where float32 has fewer": () => {
    const given = points("y", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 2);
    assert.equal([...fullRows(pick(given, [2, 0]))], [0.5, 0.6, 0.1, 0.2]);
    assert.equal([...fullRows(rows(given, 1, 2))], [0.3, 0.4, 0.5, 0.6]);
    assert.is(points("y", [1, 2, 0.5, 4], 2).unrounded, undefined);
    assert.is(points("y", Float32Array.of(0.1, 0.2), 2).unrounded, undefined);
  },
});
