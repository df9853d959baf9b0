// A process of its own that runs one case of one revision on request. The code that measures time
// is the same for both revisions; the library and the work come from the revision's compiled
// workloads.
import { pathToFileURL } from "node:url";
import type { Arrays } from "../case.ts";
import { calibrate, sampleFor, timesOf } from "../measure.ts";
import { VERSION, type Workloads } from "./cases.ts";

export interface Request {
  /** The revision's compiled bench/against/workloads.js. */
  readonly workloads: string;
  readonly name: string;
  /** What to do with the work, after a first run for comparison or for warming up. */
  readonly then:
    | { readonly do: "calibrate"; readonly least: number }
    /** Take samples of `runs` runs for `budget` milliseconds, at least one sample. */
    | { readonly do: "time"; readonly runs: number; readonly budget: number };
}

export type Answer =
  /** The revision has no case of this name. */
  | { readonly missing: true }
  /** `unusable`: no case of this revision can be run. */
  | { readonly error: string; readonly unusable: boolean }
  | Calibrated
  | Turn;

export interface Calibrated {
  /** The adapter and its kernels. */
  readonly device: string;
  readonly results: Arrays;
  /** Number of runs in a sample. */
  readonly runs: number;
}

/**
 * Medians in ms of one run: the wall time, and the CPU time of all threads, which is NaN where
 * unknown.
 */
export interface Turn {
  readonly wall: number;
  readonly cpu: number;
}

let unusable = true;

async function answer({ workloads: path, name, then }: Request): Promise<Answer> {
  const { version, open } = (await import(pathToFileURL(path).href)) as Workloads;
  if (version !== VERSION) throw new Error(`expected workloads of version ${VERSION}, got ${version}`);
  const { device, workloads } = await open();
  unusable = false;
  const work = workloads[name]?.();
  if (work === undefined) return { missing: true };
  const results = await work.results();
  if (then.do === "calibrate") return { device, results, runs: await calibrate(work, then.least) };
  // The work runs for as long as it is timed afterwards: by then the JavaScript engine has compiled
  // what runs often, as it has in nearly all of a training.
  await sampleFor(work, then.runs, then.budget, 1);
  const { median, cpu } = timesOf(await sampleFor(work, then.runs, then.budget, 1));
  return { wall: median, cpu };
}

process.on("message", (request: Request) => {
  void answer(request)
    .catch((error: unknown): Answer => {
      const [text = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      return { error: text, unusable };
    })
    .then((given) => process.send?.(given));
});
process.on("disconnect", () => process.exit());
