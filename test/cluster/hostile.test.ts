// Liars, odd workers, hostile coordinators and floods, and what is told of them.
import * as assert from "uvu/assert";
import { ClusterCells } from "../../src/cluster/clusterCells.ts";
import { Lending } from "../../src/cluster/lending.ts";
import { encodeMessage, newId, readAnswer, readTask, readWant, SUBJECT, WINDOW } from "../../src/cluster/messages.ts";
import { encodeValue } from "../../src/cluster/values.ts";
import { work } from "../../src/cluster/work.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { conjugating } from "../../src/ot/cells/conjugate.ts";
import { counting, mostSamples } from "../../src/ot/cells/counter.ts";
import type { Draw } from "../../src/ot/source.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";
import { AGAIN, counts, crew, draw, gpu, h, IDENTITY, problem } from "./crew.ts";
import { Wire } from "./wire.ts";

describe("hostile cluster", {
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
});
