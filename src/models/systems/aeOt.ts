import { resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { sample } from "../../ot/extension/extend.ts";
import { fitFacet } from "../../ot/extension/fitFacet.ts";
import { DEFAULT_ANGLE, type Rule } from "../../ot/extension/rule.ts";
import { createMap, massCentres, SAMPLES_PER_CELL } from "../../ot/map/map.ts";
import { points } from "../../ot/points.ts";
import { createProblem, type Problem } from "../../ot/problem.ts";
import type { PaperOptions, SolveOptions } from "../../ot/solver/solution.ts";
import { solve } from "../../ot/solver/solver.ts";
import type { Source } from "../../ot/source.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Codes } from "../autoencoder/codes.ts";
import { decodeCodes, type SampleDraw } from "../autoencoder/generator.ts";
import { type AutoencoderConfig, facetRule } from "../networks/networks.ts";
import { IMAGES_AT_A_TIME } from "../networks/rows.ts";
import { type GenerativeSystem, sampleBlocks, systemOfCodes, type TrainedSystem, wholeBlocks } from "./system.ts";

/** How `aeOt` moves noise onto the codes, and mixes them. */
export interface AeOtOptions {
  readonly source?: Source;
  /**
   * Default: facet, fitted to the map. A rule with mass centres belongs to one map; `fitAeOtPaper`
   * makes its own.
   */
  readonly rule?: Rule;
  readonly solving?: SolveOptions;
}

const AE_OT_OPTIONS = ["source", "rule", "solving"] as const;

const PAPER_BLOCK = 1000; // pictures in a block, which has source points of its own

const problemOf = ({ model, values }: Codes, source: Source): Problem =>
  createProblem(points("codes", values, model.config.latent), { source });

/**
 * AE-OT with this project's solver: source → T(x), extended by `rule` → picture. See solver.ts and
 * extend.ts.
 */
export async function fitAeOt(
  codes: Codes,
  seed: number,
  options: AeOtOptions & Cancellable = {},
): Promise<TrainedSystem> {
  checkOptions("fitAeOt", options, [...AE_OT_OPTIONS, "signal"]);
  const { model, calibration } = codes;
  const { source = "gaussian", solving = {}, signal } = options;
  const problem = problemOf(codes, source);
  const { heights } = await solve(model.engine, problem, { seed, ...solving, ...(signal && { signal }) });
  await model.engine.pause(signal);
  const { map, rule } = await disposeOnError(async (own) => {
    const made = createMap(model.engine, problem, heights);
    own(made);
    const fitted = options.rule ?? (await fitFacet(made, facetRule(model.config), { seed, signal }));
    return { map: made, rule: fitted };
  });
  return resource(
    {
      name: "AE-OT",
      async sample(draw) {
        const whole = wholeBlocks(draw, IMAGES_AT_A_TIME);
        const { latents } = await sample(map, { ...draw, ...whole, rule });
        const d = model.config.latent;
        return sampleBlocks(model.engine, draw, IMAGES_AT_A_TIME, (start) => {
          const from = (start - whole.first) * d;
          return decodeCodes(model, calibration, latents.subarray(from, from + IMAGES_AT_A_TIME * d), {
            signal: draw.signal,
          });
        });
      },
    },
    () => map.dispose(),
  );
}

/** The system that trains an autoencoder and fits its codes by `fitAeOt`. */
export const aeOt = (engine: Engine, config: AutoencoderConfig, options: AeOtOptions = {}): GenerativeSystem => {
  checkOptions("aeOt", options, AE_OT_OPTIONS);
  return systemOfCodes("AE-OT", engine, config, (codes, { seed, signal }) =>
    fitAeOt(codes, seed, { ...options, signal }),
  );
};

/** How `aeOtPaper` moves noise onto the codes, and mixes them. */
export interface AeOtPaperOptions {
  readonly source?: Source;
  /** θ̂ of Algorithm 2 in radians. Default: DEFAULT_ANGLE. */
  readonly angle?: number;
  /** Samples per cell for the mass centres. Default: SAMPLES_PER_CELL. */
  readonly samplesPerCell?: number;
  /** Settings of the paper's recipe. */
  readonly paper?: PaperOptions;
  /** Greatest number of samples that the recipe may take; see SolveOptions. */
  readonly budget?: number;
}

const PAPER_SETTINGS = ["source", "angle", "samplesPerCell", "paper", "budget"] as const;

/**
 * Distance in source points between two tries of one block: 2⁵³ / 2⁴⁰ tries fit, and no block
 * reaches the numbers of the next try.
 */
const NEXT_TRY = powerOfTwo(40);
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
  options: AeOtPaperOptions & Cancellable = {},
): Promise<TrainedSystem> {
  checkOptions("fitAeOtPaper", options, [...PAPER_SETTINGS, "signal"]);
  const { source = "gaussian", angle = DEFAULT_ANGLE, samplesPerCell = SAMPLES_PER_CELL, paper = {} } = options;
  const { budget, signal } = options;
  const { model, calibration } = codes;
  const { engine } = model;
  const { latent } = model.config;
  const problem = problemOf(codes, source);
  const cancelled = signal && { signal };
  const limit = budget === undefined ? {} : { budget };
  const { heights } = await solve(engine, problem, { seed, recipe: "paper", paper, ...limit, ...cancelled });
  await engine.pause(signal);
  return disposeOnError(async (own) => {
    const map = createMap(engine, problem, heights);
    own(map);
    const centres = await massCentres(map, { samplesPerCell, seed, ...cancelled });
    const rule: Rule = { name: "paper", angle, centres };
    const accepted = async (first: number, draw: SampleDraw): Promise<Float32Array> => {
      const block = new Float32Array(PAPER_BLOCK * latent);
      let filled = 0;
      for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
        await engine.pause(draw.signal);
        const from = first + attempt * NEXT_TRY;
        const drawn = await sample(map, { ...draw, count: PAPER_BLOCK, first: from, rule });
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
          sampleBlocks(engine, draw, PAPER_BLOCK, async (first) =>
            decodeCodes(model, calibration, await accepted(first, draw), { signal: draw.signal }),
          ),
      },
      () => map.dispose(),
    );
  });
}

/** The system that trains an autoencoder and fits its codes by `fitAeOtPaper`. */
export const aeOtPaper = (
  engine: Engine,
  config: AutoencoderConfig,
  options: AeOtPaperOptions = {},
): GenerativeSystem => {
  checkOptions("aeOtPaper", options, PAPER_SETTINGS);
  return systemOfCodes("AE-OT, as published", engine, config, (codes, { seed, signal }) =>
    fitAeOtPaper(codes, seed, { ...options, signal }),
  );
};
