import { join } from "node:path";
import { DataError } from "../data/error.ts";
import { firstImages } from "../data/images.ts";
import { openGpu } from "../node.ts";
import { progress } from "../report/progress.ts";
import { createRunDirectory, defaultRunPath } from "../report/runDirectory.ts";
import type { RunConfig } from "../run/config.ts";
import { loadDataset } from "../run/dataset.ts";
import { trainRun } from "../run/trainRun.ts";
import { versions } from "../run/versions.ts";
import { choice, describeFlags, integer, parseArguments, real, text } from "./arguments.ts";
import { ShortfallError } from "./command.ts";
import { profileFor } from "./profile.ts";

const flags = {
  data: text("NAME", "mnist, fashion, cifar10, or a folder of equal-sized PNG files (default mnist)"),
  limit: integer("N", "training images at most (default by profile)", 1),
  epochs: integer("N", "passes over the training images (default by profile)", 1),
  batch: integer("N", "images per step (default 100)", 2),
  latent: integer("N", "dimension of the codes (default 64)", 1, 1024),
  source: choice(["gaussian", "cube"], "noise that transport starts from (default gaussian)"),
  chi2: real("X", "asked chi² of the cells' masses, above 0; smaller is closer (default by profile)", 0, 1e6),
  theta: real("RADIANS", "largest angle between cells that generation mixes (default 0.7)", 0, Math.PI),
  extension: choice(["facet", "local"], "how new codes are made from the transport's (default facet)"),
  samples: integer("N", "digits in samples.png (default 100)", 1, 10_000),
  seed: integer("N", "of all random numbers (default 1)", 0),
  out: text("DIR", "a new or empty folder for the run (default runs/TIME)"),
} as const;

const usage = `usage: node dist/train.js [flags]

Learns the images, transports noise onto their codes, draws new ones, and writes all of it into a run directory:
config.json log.jsonl reals.png reconstructions.png samples.png model.safetensors transport.safetensors summary.json

flags
${describeFlags(flags)}
Without --limit, --epochs and --chi2 a profile is chosen by the adapter: 10,000 images in about five minutes on a CPU
driver with two cores, 60,000 on a GPU. Sets lie in data/NAME: node dist/data.js fetch NAME.

kernels: node dist/doctor.js shows which the adapter gets; BRENIER_FAMILY forces others.

exit codes: 0 fine, 1 chi² was not reached (the run is complete) or anything else, 2 wrong usage, 3 no adapter, 4 wrong or
missing data, 130 after Ctrl-C
`;

/** `node dist/train.js`: see `usage`. */
export async function trainCommand(args: readonly string[], check: () => void): Promise<void> {
  const { help, values } = parseArguments(args, flags, []);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const name = values.data ?? "mnist";
  const batch = values.batch ?? 100;
  const data = loadDataset(name, "data");
  const requireBatch = (count: number): void => {
    if (count >= batch) return;
    throw new DataError(
      `${name}: expected at least one batch of ${batch} training images, got ${count}; lower --batch`,
    );
  };
  requireBatch(Math.min(data.train.count, values.limit ?? data.train.count));
  const { height, width, channels } = data.train;
  if (height < 4 || width < 4)
    throw new DataError(`${name}: expected images of at least 4 × 4 pixels, got ${height} × ${width}`);
  const node = await openGpu();
  const profile = profileFor(node.adapter.cpu);
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
    model: { height, width, channels, latent: values.latent ?? 64 },
    source: values.source ?? "gaussian",
    chi2: values.chi2 ?? profile.chi2,
    theta: values.theta ?? 0.7,
    extension: values.extension ?? "facet",
    samples: values.samples ?? 100,
    seed: values.seed ?? 1,
  };
  const say = progress({ stream: process.stderr });
  say.end(
    `profile ${config.profile}: ${train.count} images, ${config.epochs} epochs, chi² ${config.chi2}, on ${node.adapter.name}`,
  );
  try {
    const summary = await trainRun({ config, folder, data: { ...data, train }, node, progress: say, check });
    process.stdout.write(
      `${folder}: chi² ${summary.chi2.toFixed(4)} (asked ${config.chi2}), reconstruction error ${summary.reconstructionMse.toFixed(5)}; ` +
        `look at ${join(folder, "samples.png")}\n`,
    );
    if (summary.transport.stop === "budget") {
      throw new ShortfallError(
        `${folder} is complete, but chi² of ${config.chi2} was not reached; ask for a larger --chi2`,
      );
    }
  } finally {
    await node.close().catch(() => undefined); // an error on the way out would hide the one before it
  }
}
