// A map's cells around a point and in a plane, against the definition of power cells.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { centredAngle } from "../../../src/ot/map/angles.ts";
import { cellsInPlane, nearestFacet } from "../../../src/ot/map/slice.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { describe } from "../../support/suite.ts";
import { rejects, throws } from "../../support/throws.ts";

const gpu = { pause: async (): Promise<void> => undefined };
const D = 4;
const number = fc.double({ min: -2, max: 2, noNaN: true, noDefaultInfinity: true });
const vector = fc.array(number, { minLength: D, maxLength: D });
const maps = fc
  .array(fc.tuple(vector, fc.double({ min: -1, max: 1, noNaN: true })), { minLength: 2, maxLength: 30 })
  .filter((rows) => new Set(rows.map(([row]) => Math.fround(row[0] as number))).size === rows.length)
  .map((rows) => ({
    problem: createProblem(points("targets", Float32Array.from(rows.flatMap(([row]) => row)), D)),
    heights: Float64Array.from(rows, ([, height]) => height),
    gpu,
  }));

type Map = typeof maps extends fc.Arbitrary<infer M> ? M : never;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * (b[k] as number), 0);

/** <x, y_i> + h_i for all i. */
const scoresOf = ({ problem, heights }: Map, x: ArrayLike<number>): number[] =>
  Array.from(heights, (h, i) => h + dot(problem.targets.values.subarray(i * D, i * D + D), x));
const cellOf = (map: Map, x: ArrayLike<number>): number => {
  const scores = scoresOf(map, x);
  return scores.indexOf(Math.max(...scores));
};

/** Two orthonormal vectors by Gram and Schmidt; undefined where they are nearly parallel. */
function orthonormal(a: readonly number[], b: readonly number[]): readonly [number[], number[]] | undefined {
  const [la, lb] = [Math.hypot(...a), Math.hypot(...b)];
  if (!(la > 0.1 && lb > 0.1)) return undefined;
  const u = a.map((value) => value / la);
  const rest = b.map((value, k) => value - dot(b, u) * (u[k] as number));
  const length = Math.hypot(...rest);
  return length > 0.1 ? [u, rest.map((value) => value / length)] : undefined;
}

const planes = fc
  .tuple(vector, vector)
  .map(([a, b]) => orthonormal(a, b))
  .filter((directions) => directions !== undefined);

describe("cells around a point and in a plane", {
  "the nearest facet is touched by the greatest ball in the cell (seed 1, 200 points, to 1e-9)"() {
    fc.assert(
      fc.property(maps, vector, vector, (map, x, direction) => {
        const { cell, across, distance, angle } = nearestFacet(map, x);
        assert.is(cell, cellOf(map, x));
        assert.ok(distance >= 0);
        assert.is(angle, centredAngle(map.problem, 0.1)(cell, across));
        const length = Math.hypot(...direction);
        const inside = x.map((value, k) => value + ((direction[k] as number) / (length || 1)) * distance * 0.999);
        const [scores, reached] = [scoresOf(map, x), scoresOf(map, inside)];
        assert.ok(Math.max(...reached) - (reached[cell] as number) <= 1e-9, "a ball around x lies in the cell");
        const y = map.problem.targets.values;
        const normal = Array.from({ length: D }, (_, k) => (y[across * D + k] as number) - (y[cell * D + k] as number));
        const size = Math.hypot(...normal);
        const foot = x.map((value, k) => value + ((normal[k] as number) / size) * distance);
        const there = scoresOf(map, foot);
        const gap = (there[cell] as number) - (there[across] as number);
        assert.ok(Math.abs(gap) <= 1e-9 * (1 + Math.abs(scores[cell] as number)), `${gap} on the facet`);
        assert.ok(Math.max(...there) - (there[cell] as number) <= 1e-9, "the foot belongs to both cells");
      }),
      { seed: 1, numRuns: 200, includeErrorInReport: true },
    );
  },

  async "polygons of a plane fill the square, and a point lies in that of its cell (seed 2, 100 planes, to 1e-9)"() {
    const half = 2.5;
    await fc.assert(
      fc.asyncProperty(maps, vector, planes, number, number, async (map, origin, [u, v], s, t) => {
        const { dimension, start, vertices, across } = await cellsInPlane(map, { origin, u, v }, half);
        assert.is(dimension, 2);
        assert.is(start.length, map.heights.length + 1);
        const at = (p: number, q: number): number[] =>
          origin.map((value, k) => value + p * (u[k] as number) + q * (v[k] as number));
        let area = 0;
        for (let i = 0; i + 1 < start.length; i++) {
          const [from, to] = [start[i] as number, start[i + 1] as number];
          let [centreX, centreY] = [0, 0];
          for (let k = from; k < to; k++) {
            const q = k + 1 === to ? from : k + 1;
            const [ax, ay] = [vertices[2 * k] as number, vertices[2 * k + 1] as number];
            const [bx, by] = [vertices[2 * q] as number, vertices[2 * q + 1] as number];
            area += (ax * by - ay * bx) / 2;
            centreX += ax / (to - from);
            centreY += ay / (to - from);
            const j = across[k] as number;
            const scores = scoresOf(map, at((ax + bx) / 2, (ay + by) / 2));
            const best = Math.max(...scores);
            assert.ok(best - (scores[i] as number) <= 1e-9, "an edge belongs to its cell");
            if (j >= 0) assert.ok(best - (scores[j] as number) <= 1e-9, "and to the one across");
            else assert.ok(Math.max(Math.abs(ax + bx), Math.abs(ay + by)) / 2 >= half * (1 - 1e-12), "on the border");
          }
          if (to === from) continue;
          const scores = scoresOf(map, at(centreX, centreY));
          assert.ok(Math.max(...scores) - (scores[i] as number) <= 1e-9);
        }
        assert.ok(Math.abs(area - 4 * half * half) <= 1e-9, `area ${area}`);
        const cell = cellOf(map, at(s, t));
        assert.ok((start[cell + 1] as number) > (start[cell] as number), "the cell of a point of the square is there");
      }),
      { seed: 2, numRuns: 100, includeErrorInReport: true },
    );
  },

  async "a single cell has no facet and fills the plane; cells without mass are none"() {
    const problem = createProblem(points("targets", [0, 0, 1, 1, 5, 5], 2), { nu: [1, 0, 0] });
    const map = { problem, heights: Float64Array.of(0, -Infinity, -Infinity), gpu };
    assert.equal(nearestFacet(map, [3, 4]), { cell: 0, across: -1, distance: Infinity, angle: Number.NaN });
    const { start, across } = await cellsInPlane(map, { origin: [1, 1], u: [1, 0], v: [0, 1] }, 3);
    assert.equal([...start], [0, 4, 4, 4]);
    assert.equal([...across], [-1, -1, -1, -1]);
  },

  async "bad input gets one line, and an aborted signal its reason"() {
    const problem = createProblem(points("targets", [0, 0, 1, 1], 2));
    const map = { problem, heights: new Float64Array(2), gpu };
    const plane = { origin: [0, 0], u: [1, 0], v: [0, 1] };
    throws(() => nearestFacet(map, [1]), "nearestFacet: expected a point of 2 numbers, got 1");
    for (const [given, half, message] of [
      [{ ...plane, u: [1, 0, 0] }, 1, "cellsInPlane: expected `u` of 2 numbers, got 3"],
      [{ ...plane, v: [1, 1] }, 1, "cellsInPlane: expected orthonormal directions"],
      [{ ...plane, v: [0, Number.NaN] }, 1, "cellsInPlane: expected orthonormal directions"],
      [plane, Number.NaN, "cellsInPlane: expected `half` above 0, got NaN"],
      [plane, 0, "cellsInPlane: expected `half` above 0, got 0"],
    ] as const) {
      await rejects(cellsInPlane(map, given, half), message);
    }
    const reason = new Error("enough");
    const stopped = {
      ...map,
      gpu: {
        async pause() {
          throw reason;
        },
      },
    };
    assert.is(await cellsInPlane(stopped, plane, 1).catch((error: unknown) => error), reason);
  },
});
