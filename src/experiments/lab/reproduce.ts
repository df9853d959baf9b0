import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { OpenedGpu } from "../../adapter/opened.ts";
import { versions } from "../../adapter/versions.ts";
import { writeFileAtomic } from "../../files/atomicWrite.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { DataError } from "../../formats/error.ts";
import { duration } from "../../report/words.ts";
import { lockRun } from "../../run/lock.ts";
import type { ProfileName } from "../../run/settings.ts";
import type { Experiment, Shared } from "./experiment.ts";
import { encode, readJson } from "./json.ts";
import { LabReport } from "./labReport.ts";
import { measureRate } from "./rate.ts";
import { type Machine, RESULT, type Result, readResult, readResults, writeReport } from "./report.ts";
import { type Maker, trainedName, Workspace, type WorkspaceOptions } from "./workspace.ts";

export interface ReproduceOptions extends WorkspaceOptions {
  readonly experiments: readonly Experiment[];
  /** Names of all experiments, in the order of the report. */
  readonly names: readonly string[];
  readonly profile: ProfileName;
  /**
   * A folder into which to write RESULTS.md too, and the results with their pictures under
   * docs/results.
   */
  readonly publish?: string;
  /** Whether report.html is written, with the points of its curves in curves.jsonl. */
  readonly report?: boolean;
  /** Who makes parts and trained results in place of this process: all experiments run at once. */
  readonly makers?: Makers;
}

/** Machines that make the files of experiments. */
export interface Makers {
  /** Has a file of an experiment made. */
  readonly make: (experiment: Experiment, ...file: Parameters<Maker>) => Promise<void>;
  /** Until all that was begun is made or has failed. */
  readonly rest: () => Promise<void>;
}

/**
 * Runs experiments one after the other in `folder`: parts/ holds finished parts, results/ one JSON
 * file for each finished experiment, and RESULTS.md the report on them. Finished work is not
 * repeated. At the start it prints an estimate of the remaining time.
 *
 * @throws DataError for a folder begun with another version, profile, seed or adapter;
 *   RunDirectoryError when another process works in it.
 */
export async function reproduce(options: ReproduceOptions): Promise<void> {
  const { gpu, folder, profile, seed, progress, signal } = options;
  makeFolder(join(folder, "results"));
  const release = await lockRun(folder, { tell: progress.end, signal });
  try {
    const machine = machineOf(gpu);
    holdTo(folder, { profile, seed: String(seed), adapter: machine.adapter, brenier: machine.brenier });
    if (options.report !== true) return await runExperiments(options, machine);
    const report = new LabReport(options, machine);
    try {
      report.write();
      await runExperiments({ ...options, progress: report.progress, tell: (told) => report.tell(told) }, machine);
      report.write({ state: "finished" });
    } catch (error) {
      report.fail(error, signal.aborted === true);
      throw error;
    } finally {
      report.close();
    }
  } finally {
    await release();
  }
}

/** Runs those experiments that have no result yet, and writes RESULTS.md. */
async function runExperiments(options: ReproduceOptions, machine: Machine): Promise<void> {
  const { folder, profile, seed, experiments, progress, makers } = options;
  const fileOf = ({ name }: Experiment): string => join(folder, "results", `${name}.json`);
  const open = experiments.filter((each) => !isDone(fileOf(each), each.config(profile)));
  for (const each of experiments) if (!open.includes(each)) progress.end(`${each.name}: done before`);
  await estimate(options, open);
  const run = async (each: Experiment): Promise<void> => {
    const config = each.config(profile);
    const make: Maker | undefined = makers && ((...file) => makers.make(each, ...file));
    const workspace = new Workspace(each.name, originOf(each, profile, seed), {
      ...options,
      ...(make === undefined ? {} : { make }),
    });
    const findings = await each.run(workspace, profile);
    const { name: experiment, title } = each;
    const result: Result = {
      format: RESULT,
      experiment,
      title,
      profile,
      seed,
      config,
      machine,
      seconds: workspace.seconds,
      findings,
    };
    writeFileAtomic(fileOf(each), encode(result));
    publish(options);
  };
  if (makers === undefined) for (const each of open) await run(each);
  else await allOf(open.map(run), makers);
  publish(options);
}

/** Whether a file holds the result of an experiment with this config. */
function isDone(path: string, config: unknown): boolean {
  return existsSync(path) && JSON.stringify(readResult(path).config) === JSON.stringify(config);
}

/** Waits for all experiments, and for parts that are under way for one that has failed. */
async function allOf(runs: readonly Promise<void>[], { rest }: Makers): Promise<void> {
  const ended = await Promise.allSettled(runs);
  await rest();
  const failed = ended.filter((each) => each.status === "rejected").map(({ reason }) => reason as unknown);
  const [first, ...others] = failed;
  if (first === undefined) return;
  if (others.length === 0 || others.every((other) => other === first)) throw first;
  const lines = failed.map((error) => (error as Error).message);
  throw new Error(`${failed.length} experiments lack a part: ${lines.join("; ")}`, { cause: first });
}

/** Everything that determines the results of an experiment's parts. */
export const originOf = (each: Experiment, profile: ProfileName, seed: number): string =>
  JSON.stringify({ version: versions().brenier, profile, seed, config: each.config(profile) });

function machineOf({ adapter }: OpenedGpu): Machine {
  return {
    adapter: adapter.name,
    driver: adapter.driver,
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: cpus().length,
    ...versions(),
  };
}

/** Writes config.json, or checks that the folder's config.json is equal. */
function holdTo(folder: string, wanted: Readonly<Record<string, string>>): void {
  const path = join(folder, "config.json");
  if (!existsSync(path)) {
    writeFileAtomic(path, encode(wanted));
    return;
  }
  const found = readJson(path);
  const then = (typeof found === "object" && found !== null ? found : {}) as Readonly<Record<string, unknown>>;
  const other = Object.keys(wanted).find((key) => then[key] !== wanted[key]);
  if (other === undefined) return;
  throw new DataError(
    `${path}: expected the ${other} ${wanted[other]}, got ${String(then[other])}; choose another --out, or go on as it was begun`,
  );
}

/**
 * Approximate number of operations of each experiment. A shared result counts for the first
 * experiment that needs it, and not at all where it is trained already.
 */
export function workOf(
  experiments: readonly Experiment[],
  profile: ProfileName,
  isTrained: (shared: Shared) => boolean = () => false,
): readonly number[] {
  const counted = new Set<string>();
  return experiments.map((each) =>
    each.shares(profile).reduce((sum, shared) => {
      const name = JSON.stringify([shared.kind, shared.key]);
      if (counted.has(name) || isTrained(shared)) return sum;
      counted.add(name);
      return sum + shared.work;
    }, each.work(profile)),
  );
}

/** Prints how long each experiment will take, by the rate of matrix products measured now. */
async function estimate(options: ReproduceOptions, open: readonly Experiment[]): Promise<void> {
  if (open.length === 0) return;
  const { gpu, profile, progress, seed, folder } = options;
  const rate = await measureRate(gpu);
  const isTrained = ({ kind, key }: Shared): boolean =>
    existsSync(join(folder, "trained", trainedName(kind, key, seed)));
  const seconds = workOf(open, profile, isTrained).map((work) => work / rate);
  // How much of an experiment its finished parts are is not known.
  const begun = open.map(({ name }) => {
    const parts = join(folder, "parts", name);
    return existsSync(parts) && readdirSync(parts).some((file) => file.endsWith(".json"));
  });
  const time = (some: boolean, s: number): string => `${some ? "at most" : "about"} ${duration(s)}`;
  open.forEach(({ name, title }, i) => {
    progress.end(`${name}: ${time(begun[i] as boolean, seconds[i] as number)}: ${title}`);
  });
  const all = time(
    begun.includes(true),
    seconds.reduce((sum, s) => sum + s, 0),
  );
  progress.end(`${all} in all at ${(rate / 1e9).toPrecision(3)} GFLOP/s; Ctrl-C stops, the same command goes on`);
}

/**
 * Writes the report on the finished results and, where `publish` is given, a second one beside
 * copies of the results.
 */
function publish({ folder, names, publish: place }: ReproduceOptions): void {
  const results = readResults(join(folder, "results"), names);
  writeReport(join(folder, "RESULTS.md"), results, "pictures");
  if (place === undefined) return;
  const docs = join(place, "docs", "results");
  makeFolder(docs);
  for (const { experiment, findings } of results) {
    copyFileSync(join(folder, "results", `${experiment}.json`), join(docs, `${experiment}.json`));
    for (const { file } of findings.pictures) copyFileSync(join(folder, "pictures", file), join(docs, file));
  }
  writeReport(join(place, "RESULTS.md"), readResults(docs, names), "docs/results");
}
