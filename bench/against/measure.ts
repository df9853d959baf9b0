// Times one case of two revisions in turns, each in a process of its own.
import { Child } from "../child.ts";
import { compareArrays } from "../compare.ts";
import { median } from "../measure.ts";
import type { AgainstCase } from "./cases.ts";
import { type Ratio, ratioOf, type Verdict, verdictOf } from "./ratio.ts";
import type { Answer, Request, Turn } from "./worker.ts";

/** Milliseconds of samples in a turn: a training of ten steps or a solve takes longer. */
const TURN_MS = 150;

export interface Side {
  /** How messages call it. */
  readonly name: string;
  /** Its compiled bench/against/workloads.js. */
  readonly workloads: string;
}

export interface Found {
  readonly devices: { readonly ours: string; readonly theirs: string };
  /** Medians of the wall times in ms. */
  readonly ours: number;
  readonly theirs: number;
  readonly wall: Ratio;
  readonly verdict: Verdict;
  /** Of CPU time; absent where it is unknown. */
  readonly cpu?: Ratio;
}

/** No case of a revision can be run: there is no use in trying the others. */
export class UnusableError extends Error {}

/** `null` where theirs has no such case. Error when a process fails or results differ. */
export async function measure(work: AgainstCase, ours: Side, theirs: Side, rounds: number): Promise<Found | null> {
  const a = new Revision(ours, work.name);
  const b = new Revision(theirs, work.name);
  try {
    const [mine, other] = [await a.results(), await b.results()];
    if (mine.results === null) throw new Error(`${ours.name} has no such case`);
    if (other.results === null) return null;
    const problem = compareArrays(mine.results, other.results, work.tolerance);
    if (problem !== null) throw new Error(`${ours.name} and ${theirs.name} compute different results: ${problem}`);
    const runs = await a.calibrate(work.runs);
    await b.calibrate(work.runs);
    const turns: { readonly ours: Turn; readonly theirs: Turn }[] = [];
    for (let round = 0; round < rounds; round++) turns.push({ ours: await a.turn(runs), theirs: await b.turn(runs) });
    const of = (clock: keyof Turn) => turns.map((turn) => ({ ours: turn.ours[clock], theirs: turn.theirs[clock] }));
    const wall = ratioOf(of("wall"));
    const cpu = of("cpu");
    return {
      devices: { ours: mine.device, theirs: other.device },
      ours: median(turns.map((turn) => turn.ours.wall)),
      theirs: median(turns.map((turn) => turn.theirs.wall)),
      ...{ wall, verdict: verdictOf(wall) },
      ...(cpu.every((round) => round.ours > 0 && round.theirs > 0) ? { cpu: ratioOf(cpu) } : {}),
    };
  } finally {
    a.close();
    b.close();
  }
}

/** One case in the process of a revision. */
class Revision {
  readonly #name: string;
  readonly #child: Child;

  constructor({ name, workloads }: Side, work: string) {
    this.#name = name;
    this.#child = new Child("against/worker.js", [workloads, work]);
  }

  results(): Promise<Extract<Answer, { device: string }>> {
    return this.#ask({ do: "results" });
  }

  async calibrate(least: number): Promise<number> {
    return (await this.#ask<Extract<Answer, { runs: number }>>({ do: "calibrate", least })).runs;
  }

  turn(runs: number): Promise<Turn> {
    return this.#ask({ do: "time", runs, budget: TURN_MS });
  }

  close(): void {
    this.#child.close();
  }

  async #ask<T extends Answer>(request: Request): Promise<T> {
    const answer = await this.#child.ask<Answer>(request).catch((error: Error) => {
      throw new Error(`${this.#name}: ${error.message}`);
    });
    if (!("error" in answer)) return answer as T;
    if (answer.unusable) throw new UnusableError(`${this.#name} cannot run the cases: ${answer.error}`);
    throw new Error(`${this.#name}: ${answer.error}`);
  }
}
