// Simulated processes that share real files: their steps are interleaved by a seed, their clocks
// are one virtual clock, and each may be stopped for a while or killed between any two steps.
import { hostRandom } from "../../src/math/philox.ts";
import type { Identity } from "../../src/run/identity.ts";
import type { World } from "../../src/run/lock.ts";

interface Waiting {
  readonly process: Simulated;
  readonly isTurn: boolean;
  readonly go: () => void;
  at: number;
}

export interface Simulated {
  readonly world: World;
  readonly self: Identity;
  isAlive: boolean;
  stoppedUntil: number;
}

export interface Chances {
  /** Greatest length of a turn, in ms: half of them are much shorter. */
  readonly turn: number;
  /** Greatest time for which a process is stopped while it sleeps, in ms; 0 for never. */
  readonly stop: number;
}

/** A set of processes and their clock. */
export class Processes {
  now = 0;
  readonly all: Simulated[] = [];
  readonly #random: ReturnType<typeof hostRandom>;
  readonly #chances: Chances;
  #waiting: Waiting[] = [];

  constructor(seed: number, chances: Chances) {
    this.#random = hostRandom(seed, 0);
    this.#chances = chances;
  }

  uniform(): number {
    return this.#random.uniform();
  }

  /** Starts `main` as a process at a time. */
  start(at: number, self: Identity, main: (process: Simulated) => Promise<void>): Simulated {
    const wait = (process: Simulated, ms: number, isTurn: boolean): Promise<void> =>
      new Promise((go) => this.#waiting.push({ process, isTurn, go, at: this.now + ms }));
    const process: Simulated = {
      self,
      isAlive: true,
      stoppedUntil: 0,
      world: {
        self,
        isRunning: ({ pid, space, started }) =>
          this.all.some(
            (one) => one.isAlive && one.self.pid === pid && one.self.space === space && one.self.started === started,
          ),
        nonce: () =>
          Math.floor(this.uniform() * 2 ** 32)
            .toString(16)
            .padStart(8, "0"),
        now: () => this.now,
        sleep: (ms) => wait(process, ms, false),
        every: (ms, f) => {
          let going = true;
          const beat = async (): Promise<void> => {
            for (;;) {
              await wait(process, ms, false);
              if (!going) return;
              f();
            }
          };
          void beat();
          return () => {
            going = false;
          };
        },
        turn: () => {
          const u = this.uniform();
          return wait(process, this.#chances.turn * (this.uniform() < 0.5 ? u ** 8 : u), true);
        },
      },
    };
    this.all.push(process);
    const ended = (): void => {
      process.isAlive = false;
    };
    void wait(process, at - this.now, false)
      .then(() => main(process))
      .then(ended, ended);
    return process;
  }

  /** Goes on until every process has ended. */
  async run(): Promise<void> {
    for (let events = 0; ; events++) {
      this.#waiting = this.#waiting.filter(({ process }) => process.isAlive);
      if (this.#waiting.length === 0) return;
      if (events > 100_000) throw new Error("expected the processes to end, got 100,000 events");
      const next = this.#waiting.reduce((first, one) => (one.at < first.at ? one : first));
      const { process } = next;
      this.now = Math.max(this.now, next.at);
      if (process.stoppedUntil > this.now) {
        next.at = process.stoppedUntil;
        continue;
      }
      const inTurn = this.#waiting.some((one) => one.process === process && one.isTurn);
      if (this.#chances.stop > 0 && !inTurn && this.uniform() < 0.04) {
        process.stoppedUntil = this.now + this.#chances.stop * this.uniform();
        continue;
      }
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      next.go();
      await new Promise((done) => setImmediate(done));
    }
  }
}
