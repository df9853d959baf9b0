// Coordinator and workers in one process, over a wire that loses, delays and repeats messages.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { ClusterCells } from "../../src/cluster/clusterCells.ts";
import { Lead } from "../../src/cluster/lead.ts";
import { work } from "../../src/cluster/work.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { type Assignment, assigning, counting, type DeviceCells, ranking } from "../../src/ot/cells/counter.ts";
import { certify } from "../../src/ot/certificate/certificate.ts";
import { neighbourGraph } from "../../src/ot/map/graph.ts";
import { massCentres } from "../../src/ot/map/map.ts";
import type { Points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { repairEmpty } from "../../src/ot/solver/warmStart.ts";
import type { Draw, Source } from "../../src/ot/source.ts";
import { normals } from "../ot/instances.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";
import { AGAIN, counts, crew, draw, gpu, h, IDENTITY, problem } from "./crew.ts";
import { type Chances, Wire } from "./wire.ts";

const rows = createProblem(normals(12, 5, 3), { source: { samples: normals(4000, 5, 4) } });
const options = { chi2: 0.05, seed: 3, maxSteps: 12 };
const open = (lead: Lead) => (y: Points, source: Source) => new ClusterCells(lead, y, source);

describe("cluster", {
  "solutions have the bits of one process, whoever counts"() {
    return crew({ workers: 2 }, async ({ lead }) => {
      for (const each of [problem, rows]) {
        assert.equal(await solve(open(lead), each, options), await solve(gpu, each, options));
      }
      assert.ok(lead.tally.ranges > 20, `${lead.tally.ranges} ranges`);
      assert.is(lead.tally.wrong, 0);
    });
  },

  "all questions have the bits of one process"() {
    return crew({ workers: 3 }, async ({ lead }) => {
      const results = async (cells: Cells | ClusterCells) => {
        cells.setHeights(h);
        const solved = { cells, problem };
        const centres = await massCentres(solved, { samplesPerCell: 2000, seed: 2, flips: 4 });
        const graph = await neighbourGraph(solved, { samples: 2000 });
        const lists = await cells.ask(ranking, 3, { ...draw, first: 7, count: 2345 });
        const details = await cells.ask(assigning, ["points", "index"], { ...draw, count: 300 });
        const bounds = await certify(cells, problem, h, { samples: 2 ** 16 });
        const low = h.map((v, i) => (i === 3 ? v - 50 : v));
        return {
          centres,
          graph,
          lists,
          details,
          bounds,
          repaired: await repairEmpty(cells, low, { empty: [3], margin: 1e-3, seed: 1 }),
        };
      };
      using one = new Cells(gpu, problem.targets, problem.source);
      using many = new ClusterCells(lead, problem.targets, problem.source);
      assert.equal(await results(many), await results(one));
    });
  },

  "counts are right when messages are lost, late and repeated, and workers come and go"() {
    // Seed 5, 6 runs: no tolerance, since counts are whole.
    const chances = fc.record({
      lose: fc.double({ min: 0, max: 0.2, noNaN: true }),
      twice: fc.double({ min: 0, max: 0.3, noNaN: true }),
      late: fc.integer({ min: 0, max: 8 }),
    });
    const large = normals(1000, 128, 1);
    /** Sample number n lies in cell n mod N: so many ranges would take a device long. */
    const open = (targets: Points): DeviceCells => {
      const assign = async ({ first, count }: Draw): Promise<Assignment> => {
        const all = new Float64Array(targets.count);
        for (let n = first; n < first + count; n++) (all[n % all.length] as number) += 1;
        await new Promise((resolve) => setTimeout(resolve, 1));
        return { counts: all } as Assignment;
      };
      return { targets, assign, setHeights: () => undefined, dispose: () => undefined } as unknown as DeviceCells;
    };
    const run = (seed: number, workers: number, chances: Chances): Promise<void> =>
      crew({ seed, workers: 0, chances, patience: 150 }, async ({ lead, hire }) => {
        for (let i = 0; i < workers; i++) hire(IDENTITY, open);
        const leave = hire(IDENTITY, open);
        using cells = new ClusterCells(lead, large, "cube");
        cells.setHeights(new Float64Array(1000));
        const asked = cells.ask(counting, undefined, { ...draw, first: 512, count: 200_000 });
        while (lead.tally.ranges < 5) await new Promise((resolve) => setTimeout(resolve, 2));
        leave();
        hire(IDENTITY, open);
        assert.equal(await asked, new Float64Array(1000).fill(200));
        assert.ok(lead.tally.ranges > 20, `${lead.tally.ranges} ranges`);
        assert.is(lead.tally.wrong, 0);
      });
    return fc.assert(fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 3 }), chances, run), { seed: 5, numRuns: 6 });
  },

  "two coordinators share the workers, each with its own answers"() {
    return crew({ workers: 2 }, async ({ lead, wire }) => {
      const other = new Lead(wire.open(), { version: "1", patience: 300 });
      using one = new ClusterCells(lead, problem.targets, problem.source);
      using two = new ClusterCells(other, problem.targets, problem.source);
      for (const cells of [one, two]) cells.setHeights(h);
      const answers = [one, two, one, two].map((cells) => cells.ask(counting, undefined, draw));
      assert.equal(await Promise.all(answers), [counts, counts, counts, counts]);
      other.close();
    });
  },

  async "a worker whose device is lost ends, frees its cells and asks for nothing more"() {
    const wire = new Wire(1);
    let lose: (error: Error) => void = () => undefined;
    const lost = new Promise<never>((_, reject) => {
      lose = reject;
    });
    lost.catch(() => undefined);
    let freed = 0;
    const open = (targets: Points, source: Source) => {
      const cells = new Cells(gpu, targets, source);
      const { dispose } = cells;
      cells.dispose = () => {
        freed++;
        dispose.call(cells);
      };
      // A device that is lost may answer never.
      cells.assign = () => {
        lose(new Error("lost"));
        return new Promise(() => undefined);
      };
      return cells;
    };
    const lead = new Lead(wire.open(), { version: "1" });
    using remote = new ClusterCells(lead, problem.targets, problem.source);
    const end = new AbortController();
    const asked = remote.ask(counting, undefined, draw, { signal: end.signal });
    const done = work(wire.open(), { identity: IDENTITY, open, lost }, { name: "w", again: AGAIN });
    await rejects(done, "lost");
    assert.is(freed, 1);
    end.abort(new Error("enough"));
    await rejects(asked, "enough");
    lead.close();
    const before = wire.sent;
    await new Promise((resolve) => setTimeout(resolve, 5 * AGAIN));
    assert.is(wire.sent, before);
  },

  "mixed adapters are taken where the user wants them, and told of"() {
    return crew({ mixed: true }, async ({ lead, hire }) => {
      using cells = new ClusterCells(lead, problem.targets, problem.source);
      cells.setHeights(h);
      await cells.ask(counting, undefined, draw);
      assert.is(lead.isMixed, false);
      hire({ ...IDENTITY, probe: "1" });
      while (lead.workers < 2) assert.equal(await cells.ask(counting, undefined, draw), counts);
      assert.is(lead.isMixed, true);
    });
  },

  "a question that fails at every worker, and one that is cancelled, end with the reason"() {
    return crew({ workers: 0 }, async ({ lead, hire }) => {
      using cells = new ClusterCells(lead, problem.targets, problem.source);
      const cancel = new AbortController();
      const cancelled = cells.ask(counting, undefined, draw, { signal: cancel.signal });
      setTimeout(() => cancel.abort(new Error("enough")), 10);
      await rejects(cancelled, "enough");
      hire();
      await rejects(cells.ask(counting, undefined, draw), "failed 3 times: w0: cells: expected `setHeights` before");
    });
  },

  "a worker that cannot count is refused and named, and the others go on"() {
    return crew({ workers: 0 }, async ({ lead, hire, said }) => {
      // It is the first, and has failed before any other is heard.
      hire(IDENTITY, (targets, source) => {
        const cells = new Cells(gpu, targets, source);
        cells.assign = () => Promise.reject(new Error("out of memory"));
        return cells;
      });
      using cells = new ClusterCells(lead, problem.targets, problem.source);
      cells.setHeights(h);
      const asked = cells.ask(counting, undefined, draw);
      const line = "worker w0 is refused: failed 3 times in a row: out of memory";
      while (!said.some((text) => text.includes(line))) await new Promise((resolve) => setTimeout(resolve, 5));
      hire();
      assert.equal(await asked, counts);
      assert.is(lead.tally.wrong, 0);
    });
  },

  "targets larger than what is sent at once arrive whole, in spite of losses"() {
    const large = createProblem(normals(30_000, 64, 1));
    return crew({ workers: 2, chances: { lose: 0.0005, twice: 0, late: 0 } }, async ({ lead }) => {
      using cells = new ClusterCells(lead, large.targets, "gaussian");
      using one = new Cells(gpu, large.targets, "gaussian");
      for (const each of [cells, one]) each.setHeights(new Float64Array(30_000));
      const few = { ...draw, count: 1100 };
      assert.equal(await cells.ask(counting, undefined, few), await one.count(few));
    });
  },
});
