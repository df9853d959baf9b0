// Power cells in the plane against cells that are cut by every other site, and Newton's matrix
// against differences.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { diagrams, hessian } from "../../../src/ot/exact/plane/diagram.ts";
import { laplacian, multiply, solveLaplacian } from "../../../src/ot/exact/plane/laplacian.ts";
import { clipCells, polygon } from "../../../src/ot/exact/plane/polygons.ts";
import { above, turn } from "../../../src/ot/exact/plane/predicates.ts";
import { hilbertOrder, triangulate } from "../../../src/ot/exact/plane/triangulation.ts";
import type { Density } from "../../../src/ot/source.ts";
import { describe } from "../../support/suite.ts";
import { checked } from "../instances.ts";

/**
 * Sites in general position, on a line, on a grid, on a circle or on few places, at heights that
 * are random, flat or Voronoi's.
 */
const clouds = fc
  .record({
    count: fc.integer({ min: 1, max: 60 }),
    shape: fc.constantFrom("random", "line", "grid", "circle", "twins"),
    lift: fc.constantFrom("random", "flat", "voronoi", "wild"),
    source: fc.constantFrom<Density>("cube", "gaussian"),
    seed: fc.nat(1e6),
  })
  .map(({ count, shape, lift, source, seed }) => {
    const random = hostRandom(seed, 0);
    const site = (i: number): readonly [number, number] => {
      const angle = (2 * Math.PI * i) / count;
      if (shape === "line") return [0.25 * random.normal(), 0];
      if (shape === "grid") return [((i % 7) - 3) / 7, (Math.floor(i / 7) - 3) / 7];
      if (shape === "circle") return [0.5 * Math.cos(angle), 0.5 * Math.sin(angle)];
      if (shape === "twins") return [Math.round(2 * random.normal()) / 8, Math.round(2 * random.normal()) / 8];
      return [0.3 * random.normal(), 0.3 * random.normal()];
    };
    const y = Float64Array.from(Array.from({ length: count }, (_, i) => site(i)).flat());
    const h = Float64Array.from({ length: count }, (_, i) => {
      const square = ((y[2 * i] as number) ** 2 + (y[2 * i + 1] as number) ** 2) / 2;
      if (lift === "flat") return 0;
      return lift === "voronoi" ? -square : (lift === "wild" ? 1 : 0.02) * random.normal() - square;
    });
    // Where sites coincide or lie in one plane, an edge may be any of several neighbours'.
    const regular = shape !== "twins" && lift !== "flat";
    return { y, h, source, count, regular };
  });
const property = (body: (cloud: Parameters<Parameters<typeof clouds.map>[0]>[0]) => void, numRuns = 150): void =>
  fc.assert(fc.property(clouds, body), { ...checked, numRuns });

/** The cells cut by all other sites. */
function bruteForce(y: Float64Array, h: Float64Array, half: number) {
  const count = y.length / 2;
  const start = Int32Array.from({ length: count + 1 }, (_, i) => i * (count - 1));
  const list = Int32Array.from({ length: count * (count - 1) }, (_, e) => {
    const [i, r] = [Math.floor(e / (count - 1)), e % (count - 1)];
    return r < i ? r : r + 1;
  });
  return clipCells(y, h, { start, list }, { count, half });
}

function area(vertices: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < vertices.length; k += 2) {
    const q = (k + 2) % vertices.length;
    sum +=
      (vertices[k] as number) * (vertices[q + 1] as number) - (vertices[k + 1] as number) * (vertices[q] as number);
  }
  return sum / 2;
}

describe("exact cells in the plane", {
  "they are those that all other sites cut, in left turns, and hidden sites have none": () =>
    property(({ y, h, source, count }) => {
      if (count === 1) return;
      const half = source === "cube" ? 0.5 : 9;
      const { polygons } = diagrams(y, source)(h);
      const expected = bruteForce(y, h, half);
      for (let i = 0; i < count; i++) {
        // Equal sites at equal heights share a cell: here the first inserted has it, there all or
        // none.
        const twin = Array.from({ length: count }, (_, j) => j).some(
          (j) => j !== i && y[2 * j] === y[2 * i] && y[2 * j + 1] === y[2 * i + 1] && h[j] === h[i],
        );
        const [got, wanted] = [area(polygon(polygons, i)), area(polygon(expected, i))];
        assert.ok(got >= 0, "left turns");
        if (!twin) assert.ok(Math.abs(got - wanted) <= 1e-13 * half * half, `cell ${i}: ${got}, expected ${wanted}`);
      }
    }),

  "masses sum to 1, first moments to 0, and edges are seen alike from both sides (1e-12)": () =>
    property(({ y, h, source, regular }) => {
      const { masses, moments, costs, edges, polygons } = diagrams(y, source)(h);
      const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum(masses) - 1) < 1e-12, `masses sum to ${sum(masses)}`);
      assert.ok(Math.abs(sum(moments)) < 1e-12, `moments sum to ${sum(moments)}`);
      assert.ok(costs.every((c) => c >= -1e-14));
      if (!regular) return;
      const seen = new Map<string, number>();
      for (let i = 0; i < masses.length; i++) {
        for (let k = polygons.start[i] as number; k < (polygons.start[i + 1] as number); k++) {
          const j = polygons.across[k] as number;
          // A cell without area may lie along the border of the domain, where its neighbour ends.
          if (j >= 0 && (masses[i] as number) > 1e-13 && (masses[j] as number) > 1e-13)
            seen.set(`${i} ${j}`, edges[k] as number);
        }
      }
      for (const [pair, length] of seen) {
        const back = seen.get(pair.split(" ").reverse().join(" ")) ?? 0;
        assert.ok(Math.abs(length - back) < 1e-12, `${pair}: ${length} and ${back}`);
      }
    }),

  "masses and moments under N(0, I) are those of a fine sum (1e-4)": () => {
    const y = Float64Array.of(0.4, 0, -0.2, 0.5, -0.3, -0.6);
    const h = Float64Array.of(0.05, -0.1, 0.1);
    const { masses, moments, costs } = diagrams(y, "gaussian")(h);
    const sums = new Float64Array(12);
    const step = 1 / 256;
    for (let a = -8 + step / 2; a < 8; a += step) {
      for (let b = -8 + step / 2; b < 8; b += step) {
        const scores = [0, 1, 2].map((i) => a * (y[2 * i] as number) + b * (y[2 * i + 1] as number) + (h[i] as number));
        const i = scores.indexOf(Math.max(...scores));
        const p = (step * step * Math.exp(-0.5 * (a * a + b * b))) / (2 * Math.PI);
        const cost = (a - (y[2 * i] as number)) ** 2 + (b - (y[2 * i + 1] as number)) ** 2;
        [1, a, b, cost].forEach((f, c) => {
          (sums[4 * i + c] as number) += p * f;
        });
      }
    }
    for (let i = 0; i < 3; i++) {
      const got = [masses[i], moments[2 * i], moments[2 * i + 1], costs[i]] as number[];
      got.forEach((value, c) => {
        assert.ok(Math.abs(value - (sums[4 * i + c] as number)) < 1e-4, `${c} of ${i}: ${value}, ${sums[4 * i + c]}`);
      });
    }
  },

  "the Hessian is the derivative of the masses (O8: central differences, 1e-6)": () =>
    property(({ y, h, source, count, regular }) => {
      if (!regular) return;
      const at = diagrams(y, source);
      const matrix = hessian(at(h), y);
      const scale = 1e-5;
      const v = Float64Array.from({ length: count }, (_, i) => Math.sin(3 * i + 1));
      const move = (s: number): Float64Array => at(h.map((value, i) => value + s * (v[i] as number))).masses;
      const [up, down, down2, up2] = [move(scale), move(-scale), move(-2 * scale), move(2 * scale)];
      multiply(matrix, v).forEach((slope, i) => {
        const [near, far] = [
          ((up[i] as number) - (down[i] as number)) / (2 * scale),
          ((up2[i] as number) - (down2[i] as number)) / (4 * scale),
        ];
        // Where a vertex of the cells disappears between the two, masses have no second derivative:
        // there they differ.
        const smooth = Math.abs(near - far) < 1e-7 * (1 + Math.abs(near));
        if (smooth) assert.ok(Math.abs(slope - near) < 1e-6 * (1 + Math.abs(slope)), `${i}: ${slope}, ${near}`);
      });
    }, 60),

  "the linear system is solved on paths, grids and random graphs": () => {
    const random = hostRandom(5, 0);
    for (const count of [2, 3, 50, 400]) {
      const [from, to, weights]: [number[], number[], number[]] = [[], [], []];
      const edge = (i: number, j: number): void => {
        from.push(Math.min(i, j));
        to.push(Math.max(i, j));
        weights.push(Math.exp(3 * random.normal()));
      };
      for (let i = 1; i < count; i++) edge(i, i - 1);
      if (count > 3) for (let i = 20; i < count; i++) edge(i, i - 20);
      const matrix = laplacian(count, from, to, weights);
      const b = Float64Array.from({ length: count }, () => random.normal());
      const mean = b.reduce((a, c) => a + c, 0) / count;
      const x = solveLaplacian(
        matrix,
        b.map((value) => value - mean),
        1e-12,
      );
      const back = multiply(matrix, x);
      b.forEach((value, i) => {
        assert.ok(Math.abs((back[i] as number) - value + mean) < 1e-8, `${back[i]}, expected ${value - mean}`);
      });
      assert.ok(Math.abs(x.reduce((a, c) => a + c, 0)) < 1e-9 * count);
    }
  },

  "signs are right where float64 cannot tell": () => {
    const tiny = 2 ** -60;
    const y = Float64Array.of(0.5, 0.5, 12, 12, 24, 24, 0.5, 0.5 + 2 ** -53, 1e-300, 1e-300);
    assert.is(turn(y, 0, 1, 2), 0);
    assert.ok(turn(y, 3, 1, 2) > 0);
    assert.ok(turn(y, 1, 3, 2) < 0);
    assert.is(turn(y, 4, 1, 2), 0);
    const square = Float64Array.of(0.1, 0.1, 0.7, 0.1, 0.7, 0.7, 0.1, 0.7);
    const flat = Float64Array.of(0.3, 0.3, 0.3, 0.3);
    assert.not.ok(above(square, flat, 0, 1, 2, 3));
    assert.ok(above(square, Float64Array.of(tiny, 0, tiny, 4 * tiny), 0, 1, 2, 3));
    assert.not.ok(above(square, Float64Array.of(tiny, 0, tiny, tiny), 0, 1, 2, 3));
  },

  "Hilbert's order takes points once, and short steps on a grid": () => {
    const y = Float64Array.from({ length: 2 * 32 * 32 }, (_, at) =>
      at % 2 === 0 ? (at >> 1) % 32 : Math.floor((at >> 1) / 32),
    );
    const order = hilbertOrder(y);
    assert.is(new Set(order).size, 1024);
    let length = 0;
    for (let r = 1; r < 1024; r++) {
      const [a, b] = [order[r - 1] as number, order[r] as number];
      length += Math.hypot(
        (y[2 * a] as number) - (y[2 * b] as number),
        (y[2 * a + 1] as number) - (y[2 * b + 1] as number),
      );
    }
    assert.ok(length < 1.2 * 1023, `${length}`);
    assert.ok(
      triangulate(Float64Array.of(-1, -1, 1, -1, 1, 1, -1, 1), new Float64Array(4), Int32Array.of()).list.length === 10,
    );
  },
});
