// The lock under arbitrary interleavings of processes that start, stop, go on and die.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Identity } from "../../src/run/identity.ts";
import { BEAT_MS, GRACE_MS, type Lock, SILENT_MS, takeLock, type World } from "../../src/run/lock.ts";
import { RunDirectoryError } from "../../src/run/runDirectory.ts";
import { type Chances, Processes, type Simulated } from "../support/processes.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-lock-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const identity = (n: number, space: string): Identity => ({
  pid: 7 + (n % 2),
  host: "host",
  space,
  started: String(n),
});

interface Plan {
  readonly seed: number;
  /** Of each process: its space, when it starts, and when it is killed, if it is. */
  readonly processes: readonly { readonly space: number; readonly at: number; readonly kill: number | undefined }[];
}

const plans = (spaces: number): fc.Arbitrary<Plan> =>
  fc.record({
    seed: fc.nat({ max: 2 ** 31 }),
    processes: fc.array(
      fc.record({
        space: fc.nat({ max: spaces - 1 }),
        at: fc.oneof(fc.constant(0), fc.nat({ max: 2 * (SILENT_MS + GRACE_MS) })),
        kill: fc.option(fc.nat({ max: 6 * SILENT_MS }), { nil: undefined, freq: 1 }),
      }),
      { minLength: 2, maxLength: 4 },
    ),
  });

/** What happened, in numbers. */
interface Happened {
  /** How many processes took the folder, and how often one wrote into it. */
  taken: number;
  writes: number;
  /** How many found that another had taken it over. */
  lost: number;
}

/**
 * Runs processes that each try to take the folder, write into it some times and let it go. A write
 * is preceded by a look at the lock, and others come in between. Throws when one writes after
 * another took the folder.
 */
async function play({ seed, processes }: Plan, chances: Chances): Promise<Happened> {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  const all = new Processes(seed, chances);
  const happened = { taken: 0, writes: 0, lost: 0 };
  const failures: string[] = [];
  let latest: Simulated | undefined;
  for (const [n, { space, at, kill }] of processes.entries()) {
    const one = all.start(at, identity(n, `space ${space}`), async (self) => {
      const { world } = self;
      const lock = await taken(world, 6, () => 20_000 * all.uniform());
      if (lock === undefined) return;
      happened.taken++;
      latest = self;
      for (let i = 0; i < 8; i++) {
        await world.sleep(10_000 * all.uniform());
        try {
          lock.check();
        } catch {
          happened.lost++;
          break;
        }
        await world.turn();
        if (latest !== self) failures.push(`process ${n} wrote after another took the folder, at ${all.now}`);
        happened.writes++;
      }
      await lock.release();
    });
    if (kill !== undefined) {
      all.start(kill, identity(100 + n, "killers"), async () => {
        one.isAlive = false;
      });
    }
  }
  await all.run();
  assert.equal(failures, []);
  return happened;
}

/** The lock, after some tries; undefined where another held the folder at each. */
async function taken(world: World, tries: number, pause: () => number): Promise<Lock | undefined> {
  for (let i = 0; i < tries; i++) {
    try {
      return await takeLock(folder, {}, world);
    } catch (error) {
      assert.instance(error, RunDirectoryError);
      await world.sleep(pause());
    }
  }
  return undefined;
}

/** Plays 200 plans by seed 9; returns the sums of what happened. */
async function playAll(spaces: number, chances: Chances): Promise<Happened> {
  const sums = { taken: 0, writes: 0, lost: 0 };
  const property = fc.asyncProperty(plans(spaces), async (plan) => {
    const happened = await play(plan, chances);
    for (const name of ["taken", "writes", "lost"] as const) sums[name] += happened[name];
  });
  await fc.assert(property, { seed: 9, numRuns: 200 });
  assert.ok(sums.taken > 200 && sums.writes > 700, JSON.stringify(sums));
  return sums;
}

describe("lock, interleaved", {
  async "where processes can be asked, two never both go on, however long one is stopped between two steps (seed 9, 200 plans)"() {
    const { lost } = await playAll(1, { turn: 4 * SILENT_MS, stop: 4 * SILENT_MS });
    assert.is(lost, 0);
  },

  async "across process namespaces, two never both go on while none is stopped for ten seconds between look and rename (seed 9, 200 plans)"() {
    const { lost } = await playAll(3, { turn: 0.999 * GRACE_MS, stop: 2 * SILENT_MS });
    assert.ok(lost > 10, `${lost} lost`);
  },

  async "no holder that gives its signs of life loses the folder (seed 9, 200 plans)"() {
    const { lost } = await playAll(3, { turn: 1000, stop: 0 });
    assert.is(lost, 0);
  },

  async "of processes that start at the same moment one gets the folder, wherever they run (seed 9, 100 starts)"() {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 2 ** 31 }),
        fc.integer({ min: 2, max: 5 }),
        fc.boolean(),
        async (seed, count, apart) => {
          for (const name of readdirSync(folder)) rmSync(join(folder, name));
          const all = new Processes(seed, { turn: 2, stop: 0 });
          let [holders, refused] = [0, 0];
          for (let n = 0; n < count; n++) {
            all.start(0, identity(n, `space ${apart ? n : 0}`), async ({ world }) => {
              const lock = await taken(world, 1, () => 0);
              if (lock === undefined) refused++;
              else {
                holders++;
                await world.sleep(3 * SILENT_MS);
                lock.check();
                await lock.release();
              }
            });
          }
          await all.run();
          assert.equal([holders, refused], [1, count - 1]);
          assert.equal(readdirSync(folder), []);
        },
      ),
      { seed: 9, numRuns: 100 },
    );
  },

  async "the folder of a killed process is free at once where it can be asked, and elsewhere after a minute"() {
    for (const [space, least, most] of [
      ["space 0", 0, 100],
      ["space 1", SILENT_MS + GRACE_MS, SILENT_MS + GRACE_MS + 2000],
      ["", SILENT_MS + GRACE_MS, SILENT_MS + GRACE_MS + 2000],
    ] as const) {
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      const all = new Processes(1, { turn: 0, stop: 0 });
      const told: string[] = [];
      let waited = Number.NaN;
      const first = all.start(0, identity(1, "space 0"), async ({ world }) => {
        await takeLock(folder, {}, world);
        await world.sleep(BEAT_MS * 2.5);
        first.isAlive = false;
        await world.turn();
      });
      all.start(100_000, identity(2, space), async ({ world }) => {
        const lock = await takeLock(folder, { tell: (line) => told.push(line) }, world);
        waited = all.now - 100_000;
        lock.check();
        await lock.release();
      });
      await all.run();
      assert.ok(waited >= least && waited <= most, `${space}: ${waited} ms`);
      const path = join(folder, "run.lock");
      const line = `${path}: process 8 on host cannot be asked from here; the folder is taken after 60 s without a sign of life`;
      assert.equal(told, least === 0 ? [] : [line]);
      assert.equal(readdirSync(folder), []);
    }
  },

  async "a wait ends with the reason of its signal and leaves the lock as it was"() {
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    const all = new Processes(1, { turn: 0, stop: 0 });
    const reason = new Error("stopped");
    for (const after of [20_000, SILENT_MS + 5000]) {
      let thrown: unknown;
      const silent = JSON.stringify({ ...identity(1, "elsewhere"), nonce: "0" });
      writeFileSync(join(folder, "run.lock"), silent);
      const signal = { aborted: false, reason };
      all.start(all.now, identity(2, "space 0"), async ({ world }) => {
        await takeLock(folder, { signal }, world).catch((error: unknown) => {
          thrown = error;
        });
      });
      all.start(all.now + after, identity(3, "space 0"), async () => {
        signal.aborted = true;
      });
      await all.run();
      assert.is(thrown, reason);
      // Within the grace the lock is its own already.
      assert.equal(readdirSync(folder), after < SILENT_MS ? ["run.lock"] : []);
    }
  },
});
