import { limitImages } from "../../datasets/images.ts";
import { classify, pixelSource } from "../../metrics/classify.ts";
import { labelMixing } from "../../metrics/labels.ts";
import { generate } from "../../models/autoencoder/generator.ts";
import { DEFAULT_ANGLE, type Rule } from "../../ot/extension/rule.ts";
import { type MassCentres, massCentres, SAMPLES_PER_CELL } from "../../ot/map/map.ts";
import type { ProfileName } from "../../run/settings.ts";
import { type Experiment, experiment, type Findings } from "../lab/experiment.ts";
import type { LearningConfig } from "../lab/learning.ts";
import { networkWork, PICTURE_SIZES, scoringWork } from "../lab/work.ts";
import type { Workspace } from "../lab/workspace.ts";
import { learningOf, openCodes, openTransport, sharedCodes } from "./codes.ts";
import { EVALUATION_CONFIGS, labelsOf, openEvaluationClassifier, sharedClassifier } from "./evaluationClassifier.ts";
import { SMALL } from "./pictures.ts";
import { type PictureScores, SCORE_COLUMNS, SCORE_NOTE, scoreCells, scorePictures } from "./scores.ts";

export interface ExtensionConfig extends LearningConfig {
  readonly data: "mnist" | "fashion";
  readonly chi2: number;
  readonly generated: number;
  /** θ̂ of the facet rule, in radians. */
  readonly angles: readonly number[];
  /** s of the local and the chart rule. */
  readonly spreads: readonly number[];
}

interface Row {
  readonly rule: string;
  readonly parameter: string;
  /** Number of pictures that the rule did not reject. */
  readonly accepted: number;
  /** Share of the codes that are not stored codes. */
  readonly extended: number;
  /** Share of the mixed pairs of codes whose labels differ; null for a rule that mixes no pairs. */
  readonly mixing: number | null;
  readonly scores: PictureScores;
}

/** Every rule with each of its parameters. */
const rulesOf = ({ angles, spreads }: ExtensionConfig) => [
  { rule: "plain: T(x) itself", parameter: "", make: (): Rule => ({ name: "plain" }) },
  {
    rule: "second-best cell, no angle test",
    parameter: "",
    make: (): Rule => ({ name: "facet", cells: 2, angle: Math.PI }),
  },
  ...angles.map((angle) => ({
    rule: "facet",
    parameter: `θ̂ = ${angle}`,
    make: (): Rule => ({ name: "facet", angle }),
  })),
  {
    rule: "Algorithm 2, as published",
    parameter: `θ̂ = ${DEFAULT_ANGLE}`,
    make: (centres: MassCentres): Rule => ({ name: "paper", centres }),
  },
  ...spreads.map((spread) => ({
    rule: "local",
    parameter: `s = ${spread}`,
    make: (): Rule => ({ name: "local", spread }),
  })),
  ...spreads.map((spread) => ({
    rule: "chart",
    parameter: `s = ${spread}`,
    make: (centres: MassCentres): Rule => ({ name: "chart", centres, spread }),
  })),
];

async function run(workspace: Workspace, config: ExtensionConfig): Promise<Findings> {
  const { signal } = workspace;
  const evaluation = await openEvaluationClassifier(workspace, EVALUATION_CONFIGS[config.data]);
  const learning = await learningOf(workspace, config);
  const labels = labelsOf(limitImages((await workspace.dataset(config.data)).train, config.images));
  const reals = { train: await classify(evaluation.classifier, learning.images, { signal }), test: evaluation.test };
  const codes = await openCodes(workspace, learning);
  const map = await openTransport(workspace, codes, learning, config.chi2);
  let centres: MassCentres | undefined;
  let rows: readonly Row[];
  try {
    const all = rulesOf(config);
    const measure = ({ rule, parameter, make }: (typeof all)[number], place: number): Promise<Row> => {
      const name = `${rule} ${parameter}`.replaceAll(/[^a-z0-9.]+/gi, "-").replace(/-$/, "");
      return workspace.part(name, async () => {
        workspace.progress.update(place, all.length, `${rule} ${parameter}`);
        centres ??= await massCentres(map, { seed: workspace.seed, signal });
        const { model, calibration } = codes;
        const draw = { count: config.generated, seed: workspace.drawSeed, signal };
        const { pixels, codes: drawn } = await generate({ model, calibration, map, rule: make(centres) }, draw);
        const kept = without(pixels, draw.count, drawn.rejected);
        const accepted = draw.count - drawn.rejected.length;
        const seen = await classify(evaluation.classifier, pixelSource(kept, accepted), { signal });
        const mixed = labelMixing(drawn, labels);
        return {
          rule,
          parameter,
          accepted: accepted / draw.count,
          extended: drawn.share,
          mixing: mixed.paired === 0 ? null : mixed.rate,
          scores: await scorePictures(workspace.gpu, reals, seen, { signal }),
        };
      });
    };
    rows = await Promise.all(all.map(measure));
  } finally {
    map.dispose();
    codes.dispose();
    evaluation.classifier.dispose();
  }
  return { tables: [table(config, rows)], claims: [], pictures: [] };
}

/** Pictures [count, …] without those of the given numbers. */
function without(pixels: Float32Array, count: number, numbers: ArrayLike<number>): Float32Array {
  const out = new Set(Array.from(numbers));
  const size = pixels.length / count;
  const kept = new Float32Array((count - out.size) * size);
  let at = 0;
  for (let m = 0; m < count; m++) {
    if (out.has(m)) continue;
    kept.set(pixels.subarray(m * size, (m + 1) * size), at);
    at += size;
  }
  return kept;
}

const table = ({ data, images, generated }: ExtensionConfig, rows: readonly Row[]): Findings["tables"][number] => ({
  title: `${data}, ${images} training images, ${generated} draws`,
  note:
    `${SCORE_NOTE} Accepted: share of the draws that the rule keeps. Extended: share that is no stored code. ` +
    "Mixing: share of the mixed pairs whose labels differ.",
  columns: [
    { name: "rule" },
    { name: "parameter" },
    { name: "accepted", digits: 3 },
    { name: "extended", digits: 3 },
    { name: "mixing", digits: 3 },
    ...SCORE_COLUMNS,
  ],
  rows: rows.map(({ rule, parameter, accepted, extended, mixing, scores }) => {
    return [rule, parameter, accepted, extended, mixing, ...scoreCells(scores)];
  }),
});

/** The experiment that applies every extension rule to one transport. */
export const extensionExperiment = (configs: Readonly<Record<ProfileName, ExtensionConfig>>): Experiment =>
  experiment<ExtensionConfig>({
    name: "extension",
    title: "What do the angle test and each rule of extension buy?",
    data: ["mnist"],
    configs,
    work: (config) => {
      const { generated, images, latent } = config;
      const picture = PICTURE_SIZES[config.data];
      const one = scoringWork(picture, generated, images) + generated * networkWork(picture, latent);
      return rulesOf(config).length * one + SAMPLES_PER_CELL * 2 * latent * images * images;
    },
    shares: (config) => [
      sharedClassifier(config.data),
      ...sharedCodes(config, PICTURE_SIZES[config.data], config.chi2),
    ],
    run,
  });

/**
 * The effect of the angle test and of each extension rule, on the codes and the transport of
 * `mnist-10k`.
 */
export const EXTENSION: Experiment = extensionExperiment({
  cpu: { data: "mnist", ...SMALL.size, ...SMALL.budget.cpu, angles: [0.5, 0.7, 0.9, 1.2], spreads: [0.4, 0.6, 0.8] },
  gpu: {
    data: "mnist",
    ...SMALL.size,
    ...SMALL.budget.gpu,
    angles: [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.2],
    spreads: [0.2, 0.4, 0.6, 0.8, 1],
  },
});
