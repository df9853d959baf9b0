// What the claims say of rows that are given, where real rows are at the mercy of chance.
import * as assert from "uvu/assert";
import { BALANCED, PCA, pictureClaims, RESAMPLED } from "../../../src/experiments/pictures/pictureClaims.ts";
import type { PictureRow, PicturesConfig } from "../../../src/experiments/pictures/pictureRow.ts";
import { describe } from "../../support/suite.ts";

const config: PicturesConfig = {
  data: "faces",
  images: 100,
  latent: 4,
  epochs: 1,
  batch: 10,
  chi2: 0.02,
  generated: 100,
  baselines: [],
};

/** The claim on the excess FCD of facet, from rows with these excesses. */
function claimOn(excess: Readonly<Record<"reconstruction" | "redrawn" | "facet" | "balanced", number>>) {
  const row = (system: string, value: number): PictureRow => {
    const others = { precision: 0.9, recall: 0.9, f8: 0.9, f1over8: 0.9, novelty: 0.5, drift: 0 };
    const samples = { height: 1, width: 1, channels: 1, bytes: "" };
    return { system, scores: { distance: 9 + value, floor: 9, excess: value, ...others }, samples, error: 0.1 };
  };
  const rows = [
    row("real training images", 0),
    row(RESAMPLED, excess.redrawn),
    row(PCA, 8),
    row("reconstruction", excess.reconstruction),
    row("AE-OT, facet", excess.facet),
    row(BALANCED, excess.balanced),
  ];
  const found = pictureClaims(config, 1, rows).find(({ claim }) => claim.includes("over that of reconstruction"));
  assert.ok(found);
  return found;
}

describe("claims on pictures", {
  "facet is held to three times the excess of reconstruction"() {
    const excess = { reconstruction: 2, redrawn: 1, balanced: 3 };
    const held = claimOn({ ...excess, facet: 5 });
    assert.equal([held.reached, held.met, held.cause], ["2.50", true, undefined]);
    const missed = claimOn({ ...excess, facet: 7 });
    assert.equal([missed.reached, missed.met], ["3.50", false]);
    assert.match(missed.cause ?? "", "it is 1.50; ");
  },

  "beside reconstructions closer than chance it is missed, and no ratio is told"() {
    const excess = { reconstruction: -3.43, redrawn: 1.34, balanced: 6.11 };
    const missed = claimOn({ ...excess, facet: 6.98 });
    assert.equal([missed.reached, missed.met], ["6.98 beside -3.43", false]);
    assert.match(missed.cause ?? "", "it is 6.11 beside -3.43; ");
  },
});
