import { limitImages } from "../../datasets/images.ts";
import { STREAMS } from "../../math/streams.ts";
import { classify, pixelSource } from "../../metrics/classify.ts";
import { crossedDistance } from "../../metrics/crossed.ts";
import { labelDrift, labelShares } from "../../metrics/labels.ts";
import { generate } from "../../models/autoencoder/generator.ts";
import { evaluate } from "../../ot/cells/evaluation.ts";
import { createMap } from "../../ot/map/map.ts";
import { points, rows as rowsOf } from "../../ot/points.ts";
import { createProblem, gatherForDevice, type Problem } from "../../ot/problem.ts";
import { solve } from "../../ot/solver/solver.ts";
import type { ProfileName } from "../../run/settings.ts";
import { type Experiment, experiment, type Findings } from "../lab/experiment.ts";
import type { LearningConfig } from "../lab/learning.ts";
import { PICTURE_SIZES, scoringWork, transportWork } from "../lab/work.ts";
import type { Workspace } from "../lab/workspace.ts";
import { learningOf, openCodes, sharedCodes } from "./codes.ts";
import { EVALUATION_CONFIGS, labelsOf, openEvaluationClassifier, sharedClassifier } from "./evaluationClassifier.ts";
import { SMALL } from "./pictures.ts";

export interface AccuracyConfig extends LearningConfig {
  readonly data: "mnist" | "fashion";
  /** The targets are the first so many codes, and as many pictures are drawn. */
  readonly targets: number;
  /**
   * Numbers of steps, from 1 on, after which the heights of a descent are evaluated: their χ² is
   * larger than any that the solver accepts as its target.
   */
  readonly steps: readonly number[];
  /** Values of χ² that the solver must reach, in falling order. */
  readonly chi2: readonly number[];
}

interface Row {
  readonly heights: string;
  readonly chi2: number;
  readonly samples: number;
  /** Least and greatest mass of a cell, in units of 1/N. */
  readonly lightest: number;
  readonly heaviest: number;
  /** Greatest difference between a label's mass and its share of the targets. */
  readonly drift: number;
  /** Excess FCD of T(x), and of the facet rule, over real pictures. */
  readonly plain: number;
  readonly facet: number;
}

const CHECK_PER_CELL = 100;

async function run(workspace: Workspace, config: AccuracyConfig): Promise<Findings> {
  const { data, targets: count, latent } = config;
  const { signal } = workspace;
  const evaluation = await openEvaluationClassifier(workspace, EVALUATION_CONFIGS[data]);
  const learning = await learningOf(workspace, config);
  const images = limitImages((await workspace.dataset(data)).train, count);
  const shares = labelShares(labelsOf(images), 10);
  const { features } = await classify(evaluation.classifier, learning.images, { signal });
  const train = rowsOf(features, 0, count);
  const codes = await openCodes(workspace, learning);
  const problem = gatherForDevice(createProblem(points("codes", codes.values.subarray(0, count * latent), latent)));
  const measure = async (name: string, heights: Float64Array, samples: number): Promise<Row> => {
    const map = createMap(workspace.gpu, problem, heights);
    try {
      const draws = { seed: workspace.seed, stream: STREAMS.source.centres, first: 0, count: CHECK_PER_CELL * count };
      const counts = await map.cells.count(draws, { signal });
      const { chi2 } = evaluate(counts, problem.nu);
      const masses = counts.map((each) => each / draws.count);
      const byLabel = new Float64Array(10);
      const labels = labelsOf(images);
      masses.forEach((mass, i) => {
        (byLabel[labels[i] as number] as number) += mass;
      });
      const excess = async (name: "plain" | "facet"): Promise<number> => {
        const { model, calibration } = codes;
        const { pixels } = await generate(
          { model, calibration, map, rule: { name } },
          { count, seed: workspace.drawSeed, signal },
        );
        const seen = await classify(evaluation.classifier, pixelSource(pixels, count), { signal });
        const sets = { name: "train", same: train, x: seen.features, other: evaluation.test.features };
        return (await crossedDistance(workspace.engine, sets, { signal })).excess;
      };
      return {
        heights: name,
        chi2,
        samples,
        lightest: Math.min(...masses) * count,
        heaviest: Math.max(...masses) * count,
        drift: labelDrift(byLabel, shares),
        plain: await excess("plain"),
        facet: await excess("facet"),
      };
    } finally {
      map.dispose();
    }
  };
  try {
    const rows = await Promise.all([
      workspace.part("heights 0", () => measure("all 0", new Float64Array(count), 0)),
      ...config.steps.map((steps) =>
        workspace.part(`steps ${steps}`, async () => {
          const { heights, samples } = await heightsAfter(workspace, problem, steps);
          return measure(`warm start, ${steps} steps`, heights, samples);
        }),
      ),
      ...config.chi2.map((chi2) =>
        workspace.part(`chi2 ${chi2}`, () =>
          workspace.solving(count, workspace.file("accuracy", { ...learning.key, chi2 }), async (options) => {
            const { heights, samplesInAll } = await solve(workspace.gpu, problem, {
              seed: workspace.seed,
              chi2,
              ...options,
            });
            return measure(`χ² ${chi2} asked`, heights, samplesInAll);
          }),
        ),
      ),
    ]);
    return findings(config, rows);
  } finally {
    codes.dispose();
    evaluation.classifier.dispose();
  }
}

/** The heights of a descent after a number of steps. */
async function heightsAfter(
  workspace: Workspace,
  problem: Problem,
  steps: number,
): Promise<{ readonly heights: Float64Array; readonly samples: number }> {
  let found: { readonly heights: Float64Array; readonly samples: number } | undefined;
  const stop = new Error("seen enough");
  const watched = solve(workspace.gpu, problem, {
    seed: workspace.seed,
    signal: workspace.signal,
    onStep({ iteration, state }) {
      if (state === undefined || iteration < steps) return;
      found = { heights: state.descent.heights, samples: state.descent.first };
      throw stop;
    },
  });
  await watched.catch((error: unknown) => {
    if (error !== stop) throw error;
  });
  if (found === undefined) throw new RangeError(`accuracy: expected a descent of more than ${steps} steps`);
  return found;
}

const findings = ({ data, targets }: AccuracyConfig, rows: readonly Row[]): Findings => ({
  tables: [
    {
      title: `${data}: transport onto ${targets} codes`,
      note:
        `χ² and masses are measured on ${CHECK_PER_CELL} fresh samples for each cell. Masses are in units of 1/N; label drift is the greatest ` +
        "difference of a label's mass from its share of the targets; sampling alone makes a mass of 1 ± .1. Heights of 0 are no transport. One draw " +
        "each, with the same noise x: compare rows by what masses and labels do; small differences in FCD are chance.",
      columns: [
        { name: "heights" },
        { name: "χ² reached", digits: 4 },
        { name: "samples" },
        { name: "lightest cell", digits: 3 },
        { name: "heaviest cell", digits: 3 },
        { name: "label drift", digits: 4 },
        { name: "excess FCD, plain", digits: 2 },
        { name: "excess FCD, facet", digits: 2 },
      ],
      rows: rows.map(({ heights, chi2, samples, lightest, heaviest, drift, plain, facet }) => {
        return [heights, chi2, samples, lightest, heaviest, drift, plain, facet];
      }),
    },
  ],
  claims: [],
  pictures: [],
});

/** The experiment on how masses, labels and pictures change as the required χ² falls. */
export const accuracyExperiment = (configs: Readonly<Record<ProfileName, AccuracyConfig>>): Experiment =>
  experiment<AccuracyConfig>({
    name: "accuracy",
    title: "What does the accuracy of transport buy?",
    data: ["mnist"],
    configs,
    work: ({ data, targets, latent, steps, chi2 }) =>
      chi2.reduce((sum, each) => sum + transportWork(targets, latent, each), 0) +
      (steps.length + chi2.length + 1) *
        (CHECK_PER_CELL * targets * targets * 2 * latent + 2 * scoringWork(PICTURE_SIZES[data], targets, targets)),
    shares: (config) => [sharedClassifier(config.data), ...sharedCodes(config, PICTURE_SIZES[config.data])],
    run,
  });

const STEPS = [1, 5, 20, 80];

/** The effect of the accuracy of transport, on codes of `mnist-10k`. */
export const ACCURACY: Experiment = accuracyExperiment({
  cpu: { data: "mnist", ...SMALL.size, ...SMALL.budget.cpu, targets: 4000, steps: STEPS, chi2: [0.02, 0.01, 0.005] },
  gpu: {
    data: "mnist",
    ...SMALL.size,
    ...SMALL.budget.gpu,
    targets: 10_000,
    steps: STEPS,
    chi2: [0.05, 0.02, 0.01, 0.005],
  },
});
