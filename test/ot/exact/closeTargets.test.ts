// The exact solver on clouds with points that are too close for float64, against cells cut by all
// half-planes (test/support/halfPlanes.ts) and against 40 digits (test/support/fortyDigits.ts).
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { solveExact } from "../../../src/ot/exact/exact.ts";
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
    const t = (2 * Math.PI * i) / Math.max(1, count - 1); // closed: the last one is the first, but for rounding
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

function solved({ rows, nu, source }: Cloud) {
  return solveExact(createProblem(points("targets", rows.flat(), rows[0]?.length ?? 0), { nu, source }));
}

/** Masses as asked, by cells that all other points cut; who stands for whom; and the interval. */
function check(cloud: Cloud & { readonly name: string }): void {
  const { rows, nu, name } = cloud;
  const { heights, asked, first, stop, masses, w2, w2Interval } = solved(cloud);
  const told = `${name}, ${cloud.source}, ${stop}`;
  assert.ok(stop === "reached" || stop === "rounding" || stop === "single", told);
  const gathered = nu.map(() => 0);
  nu.forEach((mass, i) => {
    gathered[first[i] as number] = (gathered[first[i] as number] as number) + mass;
  });
  const line = rows[0]?.length === 1;
  const cells = line ? massesOnLine(cloud, heights) : partsAt(cloud, heights).map(({ mass }) => mass);
  cells.forEach((mass, i) => {
    const off = Math.abs(mass - (gathered[i] as number));
    assert.ok(off <= TOLERANCE, `${told}: mass ${i} is off by ${off}`);
    assert.ok(
      Math.abs((masses[i] as number) - mass) <= TOLERANCE &&
        Math.abs((asked[i] as number) - (gathered[i] as number)) <= 1e-14,
      told,
    );
  });
  const value = line ? w2OnLine(cloud) : undefined;
  const [low, high] = value === undefined ? boundsOfW2(cloud, heights, first) : [value, value];
  const [from, to] = w2Interval;
  assert.ok(from <= w2 && w2 <= to, `${told}: ${w2} in ${w2Interval}`);
  assert.ok(Math.abs(w2 - low) <= TOLERANCE, `${told}: W2 ${w2}, expected at least ${low}`);
  assert.ok(Math.abs(w2 - high) <= TOLERANCE, `${told}: W2 ${w2}, expected at most ${high}`);
  // The reference has rounding of its own.
  assert.ok(from <= high + 1e-11 && to >= low - 1e-11, `${told}: ${w2Interval} and [${low}, ${high}]`);
}

describe("exact solver on close targets", {
  [`masses and W2 are those of all half-planes (${DEEP ? 400 : 40} clouds, seeds from 1, 1e-9)`]: () => {
    for (let seed = 1; seed <= (DEEP ? 400 : 40); seed++) check(cloudOf(seed, DEEP ? 2000 : 200));
  },

  [`W2 to few points is that of 40 digits, which the interval contains (${DEEP ? 100 : 20} clouds)`]: () => {
    for (let seed = 1001; seed <= (DEEP ? 1100 : 1020); seed++) {
      const cloud = cloudOf(seed, 6, "cube");
      const exact = w2OfSquare(cloud.rows, cloud.nu);
      const { w2, w2Interval, stop } = solved(cloud);
      const told = `${cloud.name}, ${stop}: ${w2Interval}, expected ${exact}`;
      assert.ok(w2Interval[0] <= exact && exact <= w2Interval[1], told);
      assert.ok(Math.abs(w2 - exact) <= TOLERANCE, told);
      check(cloud);
    }
  },
});
