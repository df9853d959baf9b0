import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { OpenedGpu } from "../adapter/opened.ts";
import { openGpu } from "../adapter/openGpu.ts";
import { versions } from "../adapter/versions.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { identify } from "../cluster/identity.ts";
import { type Dataset, loadDataset } from "../datasets/dataset.ts";
import { type Images, limitImages } from "../datasets/images.ts";
import { datasetSourceOf } from "../datasets/sources.ts";
import { DataError } from "../formats/error.ts";
import { DeviceLostError } from "../kernels/gpu.ts";
import { throwIfAborted } from "../kernels/signal.ts";
import { networkOf } from "../models/networks/networks.ts";
import { DEFAULT_CHECKPOINTS } from "../run/checkpoints.ts";
import { isComplete } from "../run/complete.ts";
import { type RunConfig, readConfig } from "../run/config.ts";
import { REPORT } from "../run/liveReport.ts";
import { requireOwnFiles } from "../run/ownFiles.ts";
import { type Progress, progress } from "../run/progress.ts";
import { outOfReach } from "../run/reach.ts";
import { defaultRunPath } from "../run/runDirectory.ts";
import { defaultsOf, flipsOf, profileOf, type Settings } from "../run/settings.ts";
import { trainRun } from "../run/trainRun.ts";
import { describeFlags, parseArguments, text, toggle, UsageError, type ValuesOf } from "./arguments.ts";
import { auditFlag } from "./auditFlag.ts";
import { checkpointFlags } from "./checkpointFlags.ts";
import { coordinatorFlags, openCluster, serverOf } from "./clusterFlags.ts";
import { Interrupted, ShortfallError } from "./command.ts";
import { inNewFolder, requireNewFolder } from "./out.ts";
import { DEFAULT_SIZE, trainable } from "./preparing.ts";
import { settingFlag } from "./settingFlag.ts";

const flags = {
  data: settingFlag("data"),
  limit: settingFlag("limit"),
  epochs: settingFlag("epochs"),
  batch: settingFlag("batch"),
  "learning-rate": settingFlag("learningRate"),
  latent: settingFlag("latent"),
  network: settingFlag("network"),
  source: settingFlag("source"),
  chi2: settingFlag("chi2"),
  flips: settingFlag("flips"),
  theta: settingFlag("theta"),
  share: settingFlag("share"),
  extension: settingFlag("extension"),
  samples: settingFlag("samples"),
  seed: settingFlag("seed"),
  mirror: toggle("mirror half of the images left to right, at random, in training: not for digits or letters"),
  out: text("DIR", "a new or empty folder for the run (default runs/TIME)"),
  resume: text(
    "RUN",
    "go on with the run in the folder RUN; takes --checkpoint, --keep, --no-report, --cluster and what goes with it, and --data for images that have moved",
  ),
  ...checkpointFlags,
  audit: auditFlag,
  ...coordinatorFlags,
  "no-report": toggle("do not write report.html"),
} as const;

const usage = `usage: node dist/train.js [flags]

Learns the images, transports noise onto their codes, draws new ones, and writes all of it into a run directory:
config.json log.jsonl reals.png reconstructions.png samples.png model.safetensors transport.safetensors
generator.safetensors timing.json summary.json report.html. generator.safetensors alone is all that drawing needs, and
report.html is a page with all of the run, which is written anew while it goes on.

flags
${describeFlags(flags)}
The defaults take one to two minutes on a CPU driver with two cores. Sets lie in data/NAME: node dist/data.js fetch NAME.

A folder of PNG files of one size is read as it is. Of any other folder of pictures, a set of ${DEFAULT_SIZE} × ${DEFAULT_SIZE} is prepared in
data/prepared first: node dist/data.js prepare has other sizes. FILE.npy holds uint8 or floats in [0, 1],
[N, height, width] or [N, height, width, channels]. Sets may be larger than memory.

kernels: node dist/doctor.js shows which the adapter gets; BRENIER_FAMILY forces others.

A run that was stopped, by Ctrl-C, SIGTERM or a fault, goes on from its last checkpoint with --resume, and ends with the same bytes as
one that was never stopped.

exit codes: 0 fine, 1 chi² was not reached (the run is complete) or anything else, 2 wrong usage, 3 no adapter, 4 wrong or
missing data, 130 after Ctrl-C, 143 after SIGTERM
`;

/** `node dist/train.js`: see `usage`. */
export async function trainCommand(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { help, values } = parseArguments(args, flags, []);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const { checkpoint: every = DEFAULT_CHECKPOINTS.every, keep = DEFAULT_CHECKPOINTS.keep } = values;
  const say = progress({ stream: process.stderr });
  const server = serverOf(values);
  const begun =
    values.resume === undefined ? await begin(values, signal, say) : await reopen(values.resume, values, signal, say);
  if (begun === undefined) {
    process.stdout.write(`${values.resume} is complete\n`);
    return;
  }
  const { config, folder, data, gpu } = begun;
  const { limit, epochs, chi2 } = config;
  say.end(`profile ${config.profile}: ${limit} images, ${epochs} epochs, chi² ${chi2}, on ${gpu.adapter.name}`);
  let cluster: Cluster | undefined;
  const work = () =>
    trainRun({
      config,
      folder,
      data,
      gpu,
      cluster,
      reopen: () => openGpu(),
      checkpoints: { every, keep },
      progress: say,
      report: values["no-report"] !== true,
      signal,
    });
  const look = values["no-report"] === true ? "samples.png" : REPORT;
  try {
    cluster = await clusterOf(server, values, { config, gpu, say: say.end });
    const summary = await (values.resume === undefined ? inNewFolder(folder, work) : work());
    if (cluster !== undefined) say.end(`cluster: ${cluster.note}`);
    process.stdout.write(
      `${folder}: chi² ${summary.chi2.toFixed(4)} (asked ${chi2}), reconstruction error ${summary.reconstructionMse.toFixed(5)}; ` +
        `look at ${join(folder, look)}\n`,
    );
    if (summary.transport.stop === "budget" || summary.transport.stop === "stalled") {
      throw new ShortfallError(`${folder} is complete, but chi² of ${chi2} was not reached; ask for a larger --chi2`);
    }
  } catch (error) {
    if (error instanceof Interrupted || (isPassing(error) && existsSync(join(folder, "config.json")))) {
      say.end(`go on with: node dist/train.js --resume ${folder}`);
    }
    throw error;
  } finally {
    // An error while disposing would hide the earlier one.
    await cluster?.dispose().catch(() => undefined);
    await gpu.dispose().catch(() => undefined);
  }
}

/** Whether the same work may succeed later: a disk was full, say, or the device was lost. */
const isPassing = (error: unknown): boolean =>
  error instanceof DeviceLostError ||
  (error instanceof Error && typeof (error.cause as { readonly code?: unknown } | undefined)?.code === "string");

type Values = ValuesOf<typeof flags>;

/**
 * The workers that count for a run, with the bits of its own device; undefined where that counts
 * itself. A record has what a device computes, so that such a run goes without workers.
 */
async function clusterOf(
  server: string | undefined,
  values: Values,
  { config, gpu, say }: { readonly config: RunConfig; readonly gpu: OpenedGpu; readonly say: (line: string) => void },
): Promise<Cluster | undefined> {
  if (server === undefined) return undefined;
  if (config.audit === undefined)
    return openCluster(server, values, { say, reference: await identify(gpu, versions()) });
  if (values.cluster === undefined) return undefined;
  throw new UsageError(
    "--cluster: expected no --audit, which records what this machine computes; leave out one of them",
  );
}

/** The parts of a run, new or resumed. */
interface Begun {
  readonly config: RunConfig;
  readonly folder: string;
  readonly data: Dataset;
  readonly gpu: OpenedGpu;
}

/** Prepares a new run, for a folder of its own. */
async function begin(values: Values, signal: AbortSignal, say: Progress): Promise<Begun> {
  const { "learning-rate": learningRate, ...given } = values;
  // The defaults of these four are the same under every profile.
  const { data: asked, batch, latent, network } = { ...defaultsOf("cpu", given.network), ...given };
  const requireLimit = (limit: number): void => {
    if (limit >= batch) return;
    const got = given.limit === undefined ? `the default ${limit}` : limit;
    throw new UsageError(
      `--limit: expected at least one batch of ${batch} training images, got ${got}; raise it or lower --batch`,
    );
  };
  if (given.limit !== undefined) requireLimit(given.limit);
  if (values.out !== undefined) requireNewFolder(values.out);
  const name = await trainable(asked, "data", { say, signal });
  const data = await loadDataset(name, "data", signal, say.end);
  if (data.train.count < batch) {
    const advice =
      data.train.count < 2 ? "add pictures, of which one in ten, at least one, is held out" : "lower --batch";
    throw new DataError(
      `${name}: expected at least one batch of ${batch} training images, got ${data.train.count}; ${advice}`,
    );
  }
  const { height, width, channels } = data.train;
  const { least, mostCodes } = networkOf({ network });
  if (height < least || width < least) {
    throw new DataError(
      `${name}: expected images of at least ${least} × ${least} pixels for the network ${network}, got ${height} × ${width}`,
    );
  }
  const mostLatent = mostCodes?.(data.train) ?? latent;
  if (latent > mostLatent) {
    throw new UsageError(
      `--latent: expected at most ${mostLatent} for the network ${network} and images of ${height} × ${width}, got ${latent}`,
    );
  }
  const gpu = await openGpu();
  throwIfAborted(signal);
  const profile = profileOf(gpu.adapter.cpu);
  const rate = learningRate === undefined ? {} : { learningRate };
  const settings: Settings = { ...defaultsOf(profile, network), ...given, ...rate };
  const train = limitImages(data.train, Math.min(data.train.count, settings.limit));
  requireLimit(settings.limit);
  const folder = values.out ?? defaultRunPath(new Date());
  const { epochs, source, chi2, theta, share, extension, samples, seed } = settings;
  const { flips = 0 } = flipsOf(values.flips);
  if (flips > latent) throw new UsageError(`--flips: expected at most the ${latent} dimensions of codes, got ${flips}`);
  const config: RunConfig = {
    version: versions().brenier,
    profile,
    data: placeOf(name),
    limit: train.count,
    epochs,
    batch,
    learningRate: settings.learningRate,
    model: { height, width, channels, latent, network },
    source,
    chi2,
    ...(values.flips !== undefined && { flips: values.flips }),
    theta,
    share,
    extension,
    samples,
    seed,
    ...(values.mirror === true && { mirror: true }),
    ...(values.audit !== undefined && { audit: values.audit }),
  };
  const far = outOfReach(config, gpu.limits);
  if (far?.setting === "data") throw new DataError(`${name}: expected ${far.expected}, got ${far.got}`);
  if (far !== undefined) throw new UsageError(`--${far.setting}: expected ${far.expected}, got ${far.got}`);
  return { config, folder, data: { ...data, train }, gpu };
}

/** Prepares a run that was begun before; undefined when it is complete. */
async function reopen(folder: string, values: Values, signal: AbortSignal, say: Progress): Promise<Begun | undefined> {
  const other = Object.keys(values).find(
    (flag) => !(flag in coordinatorFlags) && !["resume", "checkpoint", "keep", "no-report", "data"].includes(flag),
  );
  if (other !== undefined) {
    throw new UsageError(`--${other}: expected no such flag with --resume, which takes all from ${folder}/config.json`);
  }
  const config = readConfig(join(folder, "config.json"));
  requireOwnFiles(folder);
  if (await isComplete(folder)) return undefined;
  const { brenier } = versions();
  if (config.version !== brenier) {
    throw new DataError(
      `${folder}/config.json: expected a run of brenier ${brenier}, got one of ${config.version}; finish it with that version, or begin it again`,
    );
  }
  const place =
    values.data === undefined ? config.data : placeOf(await trainable(values.data, "data", { say, signal }));
  const data = await loadDataset(place, "data", signal, say.end).catch((error: unknown) => {
    if (!(error instanceof DataError) || values.data !== undefined) throw error;
    const advice =
      datasetSourceOf(place) === undefined
        ? `if the images of ${folder} have moved, give --data`
        : `or resume ${folder} in the folder in which data/${place} lies`;
    throw new DataError(`${error.message}; ${advice}`, { cause: error });
  });
  const { model, limit, batch } = config;
  const sizeOf = ({ height, width, channels }: Size): string => `${height} × ${width} × ${channels}`;
  if (sizeOf(model) !== sizeOf(data.train)) {
    throw new DataError(
      `${folder}/config.json: expected a \`model\` for the images of ${place}, ${sizeOf(data.train)}, got ${sizeOf(model)}`,
    );
  }
  if (data.train.count < limit) {
    throw new DataError(`${place}: expected ${limit} training images as before, got ${data.train.count}`);
  }
  if (limit < batch) {
    throw new DataError(`${folder}/config.json: expected a \`batch\` of at most \`limit\`, ${limit}, got ${batch}`);
  }
  const train = limitImages(data.train, limit);
  const gpu = await openGpu();
  throwIfAborted(signal);
  const far = outOfReach(config, gpu.limits);
  if (far !== undefined) {
    throw new DataError(`${folder}/config.json: expected \`${far.setting}\` as ${far.expected}, got ${far.got}`);
  }
  return { config: { ...config, data: place }, folder, data: { ...data, train }, gpu };
}

type Size = Pick<Images, "height" | "width" | "channels">;

/** The name of a set, or the whole path of a folder, so that the run can go on from any folder. */
const placeOf = (data: string): string => (datasetSourceOf(data) === undefined ? resolve(data) : data);
