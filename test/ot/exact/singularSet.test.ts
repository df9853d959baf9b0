// The singular set of exact cells, and distances to it, against brute force.
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { solveExact } from "../../../src/ot/exact/exact.ts";
import { exactIndex } from "../../../src/ot/exact/exactMap.ts";
import { depthInCells, distanceToFacets, singularSet } from "../../../src/ot/exact/singularSet.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem, type Problem } from "../../../src/ot/problem.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const SEED = 5;
const COUNT = 24;
const random = hostRandom(SEED, 0);
/** Three clusters, of which target i belongs to number i mod 3. */
const labels = Array.from({ length: COUNT }, (_, i) => i % 3);
const rows = labels.flatMap((k) => [Math.cos(2 * k) + 0.1 * random.normal(), Math.sin(2 * k) + 0.1 * random.normal()]);
const problem: Problem = createProblem(points("targets", rows, 2));
const solution = solveExact(problem);
const singular = singularSet(solution.cells, labels);
const normals = (count: number): Float64Array => Float64Array.from({ length: 2 * count }, () => random.normal());
const labelAt = (x: ArrayLike<number>): number[] =>
  Array.from(exactIndex(problem, solution.heights, solution.cells, x), (i) => labels[i] as number);

describe("singularSet", {
  "two targets: the perpendicular at which both score the same, through all of the square"() {
    const two = createProblem(points("targets", [-2, -1, 2, 1], 2));
    const { cells } = solveExact(two);
    const { count, ends, between } = singularSet(cells, [0, 1]);
    assert.is(count, 1);
    assert.equal([...between], [0, 1]);
    const x = normals(200);
    const far = distanceToFacets({ count, ends, between }, x);
    for (let m = 0; m < 200; m++) {
      const expected = Math.abs(2 * (x[2 * m] as number) + (x[2 * m + 1] as number)) / Math.sqrt(5);
      assert.ok(Math.abs((far[m] as number) - expected) < 1e-9, `${far[m]} and ${expected}`);
    }
    assert.is(singularSet(cells, [3, 3]).count, 0);
    assert.equal([...distanceToFacets(singularSet(cells, [3, 3]), [0, 0])], [Number.POSITIVE_INFINITY]);
  },

  "within the distance all of a circle has one label, a little beyond there is another: exactly the way to the nearest jump"() {
    const count = 60;
    const x = normals(count);
    const far = distanceToFacets(singular, x);
    const own = labelAt(x);
    const STEPS = 2000;
    for (let m = 0; m < count; m++) {
      const circle = (radius: number): number[] => {
        const around = new Float64Array(2 * STEPS);
        for (let s = 0; s < STEPS; s++) {
          const angle = (2 * Math.PI * s) / STEPS;
          around[2 * s] = (x[2 * m] as number) + radius * Math.cos(angle);
          around[2 * s + 1] = (x[2 * m + 1] as number) + radius * Math.sin(angle);
        }
        return labelAt(around);
      };
      const distance = far[m] as number;
      assert.ok(distance > 0 && distance < 9);
      for (const share of [0.2, 0.5, 0.8, 0.999])
        assert.ok(
          circle(share * distance).every((label) => label === own[m]),
          `${m}: a jump nearer than ${distance}`,
        );
      // A circle of 2000 places misses no chord wider than its radius / 300; one of this height is
      // wider.
      assert.ok(
        circle(1.001 * distance).some((label) => label !== own[m]),
        `${m}: no jump at ${distance}`,
      );
    }
  },

  "depth: a ball within it stays in the cell, one beyond it does not"() {
    const count = 60;
    const x = normals(count);
    const index = exactIndex(problem, solution.heights, solution.cells, x);
    const depth = depthInCells(solution.cells, index, x);
    for (let m = 0; m < count; m++) {
      const at = (radius: number): Set<number> => {
        const around = Float64Array.from({ length: 4000 }, (_, k) => {
          const angle = (2 * Math.PI * (k >> 1)) / 2000;
          return (x[2 * m + (k % 2)] as number) + radius * (k % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
        });
        return new Set(exactIndex(problem, solution.heights, solution.cells, around));
      };
      assert.ok((depth[m] as number) >= 0);
      assert.is(at(0.999 * (depth[m] as number)).size, 1);
      assert.ok(at(1.001 * (depth[m] as number)).size > 1);
    }
    const elsewhere = index.map((i) => (i + 1) % COUNT);
    assert.ok(depthInCells(solution.cells, elsewhere, x).every((d) => d < 0));
  },

  "refuses lines and labels of another number"() {
    const line = solveExact(createProblem(points("targets", [0, 1, 2], 1)));
    throws(() => singularSet(line.cells, [0, 0, 1]), "singularSet: expected cells of the plane, got dimension 1");
    throws(() => singularSet(solution.cells, [0]), "singularSet: expected 24 `labels`, one per target, got 1");
  },
});
