import { firstImages } from "../data/images.ts";
import { classify, pixelSource } from "../metrics/classify.ts";
import { fitAeGaussian } from "../models/aeGaussian.ts";
import { fitAeOtPaper } from "../models/aeOt.ts";
import { reconstructImages } from "../models/calibrate.ts";
import type { Codes } from "../models/codes.ts";
import { closeCodes } from "../models/codes.ts";
import { generate } from "../models/generator.ts";
import type { TrainedSystem } from "../models/system.ts";
import type { Rule } from "../ot/extend.ts";
import { closeMap, massCentres, type TransportMap } from "../ot/map.ts";
import { LEAST_BUDGET } from "../ot/solver.ts";
import { imageSource } from "../run/imageSource.ts";
import { hostRandom } from "../tensor/random.ts";
import { type Learning, type LearningConfig, learningOf, openCodes, openTransport } from "./codes.ts";
import { type Experiment, experiment, type Figure, type Findings, type ProfileName } from "./experiment.ts";
import { JUDGES, openJudge } from "./judge.ts";
import type { Lab } from "./lab.ts";
import { firstSamples, type Samples, sampleRows } from "./samples.ts";
import { type PictureScores, SCORE_COLUMNS, SCORE_NOTE, scoreCells, scorePictures } from "./scores.ts";
import { type SystemName, withRival } from "./systems.ts";
import { DIGIT, scoringWork, trainingWork, transportWork } from "./work.ts";

/** One data set, one number of training images: every system learns it and is scored. */
export interface PicturesConfig extends LearningConfig {
  readonly data: keyof typeof JUDGES;
  readonly chi2: number;
  readonly rivals: readonly SystemName[];
  /** Pictures that each system draws. */
  readonly generated: number;
}

interface Row {
  readonly system: string;
  readonly scores: PictureScores;
  readonly samples: Samples;
}

/** Samples of a cell for its mass centre, as the chart rule asks. */
export const CENTRES_PER_CELL = 40;

const RESAMPLED = "the same, drawn with replacement";
const RESAMPLING = 12; // stream of the seed

/** Work in a judge's eyes. */
interface Bench {
  readonly lab: Lab;
  readonly config: PicturesConfig;
  readonly learning: Learning;
  score(system: string, pixels: Float32Array, origin?: "train" | "test"): Promise<Row>;
}

async function run(lab: Lab, config: PicturesConfig): Promise<Findings> {
  const { data, rivals } = config;
  const judge = await openJudge(lab, JUDGES[data]);
  const learning = learningOf(lab, config);
  const train = await classify(judge.classifier, learning.images);
  const reals = { train, test: judge.test };
  const bench: Bench = {
    ...{ lab, config, learning },
    async score(system, pixels, origin) {
      lab.progress.update(0, 1, `${system}: scores`);
      const { height, width, channels } = learning.network;
      const count = pixels.length / (height * width * channels);
      const seen = await classify(judge.classifier, pixelSource(pixels, count));
      const scores = await scorePictures(lab.gpu, reals, seen, origin);
      return { system, scores, samples: firstSamples(pixels, learning.network) };
    },
  };
  const rows: Row[] = [
    await lab.part("real", () => realRow(bench)),
    await lab.part("real again", () => resampledRow(bench)),
    ...(await ofCodes(bench)),
  ];
  for (const name of rivals)
    rows.push(await lab.part(name, () => withRival(lab, learning, name, (system) => drawnBy(bench, name, system))));
  const picture = sampleRows(
    lab,
    "samples",
    rows.map(({ samples }) => samples),
  );
  lab.engine.free(judge.classifier.parameters.flat);
  const names = rows.map(({ system }) => system).join(", ");
  return {
    tables: [
      {
        title: `${data}, ${config.images} training images`,
        note: `${SCORE_NOTE} The judge is right about ${(100 * judge.accuracy).toFixed(2)} % of the test images.`,
        columns: [{ name: "system" }, ...SCORE_COLUMNS],
        rows: rows.map(({ system, scores }) => [system, ...scoreCells(scores)]),
      },
    ],
    figures: figures(config, judge.accuracy, rows),
    pictures: [{ file: picture, caption: `Rows from the top: ${names}. The first pictures of each, none chosen.` }],
  };
}

/** Training images in the place of generated ones: what a perfect system would have, but for its novelty. */
function realRow({ config, learning: { images }, score }: Bench): Promise<Row> {
  const count = Math.min(images.count, config.generated);
  return score("real training images", images.batch(Array.from({ length: count }, (_, i) => i)));
}

/** The same drawn one by one with replacement, as what draws from stored codes must do: some come twice, some never. */
function resampledRow({ lab, config, learning: { images }, score }: Bench): Promise<Row> {
  const random = hostRandom(lab.drawSeed, RESAMPLING);
  return score(RESAMPLED, images.batch(Array.from({ length: config.generated }, () => random.integer(images.count))));
}

/** Reconstruction, AE-OT by each rule, the published recipe, and one Gaussian, all on the same codes. */
async function ofCodes(bench: Bench): Promise<readonly Row[]> {
  const { lab, config, learning, score } = bench;
  let codes: Codes | undefined;
  let map: TransportMap | undefined;
  const open = async (): Promise<Codes> => (codes ??= await openCodes(lab, learning));
  const openMap = async (): Promise<TransportMap> =>
    (map ??= await openTransport(lab, await open(), learning, config.chi2));
  try {
    await lab.part("autoencoder", async () => ({ sharpening: (await open()).calibration.sharpening }));
    await lab.part("transport", async () => ({ targets: (await openMap()).problem.targets.count }));
    const byRule = (name: string, make: (map: TransportMap) => Rule | Promise<Rule>) =>
      lab.part(name, async () => {
        const [{ model, calibration }, opened] = [await open(), await openMap()];
        const draw = { count: config.generated, seed: lab.drawSeed };
        return score(
          name,
          (await generate({ model, calibration, map: opened, rule: await make(opened) }, draw)).pixels,
        );
      });
    const ofSystem = (name: string, fit: (codes: Codes) => TrainedSystem | Promise<TrainedSystem>) =>
      lab.part(name, async () => {
        const system = await fit(await open());
        try {
          return await drawnBy(bench, name, system);
        } finally {
          system.close();
        }
      });
    const budget = Math.max(LEAST_BUDGET, Math.ceil((2.8 * config.images) / config.chi2)); // what the default recipe asks for
    return [
      await lab.part("reconstruction", async () => {
        const { model, calibration } = await open();
        const test = lab.dataset(config.data).heldOut;
        const count = Math.min(test.count, config.generated);
        const source = imageSource(firstImages(test, count));
        return score("reconstruction", await reconstructImages(model, calibration, source, count), "test");
      }),
      await byRule("AE-OT, facet", () => ({ name: "facet" })),
      await byRule("AE-OT, local", () => ({ name: "local" })),
      await byRule("AE-OT, chart", async (opened) => ({
        name: "chart",
        centres: await massCentres(opened, { samplesPerCell: CENTRES_PER_CELL, seed: lab.seed }),
      })),
      await ofSystem("AE-OT, as published", (found) => fitAeOtPaper(found, lab.seed, { budget })),
      await ofSystem("AE + Gaussian", fitAeGaussian),
    ];
  } finally {
    if (map !== undefined) closeMap(map);
    if (codes !== undefined) closeCodes(codes);
  }
}

async function drawnBy({ lab, config, score }: Bench, name: string, system: TrainedSystem): Promise<Row> {
  return score(name, await system.sample({ count: config.generated, seed: lab.drawSeed }));
}

/** What was asked of the systems, held to what came. */
function figures({ data, images, rivals }: PicturesConfig, accuracy: number, rows: readonly Row[]): readonly Figure[] {
  const of = (system: string): PictureScores => {
    const found = rows.find((row) => row.system === system);
    if (found === undefined) throw new RangeError(`pictures: expected a row of ${system}, got none`);
    return found.scores;
  };
  const [real, reconstruction, facet] = [of("real training images"), of("reconstruction"), of("AE-OT, facet")];
  const on = `${data}, ${images} images: `;
  const limits: Readonly<Record<string, number>> = { mnist: 0.99, fashion: 0.91 };
  const all: Figure[] = [];
  const add = (claim: string, required: string, reached: string, met: boolean, cause?: string): void => {
    all.push({ claim: on + claim, required, reached, met, ...(met || cause === undefined ? {} : { cause }) });
  };
  const limit = limits[data];
  if (limit !== undefined)
    add("test accuracy of the judge", `≥ ${100 * limit} %`, `${(100 * accuracy).toFixed(2)} %`, accuracy >= limit);
  add(
    "excess FCD of facet over that of reconstruction",
    "≤ 3",
    (facet.excess / reconstruction.excess).toFixed(2),
    facet.excess <= 3 * reconstruction.excess,
  );
  for (const rival of rivals) {
    const { excess } = of(rival);
    add(
      `excess FCD of facet below ${rival}'s`,
      `< ${excess.toFixed(2)}`,
      facet.excess.toFixed(2),
      facet.excess < excess,
    );
  }
  add(
    "recall of facet, beside that of real images",
    `${real.recall.toFixed(3)} ± .05`,
    facet.recall.toFixed(3),
    Math.abs(facet.recall - real.recall) <= 0.05,
    `drawing one by one: the same real images drawn with replacement have ${of(RESAMPLED).recall.toFixed(3)}, ` +
      `reconstructions, of which each comes once, ${reconstruction.recall.toFixed(3)}; the rest is what decoding and extension cost`,
  );
  add("label shares of facet from the data's", "≤ .03", facet.drift.toFixed(3), facet.drift <= 0.03);
  const novel = ["AE-OT, chart", "AE-OT, local"].map((name) => ({ name, scores: of(name) }));
  const good = novel.filter(({ scores }) => scores.novelty >= 0.7 && scores.excess <= 1.5 * facet.excess);
  const told = novel.map(
    ({ name, scores }) =>
      `${name.slice(7)} ${scores.novelty.toFixed(2)} at ${(scores.excess / facet.excess).toFixed(2)} × facet's`,
  );
  add("novelty of chart or local, and its price in excess FCD", "≥ .70 at ≤ 1.5 ×", told.join("; "), good.length > 0);
  return all;
}

const workOf = (config: PicturesConfig): number => {
  const { data, images, epochs, latent, chi2, rivals, generated } = config;
  const picture = data === "cifar10" ? { height: 32, width: 32, channels: 3 } : DIGIT;
  const seen = epochs * images;
  const training = ["autoencoder" as const, ...rivals].map((name) => trainingWork(name, picture, latent, seen));
  const scoring = (8 + rivals.length) * scoringWork(picture, generated, images);
  const judge = trainingWork("autoencoder", picture, latent, JUDGES[data].epochs * 60_000) / 2;
  return training.reduce((sum, work) => sum + work, 0) + 3 * transportWork(images, latent, chi2) + scoring + judge;
};

const RIVAL_NAMES: readonly SystemName[] = ["VAE", "WAE-MMD", "GAN", "WGAN-GP"];

/** An experiment that has every system learn one set. */
export function pictures(
  name: string,
  title: string,
  configs: Readonly<Record<ProfileName, PicturesConfig>>,
): Experiment {
  return experiment({ name, title, data: [configs.cpu.data], configs, work: workOf, run });
}

/** The first 10,000 images of a set: what is learnt of them, and how much is drawn. */
export const SMALL = {
  size: { images: 10_000, latent: 64, generated: 10_000 },
  budget: { cpu: { epochs: 8, batch: 50, chi2: 0.05 }, gpu: { epochs: 60, batch: 100, chi2: 0.02 } },
} as const;

const small = (data: "mnist" | "fashion"): Readonly<Record<ProfileName, PicturesConfig>> => {
  const { images, latent, generated } = SMALL.size;
  const both = { data, images, latent, rivals: RIVAL_NAMES, generated };
  return { cpu: { ...both, ...SMALL.budget.cpu }, gpu: { ...both, ...SMALL.budget.gpu } };
};

const large = (data: "mnist" | "fashion"): Readonly<Record<ProfileName, PicturesConfig>> => {
  const both = { data, images: 60_000, latent: 64, generated: 10_000 };
  return {
    cpu: { ...both, epochs: 1, batch: 50, chi2: 0.5, rivals: ["VAE"] },
    gpu: { ...both, epochs: 12, batch: 100, chi2: 0.1, rivals: RIVAL_NAMES },
  };
};

/** The systems side by side on each data set. */
export const PICTURES: readonly Experiment[] = [
  pictures("mnist-10k", "Does transport cost the pictures anything? MNIST, 10,000 digits", small("mnist")),
  pictures("fashion-10k", "The same on Fashion-MNIST, 10,000 pictures", small("fashion")),
  pictures("mnist-60k", "The same on all 60,000 digits of MNIST", large("mnist")),
  pictures("fashion-60k", "The same on all 60,000 pictures of Fashion-MNIST", large("fashion")),
  pictures("cifar10", "The same on CIFAR-10, as far as the machine goes", {
    cpu: {
      data: "cifar10",
      images: 10_000,
      latent: 64,
      generated: 10_000,
      epochs: 6,
      batch: 50,
      chi2: 0.1,
      rivals: ["VAE"],
    },
    gpu: {
      ...{ data: "cifar10", images: 50_000, latent: 128, generated: 10_000, epochs: 20, batch: 100, chi2: 0.1 },
      rivals: RIVAL_NAMES,
    },
  }),
];
