import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Work to time: `run` starts one run, and `done` waits for all runs that were started. */
export interface Timed {
  run(): void;
  done(): Promise<unknown>;
}

/** Milliseconds of one run: wall time, and the CPU time of the process's threads. */
export interface Sample {
  readonly wall: number;
  /**
   * CPU time of all threads except the main one, divided by the number of cores: the wall time that
   * idle cores would give. NaN where unknown.
   */
  readonly norm: number;
  /** CPU time of all threads, including the main one, not divided by the number of cores. */
  readonly cpu: number;
}

export interface Times {
  readonly min: number;
  readonly median: number;
  readonly norm: number;
  readonly cpu: number;
}

const LEAST_MS = 10; // least length of a sample, so that the wait at its end has little weight
const MOST_RUNS = 16;

/**
 * CPU time in ms since the start, of the main thread and of all others. It is known on Linux only
 * and NaN elsewhere.
 */
export function cpuTime(): { readonly main: number; readonly others: number } {
  let [main, others] = [0, 0];
  try {
    for (const thread of readdirSync("/proc/self/task")) {
      try {
        const ns = Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[0]);
        if (Number(thread) === process.pid) main += ns;
        else others += ns;
      } catch {
        // the thread has just ended
      }
    }
  } catch {
    return { main: Number.NaN, others: Number.NaN };
  }
  return { main: main / 1e6, others: others / 1e6 };
}

async function sample({ run, done }: Timed, runs: number): Promise<Sample> {
  const before = cpuTime();
  const started = performance.now();
  for (let i = 0; i < runs; i++) run();
  await done();
  const wall = (performance.now() - started) / runs;
  const after = cpuTime();
  const [main, others] = [(after.main - before.main) / runs, (after.others - before.others) / runs];
  return { wall, norm: others / availableParallelism(), cpu: main + others };
}

/** Warms up and returns how many runs make a sample, at least `least`. */
export async function calibrate(timed: Timed, least = 1): Promise<number> {
  await sample(timed, 1);
  const { wall } = await sample(timed, 1);
  return Math.max(least, Math.min(MOST_RUNS, Math.round(LEAST_MS / wall)));
}

/** Takes samples for `budget` milliseconds, at least `least` of them. */
export async function sampleFor(timed: Timed, runs: number, budget: number, least = 2): Promise<Sample[]> {
  const samples: Sample[] = [];
  const started = performance.now();
  while (samples.length < least || performance.now() - started < budget) samples.push(await sample(timed, runs));
  return samples;
}

/** The least and the median wall time, and the medians of the CPU times. */
export function timesOf(samples: readonly Sample[]): Times {
  const walls = samples.map(({ wall }) => wall);
  return {
    min: Math.min(...walls),
    median: median(walls),
    norm: median(samples.map(({ norm }) => norm)),
    cpu: median(samples.map(({ cpu }) => cpu)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
