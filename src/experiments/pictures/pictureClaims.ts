import type { Claim } from "../lab/experiment.ts";
import { SYSTEM_NAMES } from "./baselines.ts";
import { EVALUATION_CONFIGS } from "./evaluationClassifier.ts";
import type { PictureRow, PicturesConfig } from "./pictureRow.ts";
import type { PictureScores } from "./scores.ts";

/** Name of the row of real training images that were drawn one by one. */
export const RESAMPLED = "the same, drawn with replacement";

const LEAST_ACCURACY: Readonly<Record<string, number>> = { mnist: 0.99, fashion: 0.91 };

/** What was asked of the systems, held to what came. */
export function pictureFigures(
  { data, images, epochs, batch, chi2, baselines }: PicturesConfig,
  accuracy: number,
  rows: readonly PictureRow[],
): readonly Claim[] {
  const find = (system: string): PictureScores | undefined => rows.find((row) => row.system === system)?.scores;
  const of = (system: string): PictureScores => {
    const found = find(system);
    if (found === undefined) throw new RangeError(`pictures: expected a row of ${system}, got none`);
    return found;
  };
  const [real, reconstruction, facet] = [of("real training images"), of("reconstruction"), of("AE-OT, facet")];
  const all: Claim[] = [];
  const add = (claim: string, required: string, reached: string, met: boolean, cause: string): void => {
    all.push({ claim: `${data}, ${images} images: ${claim}`, required, reached, met, ...(met ? {} : { cause }) });
  };
  const least = LEAST_ACCURACY[data];
  if (least !== undefined) {
    const reached = `${(100 * accuracy).toFixed(2)} %`;
    const cause = `it was trained for ${EVALUATION_CONFIGS[data].epochs} epochs`;
    add("test accuracy of the judge", `≥ ${100 * least} %`, reached, accuracy >= least, cause);
  }
  add(
    "excess FCD of facet over that of reconstruction",
    "≤ 3",
    (facet.excess / reconstruction.excess).toFixed(2),
    facet.excess <= 3 * reconstruction.excess,
    `pairs of codes decode worse than codes of real images; the rule local has ${of("AE-OT, local").excess.toFixed(2)}`,
  );
  for (const name of SYSTEM_NAMES) {
    const claim = `excess FCD of facet below ${name}'s`;
    const rival = baselines.includes(name) ? of(name).excess : undefined;
    const [required, met] = rival === undefined ? ["measured", false] : [`< ${rival.toFixed(2)}`, facet.excess < rival];
    const cause =
      rival === undefined
        ? `${name} takes too long on two cores beside the rest; --profile gpu has it`
        : `${name} is the better one after ${epochs * Math.floor(images / batch)} steps`;
    add(claim, required, rival === undefined ? "not measured" : facet.excess.toFixed(2), met, cause);
  }
  add(
    "recall of facet, beside that of real images",
    `${real.recall.toFixed(3)} ± .05`,
    facet.recall.toFixed(3),
    Math.abs(facet.recall - real.recall) <= 0.05,
    `drawing one by one: the same real images drawn with replacement have ${of(RESAMPLED).recall.toFixed(3)}, ` +
      `reconstructions, of which each comes once, ${reconstruction.recall.toFixed(3)}; the rest is what decoding and extension cost`,
  );
  const drift =
    `reconstructions have ${reconstruction.drift.toFixed(3)}: the judge reads decoded pictures so; ` +
    `beyond that cells have their masses to χ² ${chi2}, and pairs of codes may decode to a third label`;
  add("label shares of facet from the data's", "≤ .03", facet.drift.toFixed(3), facet.drift <= 0.03, drift);
  const novel = ["chart", "local"].flatMap((name) => {
    const scores = find(`AE-OT, ${name}`);
    return scores === undefined ? [] : [{ name, novelty: scores.novelty, price: scores.excess / facet.excess }];
  });
  add(
    "novelty of chart or local, and its price in excess FCD",
    "≥ .70 at ≤ 1.5 ×",
    novel
      .map(({ name, novelty, price }) => `${name} ${novelty.toFixed(2)} at ${price.toFixed(2)} × facet's`)
      .join("; "),
    novel.some(({ novelty, price }) => novelty >= 0.7 && price <= 1.5),
    "new codes lie further from stored ones, and decode less well; `extension` has what each spread costs",
  );
  return all;
}
