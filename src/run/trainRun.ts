import { join } from "node:path";
import { firstImages } from "../data/images.ts";
import { type Autoencoder, type Calibration, createAutoencoder, firstParameters } from "../models/autoencoder.ts";
import { calibrate, encodeImages, reconstructImages } from "../models/calibrate.ts";
import { type Generator, generate } from "../models/generator.ts";
import { trainAutoencoder } from "../models/trainAutoencoder.ts";
import type { NodeGpu } from "../node.ts";
import { STREAMS } from "../ot/cells.ts";
import { evaluateHeights } from "../ot/evaluation.ts";
import { createMap, type TransportMap } from "../ot/map.ts";
import { points } from "../ot/points.ts";
import { createProblem } from "../ot/problem.ts";
import { type Solution, solve } from "../ot/solver.ts";
import type { Progress } from "../report/progress.ts";
import { JsonLines, writeJson } from "../report/runDirectory.ts";
import { Engine } from "../tensor/engine.ts";
import { type RunConfig, ruleOf } from "./config.ts";
import type { Dataset } from "./dataset.ts";
import { imageSource } from "./imageSource.ts";
import { saveModel } from "./modelFile.ts";
import { toBytes, writeGrid } from "./pictures.ts";
import { saveTransport } from "./transportFile.ts";
import { versions } from "./versions.ts";

/** What a run works with. `check` throws once the user asked to stop. */
export interface RunContext {
  readonly config: RunConfig;
  readonly folder: string;
  readonly data: Dataset;
  readonly node: NodeGpu;
  readonly progress: Progress;
  readonly check: () => void;
}

/** What summary.json holds. */
export type Summary = Readonly<Record<string, unknown>> & {
  readonly chi2: number;
  readonly reconstructionMse: number;
  readonly transport: { readonly stop: string };
};

const PICTURES = 100; // in reals.png and reconstructions.png
const HELD_OUT = 10_000; // images at most for reconstructionMse
const LEAST_CHECK = 65_536; // samples, for few images
const CHECK_SAMPLES = 30; // per cell, for the last count of the cells: none of the right mass stays empty by chance

/**
 * The whole road in one folder: trains and calibrates the autoencoder, solves the transport onto its codes, draws samples.
 * config.json comes first and summary.json last; the files of a stage appear whole when the stage is done.
 */
export async function trainRun(context: RunContext): Promise<Summary> {
  const { config, folder, data, node } = context;
  writeJson(join(folder, "config.json"), config);
  const log = new JsonLines(join(folder, "log.jsonl"));
  const seconds: Record<string, number> = {};
  const engine = new Engine(node.gpu);
  const timed = async <T>(stage: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    seconds[stage] = Number(((performance.now() - start) / 1000).toFixed(2));
    return result;
  };
  try {
    const { model, loss } = await timed("autoencoder", () => learn(context, engine, log));
    const images = imageSource(data.train);
    const calibration = await timed("calibration", () => calibrate(model, images));
    const reconstruction = await timed("reconstruction", () => reconstruct(context, model, calibration));
    const codes = await timed("codes", () => encodeImages(model, calibration, images));
    const { map, solution } = await timed("transport", () => transportTo(context, codes, log));
    const last = await timed("check", () => {
      const count = 32 * Math.ceil(Math.max(LEAST_CHECK, CHECK_SAMPLES * data.train.count) / 32);
      const draw = { seed: config.seed, stream: STREAMS.centres, first: 2 ** 40, count };
      return evaluateHeights(map.cells, map.heights, map.problem.nu, draw);
    });
    const rule = ruleOf(config.extension, config.theta);
    const drawn = await timed("samples", () => draw(context, { model, calibration, map, rule }));
    await saveModel(join(folder, "model.safetensors"), model, calibration);
    saveTransport(join(folder, "transport.safetensors"), map);
    const summary = {
      chi2: last.chi2,
      chi2Deviation: last.sd,
      chi2Target: config.chi2,
      emptyCells: last.empty,
      ...reconstruction,
      sharpening: calibration.sharpening,
      trainingLoss: loss,
      shareExtended: drawn,
      images: { train: data.train.count, heldOut: data.heldOut.count },
      transport: { steps: solution.steps, samples: solution.samplesInAll, stop: solution.stop, alpha: solution.alpha },
      seconds: {
        ...seconds,
        all: Number(
          Object.values(seconds)
            .reduce((a, b) => a + b, 0)
            .toFixed(2),
        ),
      },
      peakBytes: node.gpu.memory.peak,
      adapter: node.adapter,
      kernels: { ...node.choice.kernels, by: node.choice.by, tuning: node.choice.tuning },
      versions: versions(),
      seed: config.seed,
      profile: config.profile,
    };
    writeJson(join(folder, "summary.json"), summary);
    return summary;
  } finally {
    log.close();
  }
}

async function learn(
  { config, data, node, progress, check }: RunContext,
  engine: Engine,
  log: JsonLines,
): Promise<{ readonly model: Autoencoder; readonly loss: number }> {
  const model = createAutoencoder(engine, config.model, firstParameters(config.model, config.seed));
  const start = performance.now();
  let last = Number.NaN;
  const steps = config.epochs * Math.floor(data.train.count / config.batch);
  node.gpu.onPipeline = ({ kernel, made }) =>
    progress.update(0, steps, `autoencoder  kernel ${made} compiled: ${kernel}`);
  await trainAutoencoder(model, imageSource(data.train), {
    ...{ epochs: config.epochs, batch: config.batch, seed: config.seed },
    onProgress(at) {
      node.gpu.onPipeline = undefined;
      check();
      last = at.loss;
      log.write({ stage: "autoencoder", ...at, seconds: (performance.now() - start) / 1000 });
      progress.update(at.step, at.steps, `autoencoder  epoch ${at.epoch}  loss ${at.loss.toFixed(2)}`);
    },
  });
  progress.end(`autoencoder: loss ${last.toFixed(2)} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return { model, loss: last };
}

async function reconstruct({ data, folder }: RunContext, model: Autoencoder, calibration: Calibration) {
  const heldOut = firstImages(data.heldOut, Math.min(HELD_OUT, data.heldOut.count));
  const source = imageSource(heldOut);
  const y = await reconstructImages(model, calibration, source, heldOut.count);
  const size = y.length / heldOut.count;
  let sum = 0;
  for (let i = 0; i < heldOut.count; i++) {
    source.batch([i]).forEach((p, k) => {
      sum += (p - (y[i * size + k] as number)) ** 2;
    });
  }
  const count = Math.min(PICTURES, heldOut.count);
  const reals = firstImages(heldOut, count);
  writeGrid(join(folder, "reals.png"), reals);
  writeGrid(join(folder, "reconstructions.png"), { ...reals, pixels: toBytes(y.subarray(0, count * size)) });
  return { reconstructionMse: sum / y.length };
}

async function transportTo(
  { config, node, progress, check }: RunContext,
  codes: Float32Array,
  log: JsonLines,
): Promise<{ readonly map: TransportMap; readonly solution: Solution }> {
  const start = performance.now();
  const problem = createProblem(points("codes", codes, config.model.latent), { source: config.source });
  const solution = await solve(node.gpu, problem, {
    ...{ chi2: config.chi2, seed: config.seed },
    onStep(at) {
      check();
      log.write({ stage: "transport", ...at, seconds: (performance.now() - start) / 1000 });
      progress.update(
        at.iteration,
        at.of,
        at.chi2 === undefined ? "transport" : `transport  chi² ${at.chi2.toFixed(4)}`,
      );
    },
  });
  const { chi2, sd } = solution.evaluation;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  progress.end(`transport: chi² ${chi2.toFixed(4)} ± ${(2 * sd).toFixed(4)}, asked ${config.chi2}, in ${seconds} s`);
  return { map: createMap(node.gpu, problem, solution.heights), solution };
}

async function draw({ config, folder, check }: RunContext, generator: Generator): Promise<number> {
  check();
  const { pixels, codes } = await generate(generator, { count: config.samples, seed: config.seed });
  writeGrid(join(folder, "samples.png"), { ...config.model, count: config.samples, pixels: toBytes(pixels) });
  return codes.share;
}
