import { resource } from "../../kernels/dispose.ts";
import { sample } from "../../ot/extension/extend.ts";
import { DEFAULT_ANGLE, type Rule } from "../../ot/extension/rule.ts";
import { createMap, massCentres, SAMPLES_PER_CELL } from "../../ot/map/map.ts";
import { points } from "../../ot/points.ts";
import { createProblem, type Problem } from "../../ot/problem.ts";
import type { PaperOptions, SolveOptions } from "../../ot/solver/solution.ts";
import { solve } from "../../ot/solver/solver.ts";
import type { Source } from "../../ot/source.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Codes } from "../autoencoder/codes.ts";
import { decodeCodes } from "../autoencoder/generator.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { type GenerativeSystem, sampleBlocks, systemOfCodes, type TrainedSystem, wholeBlocks } from "./system.ts";

export interface AeOtOptions {
  readonly source?: Source;
  /** Default: facet. A rule with mass centres belongs to one map; `fitAeOtPaper` makes its own. */
  readonly rule?: Rule;
  readonly solving?: SolveOptions;
}

const BLOCK = 250; // pictures at work at one time
const PAPER_BLOCK = 1000; // source points that Algorithm 2 looks at

const problemOf = ({ model, values }: Codes, source: Source): Problem =>
  createProblem(points("codes", values, model.config.latent), { source });

/**
 * AE-OT with this project's solver: source → T(x), extended by `rule` → picture. See solver.ts and
 * extend.ts.
 */
export async function fitAeOt(
  codes: Codes,
  seed: number,
  { source = "gaussian", rule = { name: "facet" }, solving = {} }: AeOtOptions = {},
): Promise<TrainedSystem> {
  const { model, calibration } = codes;
  const problem = problemOf(codes, source);
  const { heights } = await solve(model.engine, problem, { seed, ...solving });
  const map = createMap(model.engine, problem, heights);
  return resource(
    {
      name: "AE-OT",
      async sample(draw) {
        const { first, count } = wholeBlocks(draw, BLOCK);
        const { latents } = await sample(map, { count, seed: draw.seed, first, rule });
        const d = model.config.latent;
        return sampleBlocks(draw, BLOCK, (start) =>
          decodeCodes(model, calibration, latents.subarray((start - first) * d, (start - first + BLOCK) * d)),
        );
      },
    },
    () => map.dispose(),
  );
}

/** The autoencoder with `fitAeOt` on its codes. */
export const aeOt = (engine: Engine, config: AutoencoderConfig, options?: AeOtOptions): GenerativeSystem =>
  systemOfCodes("AE-OT", engine, config, (codes, seed) => fitAeOt(codes, seed, options));

export interface AeOtPaperOptions {
  readonly source?: Source;
  /** θ̂ of Algorithm 2 in radians. Default: DEFAULT_ANGLE. */
  readonly angle?: number;
  /** Samples per cell for the mass centres. Default: SAMPLES_PER_CELL. */
  readonly samplesPerCell?: number;
  /** Knobs of the recipe. */
  readonly paper?: PaperOptions;
  /** Samples at most for the recipe; see SolveOptions. */
  readonly budget?: number;
}

/**
 * Between tries of one block, in source points: 2⁵³ / 2⁴⁰ tries fit, and no block reaches the next
 * try's numbers.
 */
const NEXT_TRY = 2 ** 40;
const MOST_TRIES = 1000;

/**
 * AE-OT as published (An et al. 2020): heights by `solveAsPaper`, mass centres by Monte Carlo,
 * latents by Algorithm 2 (paperRule.ts), which rejects source points. Each block of 1,000 pictures
 * is filled with the accepted ones among source points of its own, in their order; Error when 1,000
 * times as many do not fill it.
 */
export async function fitAeOtPaper(
  codes: Codes,
  seed: number,
  {
    source = "gaussian",
    angle = DEFAULT_ANGLE,
    samplesPerCell = SAMPLES_PER_CELL,
    paper = {},
    budget,
  }: AeOtPaperOptions = {},
): Promise<TrainedSystem> {
  const { model, calibration } = codes;
  const { latent } = model.config;
  const problem = problemOf(codes, source);
  const limit = budget === undefined ? {} : { budget };
  const { heights } = await solve(model.engine, problem, { seed, recipe: "paper", paper, ...limit });
  const map = createMap(model.engine, problem, heights);
  try {
    const rule: Rule = { name: "paper", angle, centres: await massCentres(map, { samplesPerCell, seed }) };
    const accepted = async (seed: number, first: number): Promise<Float32Array> => {
      const block = new Float32Array(PAPER_BLOCK * latent);
      let filled = 0;
      for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
        const drawn = await sample(map, { count: PAPER_BLOCK, seed, first: first + attempt * NEXT_TRY, rule });
        const rejected = new Set(drawn.rejected);
        for (let m = 0; m < PAPER_BLOCK && filled < PAPER_BLOCK; m++) {
          if (rejected.has(m)) continue;
          block.set(drawn.latents.subarray(m * latent, (m + 1) * latent), filled * latent);
          filled++;
        }
        if (filled === PAPER_BLOCK) return block;
      }
      throw new Error(
        `aeOtPaper: expected ${PAPER_BLOCK} accepted points among ${MOST_TRIES * PAPER_BLOCK}, got ${filled}; raise \`angle\``,
      );
    };
    return resource(
      {
        name: "AE-OT, as published",
        sample: (draw) =>
          sampleBlocks(draw, PAPER_BLOCK, async (first) =>
            decodeCodes(model, calibration, await accepted(draw.seed, first)),
          ),
      },
      () => map.dispose(),
    );
  } catch (error) {
    map.dispose();
    throw error;
  }
}

/** The autoencoder with `fitAeOtPaper` on its codes. */
export const aeOtPaper = (engine: Engine, config: AutoencoderConfig, options?: AeOtPaperOptions): GenerativeSystem =>
  systemOfCodes("AE-OT, as published", engine, config, (codes, seed) => fitAeOtPaper(codes, seed, options));
