import type { Images } from "../../datasets/images.ts";
import { log } from "../../math/elementary.ts";
import { pixelSource } from "../../metrics/classify.ts";
import { labelShares } from "../../metrics/labels.ts";
import { stackedImages, stackedScores } from "../../metrics/stacked.ts";
import { reconstructImages } from "../../models/autoencoder/calibrate.ts";
import { generate } from "../../models/autoencoder/generator.ts";
import type { ImageSource } from "../../models/training/training.ts";
import { type Experiment, experiment, type Findings, tested } from "../lab/experiment.ts";
import type { Learning, SystemName } from "../lab/learning.ts";
import { PUBLISHED_STACKED } from "../lab/published.ts";
import { networkWork, trainingWork } from "../lab/work.ts";
import type { Workspace } from "../lab/workspace.ts";
import { withBaseline } from "./baselines.ts";
import { openCodes, openTransport, sharedCodes } from "./codes.ts";
import { EVALUATION_CONFIGS, labelsOf, openEvaluationClassifier, sharedClassifier } from "./evaluationClassifier.ts";
import { type Samples, sampleRows, spreadSamples } from "./samples.ts";

export interface StackedConfig {
  /** Number of training pictures of three digits, and of passes over them. */
  readonly images: number;
  readonly epochs: number;
  readonly batch: number;
  readonly latent: number;
  readonly chi2: number;
  readonly baselines: readonly SystemName[];
  readonly generated: number;
}

interface Row {
  readonly system: string;
  readonly modes: number;
  readonly reverseKl: number;
  readonly samples: Samples;
}

const PLACE = { height: 28, width: 28, channels: 3 } as const;
const MOST_KL = 0.06;

async function run(workspace: Workspace, config: StackedConfig): Promise<Findings> {
  const { generated, baselines } = config;
  const { signal } = workspace;
  const { classifier } = await openEvaluationClassifier(workspace, EVALUATION_CONFIGS.mnist);
  const { train, heldOut } = await workspace.dataset("mnist");
  const { images: count, epochs, batch, latent } = config;
  const learning: Learning = {
    key: { data: "stacked", count, epochs, batch, latent },
    images: stacked(train, count, workspace.seed),
    network: { ...PLACE, latent },
    epochs,
    batch,
  };
  const score = async (system: string, pixels: Float32Array): Promise<Row> => {
    workspace.progress.update(0, 1, `${system}: scores`);
    const { modes, reverseKl } = await stackedScores(classifier, pixelSource(pixels, generated), { signal });
    return { system, modes, reverseKl, samples: spreadSamples(pixels, PLACE) };
  };
  const fresh = stacked(heldOut, generated, workspace.drawSeed);
  const [real, ofTransport, ...others] = await Promise.all([
    workspace.part("real", () =>
      score("real test digits", fresh.batch(Array.from({ length: generated }, (_, i) => i))),
    ),
    workspace.part("AE-OT", () => ofCodes(workspace, { config, learning, fresh, score })),
    ...baselines.map((name) =>
      workspace.part(name, () =>
        withBaseline(workspace, learning, name, async (system) =>
          score(name, await system.sample({ count: generated, seed: workspace.drawSeed, signal })),
        ),
      ),
    ),
  ]);
  const rows: readonly Row[] = [real, ...ofTransport, ...others];
  classifier.dispose();
  return findings(workspace, config, rows, labelShares(labelsOf(train), 10));
}

const stacked = (images: Images, count: number, seed: number): ImageSource => stackedImages(images, { count, seed });

/** The context in which rows are made. */
interface Scoring {
  readonly config: StackedConfig;
  readonly learning: Learning;
  /** Pictures of digits that no system was trained on. */
  readonly fresh: ImageSource;
  readonly score: (system: string, pixels: Float32Array) => Promise<Row>;
}

/**
 * Rows for reconstructions of fresh pictures, and for AE-OT by two rules, all on the same codes.
 */
async function ofCodes(workspace: Workspace, { config, learning, fresh, score }: Scoring): Promise<readonly Row[]> {
  const { chi2, generated } = config;
  const { signal } = workspace;
  const codes = await openCodes(workspace, learning);
  const { model, calibration } = codes;
  const map = await openTransport(workspace, codes, learning, chi2);
  try {
    const rows = [
      await score("reconstruction", await reconstructImages(model, calibration, fresh, { count: generated, signal })),
    ];
    for (const name of ["plain", "facet"] as const) {
      const draw = { count: generated, seed: workspace.drawSeed, signal };
      const { pixels } = await generate({ model, calibration, map, rule: { name } }, draw);
      rows.push(await score(`AE-OT, ${name}`, pixels));
    }
    return rows;
  } finally {
    map.dispose();
    codes.dispose();
  }
}

/** The tables and claims. `shares` are those of the ten digits among the training images. */
function findings(
  workspace: Workspace,
  { generated, images, baselines }: StackedConfig,
  rows: readonly Row[],
  shares: Float64Array,
): Findings {
  const file = sampleRows(
    workspace,
    "samples",
    rows.map(({ samples }) => samples),
  );
  const facet = rows.find(({ system }) => system === "AE-OT, facet");
  if (facet === undefined) throw new RangeError("stacked: expected a row of AE-OT, got none");
  const { modes, reverseKl } = facet;
  const floor = 999 / (2 * generated);
  const unequal = 3 * shares.reduce((sum, share) => sum + share * log(10 * share), 0);
  const klOf = (name: string): string | undefined => rows.find(({ system }) => system === name)?.reverseKl.toFixed(3);
  return {
    tables: [
      {
        title: `${images} pictures of three digits, 1,000 modes`,
        note:
          `Modes and KL of the classes that the evaluation classifier sees in ${generated} pictures; real digits have a KL of about ${floor.toFixed(3)} by ` +
          `chance alone, and ${unequal.toFixed(3)} more since the ten digits are not equally frequent; those of a training set of ${images} another ${(999 / (2 * images)).toFixed(3)}.${baselines.length === 0 ? " Other systems take too long on two cores: --profile gpu has them." : ""}`,
        columns: [
          { name: "system" },
          { name: "modes" },
          { name: "KL", digits: 3 },
          { name: "modes", digits: 1, published: "PacGAN, Lin et al. 2018" },
          { name: "KL", digits: 2, published: "PacGAN, Lin et al. 2018" },
        ],
        rows: [
          ...rows.map((row) => [row.system, row.modes, row.reverseKl, null, null]),
          ...PUBLISHED_STACKED.map((row) => [row.system, null, null, row.modes, row.reverseKl]),
        ],
      },
    ],
    claims: [
      {
        claim: "stacked MNIST: modes of AE-OT, facet",
        required: "1000",
        reached: String(modes),
        met: modes === 1000,
      },
      tested({
        claim: "stacked MNIST: KL of AE-OT, facet",
        required: `≤ ${MOST_KL}`,
        reached: reverseKl.toFixed(3),
        met: reverseKl <= MOST_KL,
        cause: `reconstructions of fresh digits have ${klOf("reconstruction")} themselves`,
      }),
    ],
    pictures: [
      {
        file,
        caption: `Rows from the top: ${rows.map(({ system }) => system).join(", ")}. Pictures of each, evenly spread over all of them, none chosen.`,
      },
    ],
  };
}

/**
 * Whether a system generates all 1,000 classes of three digits in three colours, and how evenly.
 */
export const STACKED: Experiment = experiment<StackedConfig>({
  name: "stacked",
  title: "Do modes collapse? Stacked MNIST, 1,000 modes",
  data: ["mnist"],
  configs: {
    cpu: { images: 50_000, epochs: 2, batch: 50, latent: 128, chi2: 1, baselines: [], generated: 26_000 },
    gpu: {
      images: 60_000,
      epochs: 20,
      batch: 100,
      latent: 128,
      chi2: 0.1,
      generated: 26_000,
      baselines: ["VAE", "WAE-MMD", "GAN", "WGAN-GP"],
    },
  },
  work: ({ images, epochs, latent, baselines, generated }) =>
    baselines.reduce(
      (sum, name) => sum + trainingWork(name, epochs * images, { ...PLACE, latent }),
      (baselines.length + 4) * 4 * generated * networkWork(PLACE, latent),
    ),
  shares: (config) => [sharedClassifier("mnist"), ...sharedCodes({ data: "stacked", ...config }, PLACE, config.chi2)],
  run,
});
