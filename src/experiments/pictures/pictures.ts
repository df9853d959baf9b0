import { hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import { classify, pixelSource } from "../../metrics/classify.ts";
import { subsetNumbers } from "../../metrics/samples.ts";
import type { Codes } from "../../models/autoencoder/codes.ts";
import { generate } from "../../models/autoencoder/generator.ts";
import { DEFAULT_NETWORK, facetRule, localRule } from "../../models/networks/networks.ts";
import { fitAeGaussian } from "../../models/systems/aeGaussian.ts";
import { fitAeOtPaper } from "../../models/systems/aeOt.ts";
import type { TrainedSystem } from "../../models/systems/system.ts";
import { fitFacet } from "../../ot/extension/fitFacet.ts";
import type { Rule } from "../../ot/extension/rule.ts";
import { massCentres, SAMPLES_PER_CELL, type TransportMap } from "../../ot/map/map.ts";
import { LEAST_BUDGET, SAMPLES_PER_TARGET } from "../../ot/solver/solver.ts";
import type { ProfileName } from "../../run/settings.ts";
import { type Experiment, experiment, type Findings } from "../lab/experiment.ts";
import { PICTURE_SIZES, scoringWork, trainingWork, transportWork } from "../lab/work.ts";
import type { Workspace } from "../lab/workspace.ts";
import { SYSTEM_NAMES, withBaseline } from "./baselines.ts";
import { learningOf, openCodes, openTransport, sharedCodes } from "./codes.ts";
import { EVALUATION_CONFIGS, openEvaluationClassifier, sharedClassifier } from "./evaluationClassifier.ts";
import { MIXING_CAPTION, mixingRows } from "./mixingRows.ts";
import { ofPca } from "./pcaRows.ts";
import { BALANCED, pictureClaims, RESAMPLED } from "./pictureClaims.ts";
import { type PictureRow, type PicturesConfig, rivalsOf, stepsOf } from "./pictureRow.ts";
import { type Samples, sampleRows, spreadSamples } from "./samples.ts";
import { SCORE_COLUMNS, SCORE_NOTE, scoreCells, scorePictures } from "./scores.ts";
import { drawnBy, reconstructionRow, type Scoring, testOf } from "./scoring.ts";

async function run(workspace: Workspace, config: PicturesConfig): Promise<Findings> {
  const { data, baselines } = config;
  const { signal } = workspace;
  const evaluation = await openEvaluationClassifier(workspace, EVALUATION_CONFIGS[data]);
  const learning = await learningOf(workspace, config);
  const train = await classify(evaluation.classifier, learning.images, { signal });
  const seen = { train, test: evaluation.test };
  const scoring: Scoring = {
    workspace,
    config,
    learning,
    async score(system, pixels, origin) {
      workspace.progress.update(0, 1, `${system}: scores`);
      const { height, width, channels } = learning.network;
      const count = pixels.length / (height * width * channels);
      const shown = await classify(evaluation.classifier, pixelSource(pixels, count), { signal });
      const scores = await scorePictures(workspace.gpu, seen, shown, { origin, signal });
      return { system, scores, samples: spreadSamples(pixels, learning.network) };
    },
  };
  const reference = await Promise.all([
    workspace.part("real", () => realRow(scoring)),
    workspace.part("real again", () => resampledRow(scoring)),
    ofPca(scoring),
  ]);
  const ours = await ofCodes(scoring);
  const rivals = await learningOf(workspace, rivalsOf(config));
  const others = await Promise.all(
    baselines.map((name) =>
      workspace.part(name, () => withBaseline(workspace, rivals, name, (system) => drawnBy(scoring, name, system))),
    ),
  );
  const rows: readonly PictureRow[] = [...reference.flat(), ...ours.rows, ...others];
  const picture = sampleRows(
    workspace,
    "samples",
    rows.map(({ samples }) => samples),
  );
  evaluation.classifier.dispose();
  const mixing = ours.mixing.length === 0 ? [] : [sampleRows(workspace, "mixing", ours.mixing)];
  const names = rows.map(({ system }) => system).join(", ");
  return {
    tables: [
      {
        title: `${data}, ${config.images} training images`,
        note: noteOn(config, evaluation.accuracy),
        columns: [{ name: "system" }, ...SCORE_COLUMNS],
        rows: rows.map(({ system, scores }) => [system, ...scoreCells(scores)]),
      },
    ],
    claims: pictureClaims(config, evaluation.accuracy, rows),
    pictures: [
      {
        file: picture,
        caption: `Rows from the top: ${names}. Pictures of each, evenly spread over all of them, none chosen.`,
      },
      ...mixing.map((file) => ({ file, caption: MIXING_CAPTION })),
    ],
  };
}

function noteOn(config: PicturesConfig, accuracy: number): string {
  const { batch, latent, baselines } = config;
  const rivals = rivalsOf(config);
  const own =
    config.rivals === undefined
      ? ""
      : ` (the baselines ${stepsOf(rivals)} of ${rivals.batch}, with the network ${rivals.network ?? DEFAULT_NETWORK})`;
  const generator = baselines.includes("WGAN-GP") ? "; WGAN-GP's generator moved in every fifth" : "";
  const turns =
    EVALUATION_CONFIGS[config.data].turned === undefined
      ? ""
      : " It tells how far a picture is turned, so that labels are turns and a drift is a share of pictures that do not look upright.";
  return (
    `${SCORE_NOTE} The evaluation classifier is right about ${(100 * accuracy).toFixed(2)} % of the test images.${turns} Every system had ` +
    `${stepsOf(config)} steps of ${batch} pictures${own} and codes or noise of dimension ${latent}${generator}: short trainings ` +
    "which tell what such a budget buys, not what the systems can reach. The first two rows differ by what drawing costs: no " +
    "smaller difference means anything."
  );
}

/**
 * The row of training images in place of generated ones: the scores of a perfect system, except for
 * its novelty.
 */
function realRow({ config, learning: { images }, score }: Scoring): Promise<PictureRow> {
  const count = Math.min(images.count, config.generated);
  return score("real training images", images.batch(subsetNumbers(count, images.count)));
}

/**
 * The row of training images drawn with replacement, as a system that draws stored codes does: some
 * images occur twice, some never.
 */
function resampledRow({ workspace, config, learning: { images }, score }: Scoring): Promise<PictureRow> {
  const random = hostRandom(workspace.drawSeed, STREAMS.host.resampling);
  return score(RESAMPLED, images.batch(Array.from({ length: config.generated }, () => random.integer(images.count))));
}

/**
 * Rows of the systems on the same codes: reconstruction, AE-OT by each rule, the published recipe,
 * and one Gaussian; and the rows of `mixingRows`.
 */
async function ofCodes(
  scoring: Scoring,
): Promise<{ readonly rows: readonly PictureRow[]; readonly mixing: readonly Samples[] }> {
  const { workspace, config, learning, score } = scoring;
  const { signal } = workspace;
  let codes: Codes | undefined;
  let map: TransportMap | undefined;
  const open = async (): Promise<Codes> => (codes ??= await openCodes(workspace, learning));
  const openMap = async (): Promise<TransportMap> =>
    (map ??= await openTransport(workspace, await open(), learning, config.chi2));
  try {
    await workspace.part("autoencoder", async () => ({ sharpening: (await open()).calibration.sharpening }));
    await workspace.part("transport", async () => ({ targets: (await openMap()).problem.targets.count }));
    const byRule = (name: string, make: (map: TransportMap) => Rule | Promise<Rule>, balanced = false) =>
      workspace.part(name, async () => {
        const [{ model, calibration }, opened] = [await open(), await openMap()];
        const draw = { count: config.generated, seed: workspace.drawSeed, balanced, signal };
        return score(
          name,
          (await generate({ model, calibration, map: opened, rule: await make(opened) }, draw)).pixels,
        );
      });
    const fitted = (opened: TransportMap): Promise<Rule> =>
      fitFacet(opened, facetRule(learning.network), { seed: workspace.seed, signal });
    const ofSystem = (name: string, fit: (codes: Codes) => TrainedSystem | Promise<TrainedSystem>) =>
      workspace.part(name, async () => {
        const system = await fit(await open());
        try {
          return await drawnBy(scoring, name, system);
        } finally {
          system.dispose();
        }
      });
    // the number of samples that the default recipe takes
    const budget = Math.max(LEAST_BUDGET, Math.ceil((SAMPLES_PER_TARGET * config.images) / config.chi2));
    const rows = [
      workspace.part("reconstruction", async () => {
        const system = "reconstruction";
        return reconstructionRow(scoring, { system, codes: await open(), test: await testOf(scoring) });
      }),
      byRule("AE-OT, facet", fitted),
      byRule(BALANCED, fitted, true),
      byRule("AE-OT, local", () => localRule(learning.network)),
    ];
    if (config.centres !== false) {
      const chart = async (opened: TransportMap): Promise<Rule> => {
        const centres = await massCentres(opened, { seed: workspace.seed, signal });
        return { name: "chart", centres };
      };
      rows.push(byRule("AE-OT, chart", chart));
      rows.push(ofSystem("AE-OT, as published", (found) => fitAeOtPaper(found, workspace.seed, { budget, signal })));
    }
    rows.push(ofSystem("AE + Gaussian", fitAeGaussian));
    const mixing = workspace.part("mixing", async () =>
      mixingRows(await openMap(), await open(), { seed: workspace.drawSeed, signal }),
    );
    const [made, shown] = await Promise.all([Promise.all(rows), mixing]);
    return { rows: made, mixing: shown };
  } finally {
    if (map !== undefined) map.dispose();
    if (codes !== undefined) codes.dispose();
  }
}

const workOf = (config: PicturesConfig): number => {
  const { data, images, latent, chi2, baselines, generated } = config;
  const picture = PICTURE_SIZES[data];
  const rivals = rivalsOf(config);
  const network = { ...picture, latent, network: rivals.network };
  const training = baselines.map((name) => trainingWork(name, rivals.epochs * images, network));
  const scoring = (9 + baselines.length) * scoringWork(picture, generated, images);
  // The published recipe takes as long as the default one, and both need mass centres.
  const published = transportWork(images, latent, chi2) + 2 * SAMPLES_PER_CELL * 2 * latent * images * images;
  return training.reduce((sum, work) => sum + work, scoring + (config.centres === false ? 0 : published));
};

/** The experiment that trains every system on one set. */
export function pictures(
  name: string,
  title: string,
  configs: Readonly<Record<ProfileName, PicturesConfig>>,
): Experiment {
  const shares = (config: PicturesConfig) => [
    sharedClassifier(config.data),
    ...sharedCodes(config, PICTURE_SIZES[config.data], config.chi2),
  ];
  return experiment({ name, title, data: [configs.cpu.data], configs, work: workOf, shares, run });
}

/** What the rivals learn by: their own networks have more to learn than one that starts as PCA. */
const RIVALS = { batch: 50, network: "small" } as const;

/**
 * Budgets for the first 10,000 images of a set: how long the autoencoder is trained, and how many
 * pictures are drawn.
 */
export const SMALL = {
  size: { images: 10_000, latent: 64, network: "pca", generated: 10_000 },
  budget: { cpu: { epochs: 5, batch: 64, chi2: 0.05 }, gpu: { epochs: 30, batch: 64, chi2: 0.02 } },
} as const;

const small = (data: "mnist" | "fashion"): Readonly<Record<ProfileName, PicturesConfig>> => {
  const both = { data, ...SMALL.size, baselines: SYSTEM_NAMES };
  return {
    cpu: { ...both, ...SMALL.budget.cpu, rivals: { ...RIVALS, epochs: 15 } },
    gpu: { ...both, ...SMALL.budget.gpu, rivals: { ...RIVALS, batch: 100, epochs: 60 } },
  };
};

const large = (data: "mnist" | "fashion", chi2: number): Readonly<Record<ProfileName, PicturesConfig>> => {
  const both = { data, images: 60_000, latent: 64, network: "pca", batch: 64, generated: 10_000 } as const;
  const rivals = { ...RIVALS, epochs: 3 };
  return {
    cpu: { ...both, epochs: 1, chi2, baselines: SYSTEM_NAMES, rivals, centres: false },
    gpu: { ...both, epochs: 12, chi2: 0.1, baselines: SYSTEM_NAMES, rivals: { ...rivals, batch: 100, epochs: 12 } },
  };
};

/** Pictures in colour of 64 × 64, such as the faces that examples/faces draws. */
const COLOUR = {
  images: 10_000,
  latent: 128,
  network: "pca",
  batch: 64,
  baselines: SYSTEM_NAMES,
  generated: 10_000,
} as const;

/** The comparison of the systems on each data set. */
export const PICTURES: readonly Experiment[] = [
  pictures("mnist-10k", "Does transport cost the pictures anything? MNIST, 10,000 digits", small("mnist")),
  pictures("fashion-10k", "The same on Fashion-MNIST, 10,000 pictures", small("fashion")),
  pictures("mnist-60k", "The same on all 60,000 digits of MNIST", large("mnist", 0.5)),
  pictures("fashion-60k", "The same on all 60,000 pictures of Fashion-MNIST", large("fashion", 0.1)),
  pictures("cifar10", "The same on CIFAR-10, as far as the machine goes", {
    cpu: {
      data: "cifar10",
      images: 50_000,
      latent: 256,
      network: "pca",
      generated: 10_000,
      epochs: 9,
      batch: 32,
      mirror: true,
      chi2: 0.1,
      baselines: SYSTEM_NAMES,
      rivals: { ...RIVALS, epochs: 3 },
      centres: false,
    },
    gpu: {
      data: "cifar10",
      images: 50_000,
      latent: 128,
      generated: 10_000,
      epochs: 20,
      batch: 100,
      chi2: 0.1,
      baselines: SYSTEM_NAMES,
      network: "dcgan",
    },
  }),
  pictures("faces", "The same on faces in colour, 64 × 64", {
    cpu: { ...COLOUR, data: "faces", epochs: 5, chi2: 0.02, rivals: { ...RIVALS, epochs: 15 }, centres: false },
    gpu: { ...COLOUR, data: "faces", epochs: 20, chi2: 0.02, rivals: { epochs: 60, batch: 50, network: "dcgan" } },
  }),
  {
    ...pictures("own", "The same on pictures of your own, such as CelebA, 64 × 64", {
      cpu: { ...COLOUR, data: "own", epochs: 5, chi2: 0.02, rivals: { ...RIVALS, epochs: 15 }, centres: false },
      gpu: { ...COLOUR, data: "own", epochs: 20, chi2: 0.02, rivals: { epochs: 60, batch: 50, network: "dcgan" } },
    }),
    byName: true,
  },
];
