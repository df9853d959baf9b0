import { join } from "node:path";
import { openGpu } from "../adapter/openGpu.ts";
import { verifySet } from "../datasets/fetch.ts";
import { isPrepared } from "../datasets/preparedSet.ts";
import { datasetSourceOf, datasetSources } from "../datasets/sources.ts";
import { EXPERIMENTS } from "../experiments/all.ts";
import type { Experiment } from "../experiments/lab/experiment.ts";
import { reproduce } from "../experiments/lab/reproduce.ts";
import { DataError } from "../formats/error.ts";
import { nearestName } from "../kernels/nearestName.ts";
import { REPORT } from "../run/liveReport.ts";
import { progress } from "../run/progress.ts";
import { defaultsOf, PROFILES, profileOf } from "../run/settings.ts";
import { choice, describeFlags, parseArguments, text, toggle, UsageError } from "./arguments.ts";
import { connectionFlags, given, natsOptions } from "./clusterFlags.ts";
import { watchQueues, withWorkers } from "./reproduceCluster.ts";
import { settingFlag } from "./settingFlag.ts";

const flags = {
  profile: choice(PROFILES, "how much work: for two cores or for a GPU (default by adapter)"),
  seed: settingFlag("seed"),
  out: text("DIR", "where results go, and where a stopped command goes on (default runs/reproduce-PROFILE-SEED)"),
  data: text("DIR", "holds the data sets, a folder each (default data)"),
  "no-report": toggle("do not write report.html"),
  cluster: text(
    "URL",
    "have the parts made by the workers at a NATS server, nats://HOST:PORT (default $BRENIER_CLUSTER)",
  ),
  watch: toggle("show who makes which parts at the server, and end"),
  ...connectionFlags,
  publish: text("DIR", "also writes RESULTS.md into DIR, and results and pictures into DIR/docs/results"),
} as const;

const names = EXPERIMENTS.map(({ name }) => name);
const width = Math.max(...names.map(({ length }) => length));

const usage = `usage: node dist/reproduce.js [EXPERIMENT ...] [flags]

Measures what "A Geometric Understanding of Deep Learning" claims, and writes RESULTS.md from it. Without a name it does all:

${EXPERIMENTS.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}\n`).join("")}
flags
${describeFlags(flags)}
It says first how long it will take on this machine. Finished parts are kept: the same command goes on where it was stopped.

exit codes: 0 fine, 2 wrong usage, 3 no adapter, 4 wrong or missing data, or a folder begun with something else, 130 after Ctrl-C,
143 after SIGTERM, 1 anything else
`;

/**
 * `node dist/reproduce.js`: see `usage`. A claim that does not hold is not an error; the report
 * says so.
 */
export async function reproduceCommand(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { help, values, positionals } = parseArguments(args, flags, ["EXPERIMENT ..."]);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const { cluster = given("BRENIER_CLUSTER"), creds, insecure, watch = false } = values;
  if (cluster === undefined && (creds !== undefined || insecure === true || watch)) {
    const flag = watch ? "watch" : creds === undefined ? "insecure" : "creds";
    throw new UsageError(`--${flag}: expected --cluster with it, got none`);
  }
  const server = cluster === undefined ? undefined : natsOptions("--cluster", cluster, values);
  if (server !== undefined && watch) {
    await watchQueues(server, signal);
    return;
  }
  const experiments =
    positionals.length === 0 ? EXPERIMENTS.filter(({ byName }) => byName !== true) : positionals.map(named);
  const dataRoot = values.data ?? "data";
  for (const set of datasetSources) {
    if (experiments.some(({ data }) => data.includes(set.name))) await verifySet(set, join(dataRoot, set.name), signal);
  }
  for (const name of new Set(experiments.flatMap(({ data }) => data))) {
    const folder = join(dataRoot, name);
    if (datasetSourceOf(name) !== undefined || isPrepared(folder)) continue;
    throw new DataError(
      `reproduce: expected a prepared set in ${folder}, got none; ${
        name === "own"
          ? `\`node dist/data.js prepare FOLDER --size 64 --out ${folder}\` makes it of any pictures`
          : `\`npm run reproduce -- ${name}\` draws and prepares it`
      }`,
    );
  }
  const gpu = await openGpu();
  try {
    const profile = values.profile ?? profileOf(gpu.adapter.cpu);
    const seed = values.seed ?? defaultsOf(profile).seed;
    const folder = values.out ?? `runs/reproduce-${profile}-${seed}`;
    const options = {
      gpu,
      folder,
      dataRoot,
      profile,
      seed,
      experiments,
      names,
      signal,
      progress: progress({ stream: process.stderr }),
      report: values["no-report"] !== true,
      ...(values.publish === undefined ? {} : { publish: values.publish }),
    };
    if (server === undefined) await reproduce(options);
    else await withWorkers(server, options, (makers) => reproduce({ ...options, makers }));
    const page = values["no-report"] === true ? "" : ` and ${join(folder, REPORT)}`;
    process.stdout.write(`${folder}: look at ${values.publish ?? folder}/RESULTS.md${page}\n`);
  } finally {
    // An error while disposing would hide the earlier one.
    await gpu.dispose().catch(() => undefined);
  }
}

function named(name: string): Experiment {
  const found = EXPERIMENTS.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `expected an experiment among ${names.join(", ")}, got ${name}; did you mean ${nearestName(name, names)}?`,
  );
}
