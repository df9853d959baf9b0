// The exact solver in the plane on tight clusters and on masses of very different size.
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { solveExact } from "../../../src/ot/exact/exact.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem, type Problem, type ProblemOptions } from "../../../src/ot/problem.ts";
import { describe } from "../../support/suite.ts";

const SOURCES = ["cube", "gaussian"] as const;
const problemOf = (rows: readonly (readonly number[])[], options?: ProblemOptions): Problem =>
  createProblem(points("targets", rows.flat(), 2), options);

describe("exact solver on clusters", {
  "tight clusters are solved, as well as heights allow (1e-6)": () => {
    const random = hostRandom(21, 0);
    const cloud = Array.from({ length: 100 }, () => [random.normal(), random.normal()]);
    const blob = (count: number, width: number, x: number, y: number): number[][] =>
      Array.from({ length: count }, () => [x + width * random.normal(), y + width * random.normal()]);
    const clouds = [
      [...cloud, ...blob(20, 1e-5, 0.3, -0.2)],
      [...cloud, ...blob(20, 1e-6, 0.3, -0.2)],
      [...blob(30, 1e-6, -1, 0), ...blob(30, 1e-6, 1, 0)],
      [...cloud, ...blob(40, 1e-3, 0, 0), ...blob(40, 1e-6, 0, 0)],
      Array.from({ length: 9 }, (_, i) => blob(15, 1e-5, i % 3, Math.floor(i / 3))).flat(),
    ];
    for (const [c, rows] of clouds.entries()) {
      for (const source of SOURCES) {
        const { stop, maxRelativeError, w2, masses, centres, iterations } = solveExact(problemOf(rows, { source }));
        const told = `cloud ${c}, ${source}: ${stop}, ${maxRelativeError}, ${iterations} steps`;
        assert.ok(stop === "reached" || stop === "rounding", told);
        assert.ok(maxRelativeError <= 1e-6, told);
        // E|x − T|² = E|x|² + Σ w |y|² − 2 Σ w <y, centre>.
        const direct = rows.reduce(
          (sum, [a = 0, b = 0], i) => {
            const [p, q] = [centres[2 * i] as number, centres[2 * i + 1] as number];
            return sum + (masses[i] as number) * (a * a + b * b - 2 * (a * p + b * q));
          },
          source === "cube" ? 1 / 6 : 2,
        );
        assert.ok(Math.abs(w2 ** 2 - direct) < 1e-6, `${told}, W2² ${w2 ** 2}, expected ${direct}`);
      }
    }
  },

  "masses over six decades in clusters end at what heights allow, without a stall": () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = hostRandom(seed, 3);
      const rows = Array.from({ length: 150 }, (_, i) => {
        const width = 10 ** (-2 * (i % 3) - 1);
        return [Math.cos(i % 3) + width * random.normal(), Math.sin(i % 3) + width * random.normal()];
      });
      const nu = rows.map(() => 10 ** (-6 * random.uniform()));
      const { stop, maxRelativeError } = solveExact(
        problemOf(rows, { nu, source: seed % 2 === 0 ? "cube" : "gaussian" }),
      );
      assert.ok(stop === "reached" || stop === "rounding", `seed ${seed}: ${stop}, ${maxRelativeError}`);
      assert.ok(maxRelativeError < 1e-2, `seed ${seed}: ${stop}, ${maxRelativeError}`);
    }
  },
});
