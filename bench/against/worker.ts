// A process of its own for one case of one revision. Its arguments are the revision's compiled
// workloads, whose library it loads, and the case's name. The clock is ours for both revisions.
import { pathToFileURL } from "node:url";
import type { Arrays } from "../case.ts";
import { calibrate, sampleFor, type Timed, timesOf } from "../measure.ts";
import { VERSION, type Workload, type Workloads } from "./cases.ts";

export type Request =
  /** Once, first: opens the device and runs the work once. */
  | { readonly do: "results" }
  /** Warms up, and tells how many runs make a sample, `least` of them at least. */
  | { readonly do: "calibrate"; readonly least: number }
  /** Samples of `runs` runs for `budget` milliseconds, one of them at least. */
  | { readonly do: "time"; readonly runs: number; readonly budget: number };

export type Answer =
  /** `results` is `null` where the revision has no case of this name. */
  | { readonly device: string; readonly results: Arrays | null }
  | { readonly runs: number }
  | Turn
  /** `unusable`: no case of this revision can be run. */
  | { readonly error: string; readonly unusable: boolean };

/** Medians in ms of one run: by the clock, and of CPU time on all threads, NaN where unknown. */
export interface Turn {
  readonly wall: number;
  readonly cpu: number;
}

const [path = "", name = ""] = process.argv.slice(2);
let work: Workload | undefined;
let unusable = true;

async function answer(request: Request): Promise<Answer> {
  if (request.do === "results") {
    const { version, open } = (await import(pathToFileURL(path).href)) as Workloads;
    if (version !== VERSION) throw new Error(`expected workloads of version ${VERSION}, got ${version}`);
    const { device, workloads } = await open();
    unusable = false;
    work = workloads[name]?.();
    return { device, results: (await work?.results()) ?? null };
  }
  if (work === undefined) throw new Error(`no case ${name}`);
  const timed: Timed = work;
  if (request.do === "calibrate") return { runs: await calibrate(timed, request.least) };
  const { median, cpu } = timesOf(await sampleFor(timed, request.runs, request.budget, 1));
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
