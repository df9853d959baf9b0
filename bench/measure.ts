import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Something to time: `run` starts one run, `done` waits for all that was started. */
export interface Timed {
  run(): void;
  done(): Promise<unknown>;
}

/** Milliseconds of one run: wall, and the CPU time that the process spent on its threads. */
export interface Sample {
  readonly wall: number;
  /**
   * Of all threads but the main one, over the number of cores: what the wall would be on idle
   * cores. NaN where unknown.
   */
  readonly norm: number;
  /** Of all threads, the main one included, not divided by anything. */
  readonly cpu: number;
}

export interface Times {
  readonly min: number;
  readonly median: number;
  readonly norm: number;
  readonly cpu: number;
}

const LEAST_MS = 10; // a sample is at least this long, so that the wait weighs little
const MOST_RUNS = 16;

/**
 * CPU time in ms since the start, of the main thread and of the others. Linux only; NaN elsewhere.
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
        // a thread that has just ended
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

/** Warms up and finds how many runs make a sample, `least` of them at least. */
export async function calibrate(timed: Timed, least = 1): Promise<number> {
  await sample(timed, 1);
  const { wall } = await sample(timed, 1);
  return Math.max(least, Math.min(MOST_RUNS, Math.round(LEAST_MS / wall)));
}

/** Samples for `budget` milliseconds, at least `least` of them. */
export async function sampleFor(timed: Timed, runs: number, budget: number, least = 2): Promise<Sample[]> {
  const samples: Sample[] = [];
  const started = performance.now();
  while (samples.length < least || performance.now() - started < budget) samples.push(await sample(timed, runs));
  return samples;
}

/** Least and median wall times, medians of the CPU times. */
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
