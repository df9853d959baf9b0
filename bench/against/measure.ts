// Times one case of two revisions in turns, A B B A. Every turn is a process of its own, since a
// process keeps its luck with memory and cores: rounds of the same two processes would not be
// independent.
import type { Arrays } from "../case.ts";
import { Child } from "../child.ts";
import { compareArrays } from "../compare.ts";
import { median } from "../measure.ts";
import type { AgainstCase } from "./cases.ts";
import { type Ratio, ratioOf } from "./ratio.ts";
import type { Answer, Calibrated, Request, Turn } from "./worker.ts";

/** Milliseconds of samples in a turn, if one sample is shorter. */
const TURN_MS = 300;

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
  /** Of wall times, and of CPU times where they are known. */
  readonly wall: Ratio;
  readonly cpu?: Ratio;
}

/** No case of a revision can be run: there is no use in trying the others. */
export class UnusableError extends Error {}

/** `null` where theirs has no such case. Error when a process fails or results differ. */
export async function measure(work: AgainstCase, ours: Side, theirs: Side, rounds: number): Promise<Found | null> {
  const { name, runs: least } = work;
  const first = { do: "calibrate", least } as const;
  const mine = await run<Calibrated>(ours, name, first);
  const other = await run<Calibrated>(theirs, name, first);
  if (mine === null) throw new Error(`${ours.name}: no such case`);
  if (other === null) return null;
  const problem = differing(work, mine.results, other.results);
  if (problem !== null) throw new Error(`ours and ${theirs.name} compute different results: ${problem}`);
  const timed = { do: "time", runs: mine.runs, budget: TURN_MS } as const;
  const turns = { ours: [] as Turn[], theirs: [] as Turn[] };
  const turn = async (side: "ours" | "theirs"): Promise<void> => {
    turns[side].push((await run<Turn>(side === "ours" ? ours : theirs, name, timed)) as Turn);
  };
  for (let round = 0; round < rounds; round++) {
    // Who comes first changes: a process finds the machine as the one before left it.
    const order = round % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
    for (const side of order) await turn(side);
  }
  const of = (clock: keyof Turn) =>
    turns.ours.map((turn, i) => ({ ours: turn[clock], theirs: turns.theirs[i]?.[clock] ?? Number.NaN }));
  const cpu = of("cpu");
  return {
    devices: { ours: mine.device, theirs: other.device },
    ours: median(turns.ours.map((turn) => turn.wall)),
    theirs: median(turns.theirs.map((turn) => turn.wall)),
    wall: ratioOf(of("wall")),
    ...(cpu.every((round) => round.ours > 0 && round.theirs > 0) ? { cpu: ratioOf(cpu) } : {}),
  };
}

/** What differs by more than the case allows; `null` where nothing does. */
export function differing({ tolerance, exact = [] }: AgainstCase, ours: Arrays, theirs: Arrays): string | null {
  const same = exact.length === 0 ? null : compareArrays(ours, pick(theirs, exact), 0);
  return same ?? compareArrays(ours, theirs, tolerance);
}

const pick = (arrays: Arrays, names: readonly string[]): Arrays =>
  Object.fromEntries(Object.entries(arrays).filter(([name]) => names.includes(name)));

/** One process of a revision, from its start to its answer; `null` where it has no such case. */
async function run<T extends Answer>(side: Side, name: string, then: Request["then"]): Promise<T | null> {
  const child = new Child("against/worker.js");
  try {
    const answer = await child.ask<Answer>({ workloads: side.workloads, name, then } satisfies Request);
    if ("missing" in answer) return null;
    if (!("error" in answer)) return answer as T;
    if (answer.unusable) throw new UnusableError(`${side.name} cannot run the cases: ${answer.error}`);
    throw new Error(answer.error);
  } catch (error) {
    if (error instanceof UnusableError) throw error;
    throw new Error(`${side.name}: ${(error as Error).message}`);
  } finally {
    child.close();
  }
}
