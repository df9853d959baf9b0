import type { Codes } from "../../models/autoencoder/codes.ts";
import { fitAeOt } from "../../models/systems/aeOt.ts";
import { pcaCodes } from "../../models/systems/pca.ts";
import { PCA } from "./pictureClaims.ts";
import type { PictureRow } from "./pictureRow.ts";
import { drawnBy, reconstructionRow, type Scoring, testOf } from "./scoring.ts";

/** Rows of PCA with as many components as the codes have dimensions: what others must beat. */
export async function ofPca(scoring: Scoring): Promise<readonly PictureRow[]> {
  const { workspace, config, learning } = scoring;
  const { engine, seed, signal } = workspace;
  const withCodes = async <T>(use: (codes: Codes) => Promise<T>): Promise<T> => {
    const { network: size, images } = learning;
    const codes = await pcaCodes(engine, size, images, { seed, signal });
    try {
      return await use(codes);
    } finally {
      codes.dispose();
    }
  };
  return Promise.all([
    workspace.part("PCA", () =>
      withCodes(async (codes) => reconstructionRow(scoring, { system: PCA, codes, test: await testOf(scoring) })),
    ),
    workspace.part("PCA, transport", () =>
      withCodes(async (codes) => {
        const system = await fitAeOt(codes, seed, { solving: { chi2: config.chi2 }, signal });
        try {
          return await drawnBy(scoring, "PCA, facet", system);
        } finally {
          system.dispose();
        }
      }),
    ),
  ]);
}
