import { existsSync } from "node:fs";
import { join } from "node:path";
import { type OpenedGpu, openGpu } from "../adapter/openGpu.ts";
import { versions } from "../adapter/versions.ts";
import { type Dataset, loadDataset } from "../datasets/dataset.ts";
import { firstImages } from "../datasets/images.ts";
import { DataError } from "../formats/error.ts";
import { NETWORK_NAMES, networkOf } from "../models/networks/networks.ts";
import type { CheckpointPolicy } from "../run/checkpoints.ts";
import { type RunConfig, readConfig } from "../run/config.ts";
import { progress } from "../run/progress.ts";
import { createRunDirectory, defaultRunPath } from "../run/runDirectory.ts";
import { trainRun } from "../run/trainRun.ts";
import {
  choice,
  describeFlags,
  type Flag,
  integer,
  parseArguments,
  real,
  text,
  UsageError,
  type ValuesOf,
} from "./arguments.ts";
import { auditFlag } from "./auditFlag.ts";
import { Interrupted, ShortfallError } from "./command.ts";
import { profileFor } from "./profile.ts";

const flags = {
  data: text("NAME", "mnist, fashion, cifar10, or a folder of equal-sized PNG files (default mnist)"),
  limit: integer("N", "training images at most (default by profile)", 1),
  epochs: integer("N", "passes over the training images (default by profile)", 1),
  batch: integer("N", "images per step (default 100)", 2),
  latent: integer("N", "dimension of the codes (default 64)", 1, 1024),
  network: choice(
    NETWORK_NAMES,
    "small: two convolutions; dcgan: three or four, wider, with batch norm, for 28 to 64 pixels a side (default small)",
  ),
  source: choice(["gaussian", "cube"], "noise that transport starts from (default gaussian)"),
  chi2: real("X", "asked chi² of the cells' masses, above 0; smaller is closer (default by profile)", 0, 1e6),
  theta: real("RADIANS", "largest angle between cells that generation mixes (default 0.7)", 0, Math.PI),
  extension: choice(["facet", "local"], "how new codes are made from the transport's (default facet)"),
  samples: integer("N", "digits in samples.png (default 100)", 1, 10_000),
  seed: integer("N", "of all random numbers (default 1)", 0),
  out: text("DIR", "a new or empty folder for the run (default runs/TIME)"),
  "learning-rate": real("X", "peak of the training's learning rate (default by profile)", 0, 1e30),
  resume: text("RUN", "go on with the run in the folder RUN; takes --checkpoint and --keep and no other flag"),
  checkpoint: interval("N|Nm", "steps between checkpoints, or minutes with an m (default 1m)"),
  audit: auditFlag,
  keep: count("N|all", "checkpoints that stay while the run goes on (default 2); all: for good"),
} as const;

const usage = `usage: node dist/train.js [flags]

Learns the images, transports noise onto their codes, draws new ones, and writes all of it into a run directory:
config.json log.jsonl reals.png reconstructions.png samples.png model.safetensors transport.safetensors timing.json
summary.json

flags
${describeFlags(flags)}
A profile chosen by the adapter stands for --limit, --epochs, --learning-rate and --chi2 where they are not given: 10,000 images in
three to five minutes on a CPU driver with two cores, 60,000 on a GPU. Sets lie in data/NAME: node dist/data.js fetch NAME.

kernels: node dist/doctor.js shows which the adapter gets; BRENIER_FAMILY forces others.

A run that was stopped, by Ctrl-C, SIGTERM or a fault, goes on from its last checkpoint with --resume, and ends with the same bytes as
one that was never stopped.

exit codes: 0 fine, 1 chi² was not reached (the run is complete) or anything else, 2 wrong usage, 3 no adapter, 4 wrong or
missing data, 130 after Ctrl-C, 143 after SIGTERM
`;

/** `node dist/train.js`: see `usage`. */
export async function trainCommand(args: readonly string[], check: () => void): Promise<void> {
  const { help, values } = parseArguments(args, flags, []);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const checkpoints = { every: values.checkpoint ?? { minutes: 1 }, keep: values.keep ?? 2 };
  const say = progress({ stream: process.stderr });
  const begun = values.resume === undefined ? await begin(values) : await reopen(values.resume, values);
  if (begun === undefined) {
    process.stdout.write(`${values.resume} is complete\n`);
    return;
  }
  const { config, folder, data, gpu } = begun;
  const { limit, epochs, chi2 } = config;
  say.end(`profile ${config.profile}: ${limit} images, ${epochs} epochs, chi² ${chi2}, on ${gpu.adapter.name}`);
  try {
    const context = { config, folder, data, gpu, reopen: () => openGpu(), checkpoints, progress: say, check };
    const summary = await trainRun(context);
    process.stdout.write(
      `${folder}: chi² ${summary.chi2.toFixed(4)} (asked ${chi2}), reconstruction error ${summary.reconstructionMse.toFixed(5)}; ` +
        `look at ${join(folder, "samples.png")}\n`,
    );
    if (summary.transport.stop === "budget") {
      throw new ShortfallError(`${folder} is complete, but chi² of ${chi2} was not reached; ask for a larger --chi2`);
    }
  } catch (error) {
    if (error instanceof Interrupted) say.end(`go on with: node dist/train.js --resume ${folder}`);
    throw error;
  } finally {
    // an error on the way out would hide the one before it
    await gpu.dispose().catch(() => undefined);
  }
}

type Values = ValuesOf<typeof flags>;

/** What a run is made of, new or taken up again. */
interface Begun {
  readonly config: RunConfig;
  readonly folder: string;
  readonly data: Dataset;
  readonly gpu: OpenedGpu;
}

/** A new run in a folder of its own. */
async function begin(values: Values): Promise<Begun> {
  const name = values.data ?? "mnist";
  const batch = values.batch ?? 100;
  const data = loadDataset(name, "data");
  const requireBatch = (images: number): void => {
    if (images >= batch) return;
    throw new DataError(
      `${name}: expected at least one batch of ${batch} training images, got ${images}; lower --batch`,
    );
  };
  requireBatch(Math.min(data.train.count, values.limit ?? data.train.count));
  const { height, width, channels } = data.train;
  const { network } = values;
  const { least } = networkOf({ network });
  if (height < least || width < least) {
    const asked = network === undefined ? "" : ` for the network ${network}`;
    throw new DataError(
      `${name}: expected images of at least ${least} × ${least} pixels${asked}, got ${height} × ${width}`,
    );
  }
  const gpu = await openGpu();
  const profile = profileFor(gpu.adapter.cpu);
  const train = firstImages(data.train, Math.min(data.train.count, values.limit ?? profile.limit));
  requireBatch(train.count);
  const folder = values.out ?? defaultRunPath(new Date());
  createRunDirectory(folder);
  const config: RunConfig = {
    version: versions().brenier,
    profile: profile.name,
    data: name,
    limit: train.count,
    epochs: values.epochs ?? profile.epochs,
    batch,
    learningRate: values["learning-rate"] ?? profile.learningRate,
    model: { height, width, channels, latent: values.latent ?? 64, ...(network === undefined ? {} : { network }) },
    source: values.source ?? "gaussian",
    chi2: values.chi2 ?? profile.chi2,
    theta: values.theta ?? 0.7,
    extension: values.extension ?? "facet",
    samples: values.samples ?? 100,
    seed: values.seed ?? 1,
    ...(values.audit === undefined ? {} : { audit: values.audit }),
  };
  return { config, folder, data: { ...data, train }, gpu };
}

/** A run that was begun before; undefined when it is complete. */
async function reopen(folder: string, values: Values): Promise<Begun | undefined> {
  const other = Object.keys(values).find((flag) => !["resume", "checkpoint", "keep"].includes(flag));
  if (other !== undefined) {
    throw new UsageError(`--${other}: expected no such flag with --resume, which takes all from ${folder}/config.json`);
  }
  const config = readConfig(join(folder, "config.json"));
  if (existsSync(join(folder, "summary.json"))) return undefined;
  const { brenier } = versions();
  if (config.version !== brenier) {
    throw new DataError(
      `${folder}/config.json: expected a run of brenier ${brenier}, got one of ${config.version}; finish it with that version, or begin it again`,
    );
  }
  const data = loadDataset(config.data, "data");
  if (data.train.count < config.limit)
    throw new DataError(`${config.data}: expected ${config.limit} training images as before, got ${data.train.count}`);
  const train = firstImages(data.train, config.limit);
  return { config, folder, data: { ...data, train }, gpu: await openGpu() };
}

/** Steps, or minutes with an m. */
function interval(value: string, help: string): Flag<CheckpointPolicy["every"]> {
  return {
    value,
    help,
    parse(given, name) {
      const [, number = "", unit] = /^(\d+(?:\.\d+)?)(m?)$/.exec(given) ?? [];
      const n = Number(number);
      const good = unit === "m" ? n > 0 : Number.isSafeInteger(n) && n > 0 && number !== "";
      if (!good) throw new UsageError(`--${name}: expected steps such as 500 or minutes such as 2m, got ${given}`);
      return unit === "m" ? { minutes: n } : { steps: n };
    },
  };
}

/** A positive count, or all. */
function count(value: string, help: string): Flag<number> {
  const { parse } = integer(value, help, 1);
  return {
    value,
    help,
    parse: (given, name) => (given === "all" ? Number.POSITIVE_INFINITY : parse(given, name)),
  };
}
