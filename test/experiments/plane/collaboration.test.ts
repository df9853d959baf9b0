// Map, potential and network against each other, on a tiny budget: that it ends, resumes, and says
// what its numbers say.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { decodePng } from "../../../src/codecs/decodePng.ts";
import type { Result } from "../../../src/experiments/lab/report.ts";
import { reproduce } from "../../../src/experiments/lab/reproduce.ts";
import { nearestCentre, solveClusters } from "../../../src/experiments/plane/clusters.ts";
import { collaborationExperiment } from "../../../src/experiments/plane/collaboration.ts";
import type { CollaborationConfig } from "../../../src/experiments/plane/collaborationFindings.ts";
import { BINS, measureMixing, mixingShares } from "../../../src/experiments/plane/mixing.ts";
import { resource } from "../../../src/kernels/dispose.ts";
import type { ContinuousMap } from "../../../src/models/systems/continuousMap.ts";
import { createMap, transport } from "../../../src/ot/map/map.ts";
import { points } from "../../../src/ot/points.ts";
import { describe } from "../../support/suite.ts";

const gpu = await openGpu();
const root = mkdtempSync(join(tmpdir(), "brenier-collaboration-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));

const tiny: CollaborationConfig = {
  epochs: { two: 5, ring: 5 },
  targets: 48,
  points: 500,
  segments: 8,
  midpoints: 4096,
  networks: 2,
  hidden: 32,
  pairs: 1024,
  batch: 128,
  learningRate: 1e-2,
  draws: 2000,
  crossings: 50,
};
const made = collaborationExperiment({ cpu: tiny, gpu: tiny });
const lines: string[] = [];
const go = (folder: string): Promise<void> =>
  reproduce({
    gpu,
    folder: join(root, folder),
    dataRoot: root,
    seed: 1,
    profile: "cpu",
    experiments: [made],
    names: [made.name],
    progress: { update() {}, begin() {}, end: (line) => lines.push(line) },
    signal: new AbortController().signal,
  });
const resultIn = (folder: string): Result =>
  JSON.parse(readFileSync(join(root, folder, "results", "collaboration.json"), "utf8")) as Result;
await go("out");
const { tables, claims, pictures } = resultIn("out").findings;
const [agreement, mixing, byDistance] = tables;
const numbers = (row: readonly unknown[] | undefined): number[] => (row ?? []).slice(1).map(Number);

describe("collaboration", {
  "map and potential give each other within the tolerances, and the masses are exact"() {
    assert.equal(
      agreement?.rows.map(([name]) => name),
      ["two", "ring"],
    );
    for (const row of agreement?.rows ?? []) {
      const [targets, mass, clear, map, mapRms, potential, potentialRms] = numbers(row);
      assert.is(targets, 48);
      assert.ok((mass ?? 1e9) <= 100); // 1e-10, what the exact solver reaches
      assert.ok((clear ?? 0) > 0.5 && (clear ?? 2) <= 1);
      assert.ok((mapRms ?? 1) <= (map ?? 0) && (map ?? 1e9) <= 100); // 1e-4
      assert.ok((potentialRms ?? 1) <= (potential ?? 0) && (potential ?? 1e9) <= 1000); // 1e-3
    }
  },

  "shares are shares, and agree between tables"() {
    assert.is(mixing?.rows.length, 4);
    for (const row of mixing?.rows ?? []) {
      const [, facets, rms, near, off, offNear, between, nearOff, farOff, crossed] = numbers(row) as [
        number,
        ...number[],
      ];
      assert.ok((facets ?? 0) > 0 && (rms ?? -1) > 0);
      for (const share of [near, off, offNear, between, nearOff, farOff, crossed])
        assert.ok((share ?? -1) >= 0 && (share ?? 2) <= 1, `${row}`);
      const joined = (near ?? 0) * (nearOff ?? 0) + (1 - (near ?? 0)) * (farOff ?? 0);
      assert.ok(Math.abs(joined - (off ?? 2)) < 1e-12);
      assert.ok(Math.abs((near ?? 0) * (nearOff ?? 0) - (off ?? 0) * (offNear ?? 0)) < 1e-12);
    }
    assert.is(byDistance?.rows.length, BINS.length);
    for (const column of [1, 4]) {
      const draws = byDistance?.rows.reduce((sum, row) => sum + Number(row[column]), 0) ?? 0;
      assert.ok(Math.abs(draws - 1) < 1e-12);
    }
  },

  "claims say whether they are met by their own numbers"() {
    assert.is(claims.length, 12);
    for (const { claim, required, reached, met } of claims) {
      const [limit, value] = [Number.parseFloat(required.slice(2)), Number.parseFloat(reached)];
      assert.is(met, required.startsWith("≤") ? value <= limit : value >= limit, claim);
    }
  },

  "a picture of each problem has two panels"() {
    assert.equal(
      pictures.map(({ file }) => file),
      ["collaboration-two.png", "collaboration-ring.png"],
    );
    for (const { file } of pictures) {
      const { width, height } = decodePng(readFileSync(join(root, "out", "pictures", file)), file);
      assert.ok(width > 1.5 * height);
    }
  },

  async "what is done is not done again, and equal seeds give equal results"() {
    const done = lines.filter((line) => line.includes(" done in ")).length;
    assert.is(done, 6);
    rmSync(join(root, "out", "results", "collaboration.json"));
    await go("out");
    assert.is(lines.filter((line) => line.includes(" done in ")).length, done);
    assert.equal(resultIn("out").findings.tables, tables);
    await go("again");
    assert.equal(resultIn("again").findings, resultIn("out").findings);
  },

  async "the map itself is nowhere off; one that sends all to 0 is off everywhere, in each bin and on each segment"() {
    const solved = await solveClusters("three", { count: 60, seed: 3 });
    const map = createMap(gpu, solved.problem, solved.solution.heights);
    const options = { draws: 3000, crossings: 40, seed: 4 };
    const exact = resource<ContinuousMap>(
      { at: async (x) => (await transport(map, points("x", x, 2))).y },
      () => undefined,
    );
    const none = await measureMixing(map, exact, solved, options);
    assert.ok(none.off.every((n) => n === 0));
    assert.is(none.crossed, 0);
    assert.ok(none.rms < 1e-6);
    const collapsed = resource<ContinuousMap>({ at: async (x) => new Float32Array(x.length) }, () => undefined);
    const all = await measureMixing(map, collapsed, solved, options);
    assert.equal(all.off, all.draws);
    assert.equal(all.between, all.draws);
    assert.is(all.crossed, 1);
    const { off, near, offNear, nearOff, farOff } = mixingShares(all);
    assert.equal([off, nearOff, farOff], [1, 1, 1]);
    assert.is(offNear, near);
    map.dispose();
  },

  async "targets lie within 2 sd of their centre, as many for each, and no facet has the same cluster on both sides"() {
    const { mixture, problem, singular } = await solveClusters("ring", { count: 100, seed: 1 });
    const rows = problem.targets.unrounded ?? problem.targets.values;
    const y = Array.from(rows, (v, at) => v + (problem.offset[at % 2] as number));
    const { index, distance } = nearestCentre(mixture, y);
    assert.ok(distance.every((far) => far <= 2.0001));
    for (let k = 0; k < 8; k++) assert.is(index.filter((i) => i === k).length, 13);
    for (let f = 0; f < singular.count; f++)
      assert.is.not(index[singular.between[2 * f] as number], index[singular.between[2 * f + 1] as number]);
  },
});
