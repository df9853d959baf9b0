// Points that stand for others, against the definition, which compares every point with all earlier
// ones.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { hostRandom } from "../../src/math/philox.ts";
import { closePoints, diameterBound, gatherDistance, gatherMasses } from "../../src/ot/closePoints.ts";
import { describe } from "../support/suite.ts";
import { checked } from "./instances.ts";

function distance(values: ArrayLike<number>, d: number, i: number, j: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += ((values[i * d + k] as number) - (values[j * d + k] as number)) ** 2;
  return Math.sqrt(sum);
}

/** The definition, and how near to the radius a distance comes, relative to it. */
function byDefinition(values: ArrayLike<number>, d: number, radius: number, keep: (i: number) => boolean) {
  const count = values.length / d;
  const first: number[] = [];
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    first.push(i);
    for (let j = i - 1; j >= 0 && keep(i); j--) {
      if (!keep(j) || first[j] !== j) continue;
      const apart = distance(values, d, i, j);
      if (apart > 0 && radius > 0) nearest = Math.min(nearest, Math.abs(apart / radius - 1));
      if (apart <= radius) first[i] = j;
    }
  }
  return { first, nearest };
}

/** Clouds spread out, in clusters, chains, lattices, on lines, with equal rows, far off. */
const clouds = fc.record({
  count: fc.integer({ min: 1, max: 150 }),
  d: fc.constantFrom(1, 2, 3, 7, 16, 100),
  kind: fc.constantFrom("normal", "clusters", "chain", "lattice", "line", "rounded", "equal"),
  scale: fc.constantFrom(1, 1e-200, 1e-9, 1e12),
  offset: fc.constantFrom(0, 0, 1, 1e6),
  radius: fc.constantFrom(0, 1e-16, 1e-9, 1e-3, 0.1, 1, 100),
  float32: fc.boolean(),
  dropped: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1e6 }),
});
type Cloud = typeof clouds extends fc.Arbitrary<infer T> ? T : never;

function rowsOf({ count, d, kind, scale, offset, radius, seed }: Cloud): Float64Array {
  const random = hostRandom(seed, 0);
  const along = Float64Array.from({ length: d }, () => random.normal());
  const centres = Float64Array.from({ length: 5 * d }, () => random.normal());
  const values = new Float64Array(count * d);
  for (let i = 0; i < count; i++) {
    const cluster = random.integer(5);
    for (let k = 0; k < d; k++) {
      const normal = random.normal();
      const value = {
        normal,
        clusters: (centres[cluster * d + k] as number) + 0.4 * radius * normal,
        chain: 0.6 * radius * i * (k === 0 ? 1 : 0) + 1e-3 * radius * normal,
        lattice: k < 2 ? (k === 0 ? i % 10 : Math.floor(i / 10)) : 0,
        line: (along[k] as number) * i,
        rounded: Math.round(normal),
        equal: 0.1,
      }[kind];
      values[i * d + k] = scale * (offset + value);
    }
  }
  return values;
}

describe("close points", {
  "are those of the definition: 400 clouds of all kinds"() {
    fc.assert(
      fc.property(clouds, (cloud) => {
        const exact = rowsOf(cloud);
        const values = cloud.float32 && cloud.scale > 1e-30 ? Float32Array.from(exact) : exact;
        const keep = (i: number): boolean => !(cloud.dropped && i % 3 === 1);
        const radius = cloud.scale * cloud.radius;
        // The definition squares distances, which must not underflow.
        const unit = cloud.scale < 1e-30 ? 2 ** 600 : 1;
        const { first, nearest } = byDefinition(
          Float64Array.from(values, (v) => unit * v),
          cloud.d,
          unit * radius,
          keep,
        );
        fc.pre(nearest > 1e-12); // else rounding decides
        assert.equal([...closePoints(values, cloud.d, radius, keep)], first);
      }),
      { ...checked, numRuns: 400 },
    );
  },

  "are exact at the last bits of float64 and of the smallest numbers"() {
    const one = 1 + 2 ** -52;
    assert.equal([...closePoints(Float64Array.of(1, one, 0, -0, 3), 1, 0)], [0, 1, 2, 2, 4]);
    assert.equal([...closePoints(Float64Array.of(1, one, 0, 2 ** -52, 3), 1, 2 ** -52)], [0, 0, 2, 2, 4]);
    const least = Number.MIN_VALUE;
    assert.equal([...closePoints(Float64Array.of(least, 2 * least, 4 * least, 0), 1, least)], [0, 0, 2, 0]);
    assert.equal([...closePoints(Float64Array.of(least, 1, 2 * least, least), 1, 0)], [0, 1, 2, 0]);
  },

  "a million points take no more comparisons than a few each, whatever stands in one place"() {
    // Comparing all pairs, 5e11, would take hours.
    const count = 1_000_000;
    const random = hostRandom(3, 0);
    const lattice = Float32Array.from({ length: 2 * count }, (_, at) =>
      at % 2 === 0 ? (at / 2) % 1000 : Math.floor(at / 2000),
    );
    assert.ok(closePoints(lattice, 2, 0.1).every((to, i) => to === i));
    const heap = Float32Array.from({ length: count }, () => 1e-9 * random.uniform());
    heap[count - 1] = 1;
    const first = closePoints(heap, 1, 1e-8);
    assert.ok(first.every((to, i) => to === (i === count - 1 ? i : 0)));
  },

  "gather masses at the first, at a distance that is told"() {
    const values = Float64Array.of(0, 0, 3, 4, 3, 4.5, 0, 0.5);
    const first = closePoints(values, 2, 1);
    assert.equal([...first], [0, 1, 1, 0]);
    const nu = Float64Array.of(0.125, 0.125, 0.25, 0.5);
    assert.equal([...gatherMasses(nu, first)], [0.625, 0.375, 0, 0]);
    assert.is(gatherDistance(nu, first, values, 2), Math.sqrt(0.75 * 0.25));
  },

  "the diameter is bounded from above within min(√d, 2): 200 clouds"() {
    fc.assert(
      fc.property(clouds, (cloud) => {
        const values = rowsOf(cloud);
        const unit = cloud.scale < 1e-30 ? 2 ** 600 : 1;
        const keep = (i: number): boolean => !(cloud.dropped && i % 3 === 1);
        const scaled = values.map((v) => unit * v);
        let diameter = 0;
        for (let i = 0; i < cloud.count; i++)
          for (let j = 0; j < i; j++)
            if (keep(i) && keep(j)) diameter = Math.max(diameter, distance(scaled, cloud.d, i, j) / unit);
        const bound = diameterBound(values, cloud.d, keep);
        assert.ok(diameter <= bound * (1 + 1e-12), `${diameter} ${bound}`);
        assert.ok(bound <= Math.min(Math.sqrt(cloud.d), 2) * diameter * (1 + 1e-12), `${diameter} ${bound}`);
      }),
      { ...checked, numRuns: 200 },
    );
  },
});
