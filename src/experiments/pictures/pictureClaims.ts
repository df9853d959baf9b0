import { type Claim, tested } from "../lab/experiment.ts";
import { SYSTEM_NAMES } from "./baselines.ts";
import { EVALUATION_CONFIGS } from "./evaluationClassifier.ts";
import { type PictureRow, type PicturesConfig, rivalsOf, stepsOf } from "./pictureRow.ts";
import type { PictureScores } from "./scores.ts";

/** Name of the row of training images that were drawn with replacement. */
export const RESAMPLED = "the same, drawn with replacement";

/** Name of the row of AE-OT that draws each code once before any twice. */
export const BALANCED = "AE-OT, facet, balanced";

/** Name of the row of reconstructions by PCA. */
export const PCA = "PCA, reconstruction";

const LEAST_ACCURACY: Readonly<Record<string, number>> = { mnist: 0.99, fashion: 0.91, cifar10: 0.75 };

/** The claims about the systems, compared with the measured rows. */
export function pictureClaims(config: PicturesConfig, accuracy: number, rows: readonly PictureRow[]): readonly Claim[] {
  const { data, images, chi2, baselines } = config;
  const find = (system: string): PictureScores | undefined => rows.find((row) => row.system === system)?.scores;
  const of = (system: string): PictureScores => {
    const found = find(system);
    if (found === undefined) throw new RangeError(`pictures: expected a row of ${system}, got none`);
    return found;
  };
  const [real, reconstruction, facet] = [of("real training images"), of("reconstruction"), of("AE-OT, facet")];
  const balanced = of(BALANCED);
  const all: Claim[] = [];
  const add = (found: Required<Claim>): void => {
    all.push(tested({ ...found, claim: `${data}, ${images} images: ${found.claim}` }));
  };
  const least = LEAST_ACCURACY[data];
  if (least !== undefined) {
    add({
      claim: "test accuracy of the evaluation classifier",
      required: `≥ ${100 * least} %`,
      reached: `${(100 * accuracy).toFixed(2)} %`,
      met: accuracy >= least,
      cause: `it was trained for ${EVALUATION_CONFIGS[data].epochs} epochs`,
    });
  }
  const [linear = Number.NaN, learnt = Number.NaN] = [PCA, "reconstruction"].map(
    (system) => rows.find((row) => row.system === system)?.error,
  );
  add({
    claim: "reconstruction error per value, below PCA's",
    required: `< ${linear.toFixed(5)}`,
    reached: learnt.toFixed(5),
    met: learnt < linear,
    cause: `the autoencoder had ${stepsOf(config)} steps of training, PCA the best linear maps at once`,
  });
  // Reconstructions may be closer to the data than chance: a ratio would say nothing then.
  const beside = ({ excess }: PictureScores): string =>
    reconstruction.excess > 0
      ? (excess / reconstruction.excess).toFixed(2)
      : `${excess.toFixed(2)} beside ${reconstruction.excess.toFixed(2)}`;
  add({
    claim: "excess FCD of facet over that of reconstruction",
    required: "≤ 3",
    reached: beside(facet),
    met: facet.excess <= 3 * reconstruction.excess,
    cause:
      `drawn balanced, which leaves only what extension and decoding cost, it is ${beside(balanced)}; ` +
      `the rest is drawing one by one, from cells with their masses to χ² ${chi2}`,
  });
  for (const name of SYSTEM_NAMES) {
    const claim = `excess FCD of facet below ${name}'s`;
    if (!baselines.includes(name)) {
      const cause = `${name} takes too long on two cores beside the rest; --profile gpu has it`;
      add({ claim, required: "measured", reached: "not measured", met: false, cause });
      continue;
    }
    const baseline = of(name).excess;
    add({
      claim,
      required: `< ${baseline.toFixed(2)}`,
      reached: facet.excess.toFixed(2),
      met: facet.excess < baseline,
      cause: `${name} is the better one after ${stepsOf(rivalsOf(config))} steps`,
    });
  }
  add({
    claim: "recall of facet, beside that of real images",
    required: `${real.recall.toFixed(3)} ± .05`,
    reached: facet.recall.toFixed(3),
    met: Math.abs(facet.recall - real.recall) <= 0.05,
    cause:
      `drawing one by one: the same real images drawn with replacement have ${of(RESAMPLED).recall.toFixed(3)}, ` +
      `reconstructions, of which each comes once, ${reconstruction.recall.toFixed(3)}; the rest is what decoding and extension cost`,
  });
  add({
    claim: "recall of facet, balanced, beside that of reconstruction",
    required: `${reconstruction.recall.toFixed(3)} ± .05`,
    reached: balanced.recall.toFixed(3),
    met: Math.abs(balanced.recall - reconstruction.recall) <= 0.05,
    cause: "each code is drawn once; the rest is what extension costs",
  });
  add({
    claim: "label shares of facet from the data's",
    required: "≤ .03",
    reached: facet.drift.toFixed(3),
    met: facet.drift <= 0.03,
    cause:
      `reconstructions have ${reconstruction.drift.toFixed(3)}: the evaluation classifier reads decoded pictures so; ` +
      `beyond that cells have their masses to χ² ${chi2}, and pairs of codes may decode to a third label`,
  });
  const novel = ["chart", "local"].flatMap((name) => {
    const scores = find(`AE-OT, ${name}`);
    return scores === undefined ? [] : [{ name, novelty: scores.novelty, price: scores.excess / facet.excess }];
  });
  add({
    claim: "novelty of chart or local, and its price in excess FCD",
    required: "≥ .70 at ≤ 1.5 ×",
    reached: novel
      .map(({ name, novelty, price }) => `${name} ${novelty.toFixed(2)} at ${price.toFixed(2)} × facet's`)
      .join("; "),
    met: novel.some(({ novelty, price }) => novelty >= 0.7 && price <= 1.5),
    cause: "new codes lie further from stored ones, and decode less well; `extension` has what each spread costs",
  });
  return all;
}
