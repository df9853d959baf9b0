import { choice, describeFlags, integer, real, text } from "./arguments.ts";

export const trainFlags = {
  data: text("NAME", "mnist, or a folder of equal-sized PNG files (default mnist)"),
  limit: integer("N", "training images at most (default by profile)", 1),
  epochs: integer("N", "passes over the training images (default by profile)", 1),
  batch: integer("N", "images per step (default 100)", 2),
  latent: integer("N", "dimension of the codes (default 64)", 1, 1024),
  source: choice(["gaussian", "cube"], "noise that transport starts from (default gaussian)"),
  chi2: real("X", "asked chi² of the cells' masses, 0 is exact (default by profile)", 0, 1e6),
  theta: real("RADIANS", "largest angle between cells that generation mixes (default 0.7)", 0, Math.PI),
  extension: choice(["facet", "local"], "how new codes are made from the transport's (default facet)"),
  samples: integer("N", "digits in samples.png (default 100)", 1, 10_000),
  seed: integer("N", "of all random numbers (default 1)", 0),
  out: text("DIR", "a new or empty folder for the run (default runs/TIME)"),
} as const;

export const trainUsage: string = `usage: node dist/train.js [flags]

Learns the images, transports noise onto their codes, draws new ones, and writes all of it into a run directory:
config.json log.jsonl reals.png reconstructions.png samples.png model.safetensors transport.safetensors summary.json

flags
${describeFlags(trainFlags)}
Without --limit, --epochs and --chi2 a profile is chosen by the adapter: 10,000 images in about five minutes on a CPU
driver with two cores, 60,000 on a GPU. MNIST lies in data/mnist: node dist/data.js fetch mnist.

exit codes: 0 fine, 2 wrong usage, 3 no adapter, 4 wrong or missing data, 130 after Ctrl-C, 1 anything else
`;
