// Coordinator and workers in one process, over a wire that loses, delays and repeats messages.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { ClusterCells } from "../../src/cluster/clusterCells.ts";
import type { Identity } from "../../src/cluster/identity.ts";
import { Lead, type LeadOptions } from "../../src/cluster/lead.ts";
import { Lending } from "../../src/cluster/lending.ts";
import { encodeMessage, newId, readAnswer, readTask, readWant, SUBJECT, WINDOW } from "../../src/cluster/messages.ts";
import { encodeValue } from "../../src/cluster/values.ts";
import { work } from "../../src/cluster/work.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { conjugating } from "../../src/ot/cells/conjugate.ts";
import {
  type Assignment,
  assigning,
  counting,
  type DeviceCells,
  mostSamples,
  ranking,
} from "../../src/ot/cells/counter.ts";
import { certify } from "../../src/ot/certificate/certificate.ts";
import { neighbourGraph } from "../../src/ot/map/graph.ts";
import { massCentres } from "../../src/ot/map/map.ts";
import type { Points } from "../../src/ot/points.ts";
import { createProblem, gatherForDevice } from "../../src/ot/problem.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { repairEmpty } from "../../src/ot/solver/warmStart.ts";
import type { Draw, Source } from "../../src/ot/source.ts";
import { normals } from "../ot/instances.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";
import { type Chances, Wire } from "./wire.ts";

const gpu = await testEngine();
const adapter = { name: "a", vendor: "b", architecture: "c", device: "d", driver: "e", cpu: true };
const IDENTITY: Identity = {
  brenier: "1",
  webgpu: "2",
  adapter,
  choice: { kernels: { family: "f" }, by: "adapter" },
  probe: "0",
};
const AGAIN = 30;

interface Crew {
  readonly lead: Lead;
  readonly wire: Wire;
  readonly said: string[];
  /** Starts a worker; the returned function stops it in the middle, without a word. */
  readonly hire: (identity?: Identity, open?: (targets: Points, source: Source) => DeviceCells) => () => void;
}

/** A coordinator and so many workers, until `body` ends. */
async function crew<T>(
  {
    workers = 1,
    seed = 1,
    chances,
    ...options
  }: Partial<LeadOptions> & { workers?: number; seed?: number; chances?: Chances },
  body: (crew: Crew) => Promise<T>,
): Promise<T> {
  const wire = new Wire(seed, chances);
  const said: string[] = [];
  const lead = new Lead(wire.open(100_000), {
    version: "1",
    patience: 300,
    say: (line) => void said.push(line),
    ...options,
  });
  const ends: (() => Promise<void>)[] = [];
  const hire: Crew["hire"] = (identity = IDENTITY, open) => {
    const end = new AbortController();
    const messenger = wire.open(4096);
    const place = {
      identity,
      open: (y: Points, source: Source) => open?.(y, source) ?? new Cells(gpu, y, source),
    };
    const done = work(messenger, place, { name: `w${ends.length}`, signal: end.signal, again: AGAIN });
    ends.push(() => {
      end.abort();
      return done;
    });
    return () => {
      void messenger.close(); // it hears nothing, and what it says comes too late
      end.abort();
    };
  };
  for (let i = 0; i < workers; i++) hire();
  try {
    return await body({ lead, wire, said, hire });
  } finally {
    lead.close();
    await Promise.all(ends.map((end) => end()));
  }
}

const problem = gatherForDevice(
  createProblem(normals(60, 16, 2), { nu: Float64Array.from({ length: 60 }, (_, i) => 1 + (i % 3)) }),
);
const rows = createProblem(normals(12, 5, 3), { source: { samples: normals(4000, 5, 4) } });
const options = { chi2: 0.05, seed: 3, maxSteps: 12 };
const open = (lead: Lead) => (y: Points, source: Source) => new ClusterCells(lead, y, source);
const draw = { seed: 1, stream: 3, first: 0, count: 400_000 };
const h = Float64Array.from({ length: 60 }, (_, i) => i / 100);
/** Counts by one device. */
const alone = async () => {
  using cells = new Cells(gpu, problem.targets, problem.source);
  cells.setHeights(h);
  return await cells.count(draw);
};
const counts = await alone();

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
        for (let n = first; n < first + count; n++) all[n % all.length] = (all[n % all.length] as number) + 1;
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

  "a liar, a stranger and hostile messages change nothing"() {
    return crew({ workers: 1 }, async ({ lead, wire, hire, said }) => {
      const [liar, messenger] = [newId(), wire.open()];
      let lies = 0;
      messenger.listen(SUBJECT.to(liar), (message) => {
        const task = readTask(message);
        if (task?.kind !== "task") return;
        lies++;
        const bytes = encodeValue(new Float64Array(60).fill(1));
        wire.publish(
          SUBJECT.answer(task.run),
          encodeMessage({ worker: liar, number: task.number, at: 0, size: bytes.length, bytes }),
        );
      });
      const want = { worker: liar, name: "liar", identity: IDENTITY as never };
      const noise = setInterval(() => {
        wire.publish(SUBJECT.want, encodeMessage(want));
        const bytes = encodeValue(counts);
        for (let number = 0; number < 40; number += 7) {
          wire.publish(
            SUBJECT.answer(lead.run),
            encodeMessage({ worker: newId(), number, at: 0, size: bytes.length, bytes }),
          );
        }
        for (const subject of [SUBJECT.want, SUBJECT.answer(lead.run), SUBJECT.need(lead.run)])
          wire.publish(subject, Uint8Array.of(6, 9, 9));
      }, 5);
      hire({ ...IDENTITY, probe: "1" });
      hire({ ...IDENTITY, brenier: "0" });
      hire({} as never);
      using cells = new ClusterCells(lead, problem.targets, problem.source);
      cells.setHeights(h);
      for (let times = 0; times < 3 || lies === 0 || said.length < 5; times++)
        assert.equal(await cells.ask(counting, undefined, draw), counts);
      clearInterval(noise);
      assert.is(lead.tally.wrong, 1);
      assert.is(lead.workers, 2);
      for (const line of [
        "liar is refused: expected a right answer about samples",
        "expected the bits of 4096 scores 0, got 1",
        "expected brenier 1, got 0",
        "a worker that says who it is",
      ]) {
        assert.ok(
          said.some((text) => text.includes(line)),
          `${line}: ${said.join("\n")}`,
        );
      }
    });
  },

  "a liar whose sums are right is found where two workers count the same, and named"() {
    return crew({ workers: 2, verify: 1 }, async ({ lead, hire, said }) => {
      // It shifts all counts by one cell.
      hire(IDENTITY, (targets, source) => {
        const cells = new Cells(gpu, targets, source);
        const { assign } = cells;
        cells.assign = async (samples, want, given) => {
          const answer = await assign.call(cells, samples, want, given);
          answer.counts.set([...answer.counts.subarray(1), answer.counts[0] as number]);
          return answer;
        };
        return cells;
      });
      using cells = new ClusterCells(lead, problem.targets, problem.source);
      cells.setHeights(h);
      for (let times = 0; times < 3 || lead.tally.wrong === 0; times++)
        assert.equal(await cells.ask(counting, undefined, draw), counts);
      assert.is(lead.tally.wrong, 1);
      assert.is(lead.tally.doubtful, 0);
      assert.is(lead.tally.verified, lead.tally.ranges);
      const line = "worker w2 is refused: expected what two others answered about samples";
      assert.ok(said.some((text) => text.includes(line)));
    });
  },

  "a range waits for a second worker where one alone cannot be believed, and the user is told"() {
    return crew({ workers: 1, verify: 1 }, async ({ lead, hire, said }) => {
      using cells = new ClusterCells(lead, problem.targets, problem.source);
      cells.setHeights(h);
      const asked = cells.ask(counting, undefined, draw);
      const isTold = (): boolean => said.some((line) => line.includes("another worker is to count the same samples"));
      while (!isTold()) await new Promise((resolve) => setTimeout(resolve, 20));
      hire();
      assert.equal(await asked, counts);
    });
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

  async "a worker says so where targets are not those of their digest"() {
    const wire = new Wire(1);
    const end = new AbortController();
    const [run, messenger] = [newId(), wire.open()];
    const bytes = encodeValue({ values: Float32Array.of(1, 2), count: 2, dimension: 1 });
    const digest = "ab".repeat(32);
    messenger.listen(SUBJECT.need(run), () => {
      wire.publish(SUBJECT.piece(run), encodeMessage({ digest, at: 0, size: bytes.length, bytes }));
    });
    messenger.listen(SUBJECT.want, (message) => {
      const { worker = "" } = readWant(message) ?? {};
      const common = { question: "count", targets: digest, source: "gaussian", heights: "", parameter: digest };
      const range = { seed: 1, stream: 3, first: 0, count: 512 };
      wire.publish(SUBJECT.to(worker), encodeMessage({ kind: "task", run, number: 0, ...common, draw: range }));
    });
    const failure = new Promise((resolve) => messenger.listen(SUBJECT.answer(run), (got) => resolve(readAnswer(got))));
    const place = { identity: IDENTITY, open: () => new Cells(gpu, problem.targets) };
    const done = work(wire.open(), place, { name: "w", signal: end.signal, again: AGAIN });
    assert.match(
      ((await failure) as { readonly error: string }).error,
      `expected bytes whose sha256 is ${digest}, got others`,
    );
    end.abort();
    await done;
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

  "an odd worker that comes first is refused where the user says whose bits count"() {
    return crew({ workers: 0, probe: "0" }, async ({ lead, hire, said }) => {
      hire({ ...IDENTITY, probe: "1" });
      using cells = new ClusterCells(lead, problem.targets, problem.source);
      cells.setHeights(h);
      const asked = cells.ask(counting, undefined, draw);
      const line = "worker w0 is refused: expected the bits of 4096 scores 0, got 1";
      while (!said.includes(`cluster: ${line}`)) await new Promise((resolve) => setTimeout(resolve, 5));
      hire();
      assert.equal(await asked, counts);
      assert.is(lead.workers, 1);
    });
  },

  async "a range larger than any coordinator cuts is refused, and so is one without end"() {
    const wire = new Wire(1);
    const end = new AbortController();
    const [run, messenger] = [newId(), wire.open()];
    const lending = new Lending(messenger, run);
    const { values, count, dimension } = problem.targets;
    const targets = lending.hold({ values, count, dimension });
    const common = { question: "count", targets, source: "gaussian", heights: "", parameter: lending.hold(undefined) };
    const most = mostSamples(counting, undefined, problem.targets);
    const sizes = [most + 512, 2 ** 40, Number.NaN];
    const errors: string[] = [];
    const all = new Promise<void>((resolve) => {
      messenger.listen(SUBJECT.answer(run), (got) => {
        errors.push((readAnswer(got) as { readonly error: string }).error);
        if (errors.length === sizes.length) resolve();
      });
    });
    messenger.listen(SUBJECT.want, (message) => {
      const { worker = "" } = readWant(message) ?? {};
      const range = { seed: 1, stream: 3, first: 0, count: sizes[errors.length] as number };
      const task = { kind: "task", run, number: errors.length, ...common, draw: range } as const;
      if (errors.length < sizes.length) wire.publish(SUBJECT.to(worker), encodeMessage(task));
    });
    const place = { identity: IDENTITY, open: () => new Cells(gpu, problem.targets) };
    const done = work(wire.open(), place, { name: "w", signal: end.signal, again: AGAIN });
    await all;
    end.abort();
    await done;
    assert.equal(
      errors,
      sizes.map((size) => `cluster: expected a range of at most ${most} samples, got ${size}`),
    );
  },

  async "a flood of requests has a coordinator send no more than leaves it"() {
    const wire = new Wire(1);
    let leave: (() => void)[] = [];
    const flush = () => new Promise<void>((resolve) => void leave.push(resolve));
    const run = newId();
    const lending = new Lending({ ...wire.open(), flush }, run);
    const digest = lending.hold(new Uint8Array(WINDOW + 50_000));
    let bytes = 0;
    wire.open().listen(SUBJECT.piece(run), (piece) => {
      bytes += piece.length;
    });
    const flood = async (): Promise<number> => {
      bytes = 0;
      for (let at = 0; at < 50_000; at += 500) wire.publish(SUBJECT.need(run), encodeMessage({ digest, at }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      return bytes / WINDOW;
    };
    const first = await flood();
    assert.ok(first >= 16 && first <= 17, `${first} windows`);
    assert.is(await flood(), 0);
    leave.forEach((each) => void each());
    leave = [];
    const next = await flood();
    assert.ok(next >= 16 && next <= 17, `${next} windows`);
    lending.close();
  },

  async "points that are none are refused, whatever size they claim"() {
    using cells = new Cells(gpu, problem.targets);
    cells.setHeights(h);
    for (const [length, count, dimension] of [
      [3, 1e9, 16],
      [0, 1e9, 0],
      [3, 1.5, 2],
      [0, 0, Number.NaN],
    ] as const) {
      const y = { values: new Float32Array(length), count, dimension };
      await rejects(conjugating.answer(cells, { ...draw, count: 512 }, y, {}), "conjugate: expected points, got");
    }
  },

  "a worker counts right among hostile messages of coordinators"() {
    // Seed 8; counts are whole, so that there is no tolerance.
    const random = hostRandom(8, 0);
    const upTo = (n: number): number => Math.floor(n * random.uniform());
    return crew({ workers: 0 }, async ({ lead, wire, hire }) => {
      const workers = new Set<string>();
      wire.open().listen(SUBJECT.want, (message) => workers.add(readWant(message)?.worker ?? ""));
      hire();
      using cells = new ClusterCells(lead, problem.targets, problem.source);
      cells.setHeights(h);
      assert.equal(await cells.ask(counting, undefined, draw), counts);
      const [worker = ""] = workers;
      const [digest, bytes] = ["ab".repeat(32), Uint8Array.of(1, 2, 3)];
      const common = { question: "count", targets: digest, source: "gaussian", heights: "", parameter: digest };
      const messages = [
        () => encodeMessage({ kind: "task", run: newId(), number: upTo(9), ...common, draw }),
        () => encodeMessage({ kind: "task", run: lead.run, number: upTo(9), ...common, question: "x", draw }),
        () => encodeMessage({ kind: "task", run: lead.run, number: upTo(9), ...common, draw: {} as Draw }),
        () => encodeMessage({ kind: "refusal", run: lead.run, reason: "\u001b[2J\n".repeat(upTo(99)) }),
        () => encodeMessage({ digest, at: 0, size: 2 ** upTo(52), bytes }),
        () => encodeMessage({ digest: "cd".repeat(32), at: upTo(9), size: upTo(9), bytes }),
        () => Uint8Array.from({ length: upTo(300) }, () => upTo(256)),
      ];
      const before = process.memoryUsage().rss;
      for (let n = 0; n < 3000; n++) {
        const message = messages[n % messages.length]?.() as Uint8Array;
        if (upTo(3) === 0 && message.length > 0) message[upTo(message.length)] = upTo(256);
        wire.publish(n % 2 === 0 ? SUBJECT.to(worker) : SUBJECT.piece(lead.run), message);
      }
      assert.equal(await cells.ask(counting, undefined, draw), counts);
      assert.is(lead.tally.wrong, 0);
      const grown = process.memoryUsage().rss - before;
      assert.ok(grown <= 100e6, `${grown} bytes`);
    });
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
