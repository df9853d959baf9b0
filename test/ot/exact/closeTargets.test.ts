// The exact solver on clouds with points that are too close for float64, against cells cut by all
// half-planes (test/support/halfPlanes.ts) and against 40 digits (test/support/fortyDigits.ts).
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { type ExactOptions, type ExactSolution, solveExact } from "../../../src/ot/exact/exact.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { w2OfSquare } from "../../support/fortyDigits.ts";
import { boundsOfW2, type Cloud, massesOnLine, partsAt, w2OnLine } from "../../support/halfPlanes.ts";
import { describe } from "../../support/suite.ts";

/** All 500 clouds, which take minutes, instead of a sample. */
const DEEP = process.env["BRENIER_DEEP"] === "1";
const TOLERANCE = 1e-9;

const SHAPES = ["uniform", "normal", "grid", "eight", "ring", "clusters", "segment", "line"] as const;

/** A cloud of up to `most` points with pairs and groups at 1e-6 to 1e-17 of its size. */
function cloudOf(seed: number, most: number, source?: "cube"): Cloud & { readonly name: string } {
  const random = hostRandom(seed, 4);
  const pick = (n: number): number => Math.floor(n * random.uniform());
  const shape = SHAPES[pick(source === undefined ? 8 : 7)] as (typeof SHAPES)[number];
  const count = Math.floor(3 * (most / 3) ** random.uniform());
  const side = Math.ceil(Math.sqrt(count));
  const turn = 7 * random.uniform();
  const place = (i: number): number[] => {
    const t = (2 * Math.PI * i) / Math.max(1, count - 1); // the last one is the first, but rounded
    if (shape === "uniform") return [random.uniform(), random.uniform()];
    if (shape === "normal") return [random.normal(), random.normal()];
    if (shape === "grid") return [(i % side) / side, Math.floor(i / side) / side];
    if (shape === "eight") return [Math.cos(t), Math.sin(2 * t) / 2];
    if (shape === "ring") return [Math.cos(t), Math.sin(t)];
    if (shape === "segment") return [Math.cos(turn) * t, Math.sin(turn) * t];
    if (shape === "line") return [random.normal()];
    return [2 * Math.cos(i % 5) + 0.05 * random.normal(), 2 * Math.sin(i % 5) + 0.05 * random.normal()];
  };
  const rows = Array.from({ length: count }, (_, i) => place(i));
  for (let pair = 0; pair <= pick(Math.min(8, count)); pair++) {
    const distance = 10 ** (-6 - 11 * random.uniform());
    const near = rows[pick(count)] as number[];
    const members = random.uniform() < 0.6 ? 1 : 2 + pick(8);
    for (let m = 0; m < members; m++) {
      const angle = 2 * Math.PI * random.uniform();
      const away = members === 1 ? distance : distance * (0.3 + random.uniform());
      rows.push(near.map((v, k) => v + away * (k === 0 ? Math.cos(angle) : Math.sin(angle))));
    }
  }
  // Equal points would have one mass: they have a test of their own.
  const distinct = rows.filter((row, i) => rows.findIndex((other) => other.every((v, k) => v === row[k])) === i);
  const weights = distinct.map(() => (seed % 2 === 0 ? 1 : 10 ** (-2 * random.uniform())));
  const total = weights.reduce((a, b) => a + b, 0);
  const name = `cloud ${seed}, ${shape} of ${distinct.length}`;
  const density = source ?? (random.uniform() < 0.5 ? "cube" : "gaussian");
  return { name, rows: distinct, nu: weights.map((w) => w / total), source: density };
}

const onLine = ({ rows }: Cloud): boolean => rows[0]?.length === 1;

function solved({ rows, nu, source }: Cloud, options: ExactOptions = {}): ExactSolution {
  return solveExact(createProblem(points("targets", rows.flat(), rows[0]?.length ?? 0), { nu, source }), options);
}

/** Solves, and compares the masses with those asked for, and with cells that all points cut. */
function checkMasses(cloud: Cloud & { readonly name: string }): ExactSolution & { readonly told: string } {
  const { nu, name } = cloud;
  const solution = solved(cloud);
  const { heights, asked, first, stop, masses, w2, w2Interval } = solution;
  const told = `${name}, ${cloud.source}, ${stop}`;
  assert.ok(stop === "reached" || stop === "rounding" || stop === "single", told);
  assert.ok(w2Interval[0] <= w2 && w2 <= w2Interval[1], `${told}: ${w2} in ${w2Interval}`);
  const gathered = nu.map(() => 0);
  nu.forEach((mass, i) => {
    (gathered[first[i] as number] as number) += mass;
  });
  const cells = onLine(cloud) ? massesOnLine(cloud, heights) : partsAt(cloud, heights).map(({ mass }) => mass);
  cells.forEach((mass, i) => {
    const off = Math.abs(mass - (gathered[i] as number));
    assert.ok(off <= TOLERANCE, `${told}: mass ${i} is off by ${off}`);
    assert.ok(Math.abs((masses[i] as number) - mass) <= TOLERANCE, `${told}: mass ${i}`);
    assert.ok(Math.abs((asked[i] as number) - (gathered[i] as number)) <= 1e-14, `${told}: mass ${i}`);
  });
  return { ...solution, told };
}

/** The same, and W2 against bounds from those cells. */
function check(cloud: Cloud & { readonly name: string }): void {
  const { heights, first, w2, w2Interval, told } = checkMasses(cloud);
  const value = onLine(cloud) ? w2OnLine(cloud) : undefined;
  const [low, high] = value === undefined ? boundsOfW2(cloud, heights, first) : [value, value];
  assert.ok(Math.abs(w2 - low) <= TOLERANCE, `${told}: W2 ${w2}, expected at least ${low}`);
  assert.ok(Math.abs(w2 - high) <= TOLERANCE, `${told}: W2 ${w2}, expected at most ${high}`);
  // The reference has rounding of its own.
  const [from, to] = w2Interval;
  assert.ok(from <= high + 1e-11 && to >= low - 1e-11, `${told}: ${w2Interval} and [${low}, ${high}]`);
}

describe("exact solver on close targets", {
  [`masses and W2 are those of all half-planes (${DEEP ? 300 : 30} clouds, seeds from 1, 1e-9)`]: () => {
    for (let seed = 1; seed <= (DEEP ? 300 : 30); seed++) check(cloudOf(seed, DEEP ? 2000 : 120));
  },

  [`the interval of W2 contains its 40 digits (${DEEP ? 200 : 30} clouds of few points, seeds from 1001, 1e-9)`]:
    () => {
      for (let seed = 1001; seed <= (DEEP ? 1200 : 1030); seed++) {
        const cloud = cloudOf(seed, 8, "cube");
        const exact = w2OfSquare(cloud.rows, cloud.nu);
        const { w2, w2Interval, told } = checkMasses(cloud);
        assert.ok(w2Interval[0] <= exact && exact <= w2Interval[1], `${told}: ${w2Interval}, expected ${exact}`);
        assert.ok(Math.abs(w2 - exact) <= TOLERANCE, `${told}: ${w2}, expected ${exact}`);
      }
    },

  "the interval contains W2 wherever the solver ends, also after one step (30 clouds, seeds from 2001)": () => {
    for (let seed = 2001; seed <= 2030; seed++) {
      const cloud = cloudOf(seed, 8, "cube");
      const exact = w2OfSquare(cloud.rows, cloud.nu);
      for (const iterations of [1, 2, 3, 4]) {
        const { w2, w2Interval, stop } = solved(cloud, { iterations });
        const told = `${cloud.name}, ${iterations}, ${stop}: ${w2Interval}, expected ${exact}`;
        assert.ok(w2Interval[0] <= exact && exact <= w2Interval[1], told);
        assert.ok(w2Interval[0] <= w2 && w2 <= w2Interval[1] && w2Interval[1] < Number.POSITIVE_INFINITY, told);
      }
    }
  },

  "a close pair spoils nothing: far masses, W2 and steps are those of the cloud without it (1e-9)": () => {
    for (const source of ["cube", "gaussian"] as const) {
      for (const distance of [1e-6, 1e-9, 1e-13, 1e-16]) {
        const random = hostRandom(3, 0);
        const rows = Array.from({ length: 60 }, () => [random.uniform(), random.uniform()]);
        const [x = 0, y = 0] = rows[17] as number[];
        const base = solved({ rows, nu: rows.map((_, i) => (i === 17 ? 2 / 61 : 1 / 61)), source });
        const all = [...rows, [x + 0.6 * distance, y - 0.8 * distance]];
        const pair = solved({ rows: all, nu: all.map(() => 1 / 61), source });
        const told = `${source}, ${distance}: ${pair.stop}`;
        assert.ok(pair.stop === "reached" || pair.stop === "rounding", told);
        assert.ok(
          pair.iterations <= base.iterations + 8,
          `${told}, ${pair.iterations} steps, ${base.iterations} without`,
        );
        rows.forEach((_, i) => {
          if (i !== 17) assert.ok(Math.abs((pair.masses[i] as number) - 1 / 61) <= TOLERANCE, `${told}: mass ${i}`);
        });
        assert.ok(Math.abs((pair.masses[17] as number) + (pair.masses[60] as number) - 2 / 61) <= TOLERANCE, told);
        assert.ok(Math.abs(base.w2 - pair.w2) <= TOLERANCE + distance, told);
      }
    }
  },

  "of close targets the heaviest has all mass, of equally heavy ones the first; a solution can be started from": () => {
    const near = 1 + 2 ** -50;
    const rows = [
      [0, 0],
      [1, 0],
      [near, 0],
      [0, 1],
      [0, 1 + 2 ** -50],
    ];
    const cloud: Cloud = { rows, nu: [0.2, 0.1, 0.3, 0.2, 0.2], source: "gaussian" };
    const solution = solved(cloud);
    assert.equal([...solution.first], [0, 2, 2, 3, 3]);
    assert.equal(
      [...solution.asked].map((mass) => Number(mass.toFixed(12))),
      [0.2, 0, 0.4, 0.4, 0],
    );
    assert.equal([...solution.heights].map(Number.isFinite), [true, false, true, true, false]);
    assert.is(solution.maxRelativeError <= 1e-10, true);
    const again = solved(cloud, { heights: solution.heights });
    assert.equal([again.iterations, again.stop], [0, "reached"]);
    assert.equal([...again.first], [...solution.first]);
  },
});

describe("exact solver on small masses", {
  "those that float64 cannot hold are 0 and told, the others are met (1e-12), and W2 is right (60 clouds)": () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = hostRandom(seed, 6);
      const count = 4 + Math.floor(60 * random.uniform());
      const rows = Array.from({ length: count }, () => [random.normal(), random.normal()]);
      const decades = seed % 3 === 0 ? 300 : 20;
      const weights = rows.map(([a = 0, b = 0]) =>
        seed % 2 === 0 ? Math.exp(-20 * (a * a + b * b)) : 10 ** (-decades * random.uniform()),
      );
      const total = weights.reduce((a, b) => a + b, 0);
      const cloud: Cloud = { rows, nu: weights.map((w) => w / total), source: seed % 4 < 2 ? "cube" : "gaussian" };
      const { heights, first, negligible, masses, w2, w2Interval, stop } = solved(cloud);
      const told = `seed ${seed}, ${count} points, ${cloud.source}, ${stop}`;
      assert.ok(stop === "reached" || stop === "rounding" || stop === "single", told);
      cloud.nu.forEach((mass, i) => {
        if (negligible.includes(i)) assert.ok(mass <= 1e-15 && masses[i] === 0, `${told}: ${mass} is left out`);
        else assert.ok(Math.abs((masses[i] as number) - mass) <= 1e-12, `${told}: ${masses[i]} of ${mass}`);
      });
      partsAt(cloud, heights).forEach(({ mass }, i) => {
        assert.ok(Math.abs(mass - (masses[i] as number)) <= 1e-12, `${told}: ${mass}, got ${masses[i]}`);
      });
      const [low, high] = boundsOfW2(cloud, heights, first);
      // The reference leaves out the height of points without a cell: their mass times the domain.
      assert.ok(
        Math.abs(w2 - high) <= TOLERANCE && !(low > w2Interval[1] + 1e-11),
        `${told}: ${w2} in [${low}, ${high}]`,
      );
    }
  },

  "on a line too, and tiny masses of close points add up": () => {
    const rows = Array.from({ length: 12 }, (_, i) => [i < 10 ? i * 2 ** -60 : i]);
    const nu = rows.map((_, i) => (i < 10 ? 3e-16 : (1 - 3e-15) / 2));
    const { asked, negligible, masses } = solved({ rows, nu, source: "gaussian" });
    assert.equal([...negligible], []);
    assert.ok(Math.abs((asked[0] as number) - 3e-15) < 1e-25 && Math.abs((masses[0] as number) - 3e-15) < 1e-16);
    const alone = solved({ rows: [[0], [1], [2]], nu: [1e-17, 0.5, 0.5], source: "cube" });
    assert.equal([...alone.negligible], [0]);
    assert.equal([alone.stop, alone.heights[0]], ["reached", Number.NEGATIVE_INFINITY]);
  },
});
