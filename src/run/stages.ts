// The stages of a run, each a function of the result of the stage before.
import { join } from "node:path";
import { range, selectImages, toBytes } from "../datasets/images.ts";
import { throwIfAborted } from "../kernels/signal.ts";
import {
  type Autoencoder,
  type Calibration,
  initParameters,
  type ParameterValues,
} from "../models/autoencoder/autoencoder.ts";
import { reconstructImages } from "../models/autoencoder/calibrate.ts";
import { type Generator, generate } from "../models/autoencoder/generator.ts";
import { PASSES } from "../models/autoencoder/principalComponents.ts";
import { startParameters } from "../models/autoencoder/start.ts";
import { trainAutoencoder } from "../models/autoencoder/trainAutoencoder.ts";
import { networkOf } from "../models/networks/networks.ts";
import type { TrainingState } from "../models/training/training.ts";
import type { Problem } from "../ot/problem.ts";
import type { SolverState } from "../ot/solver/solution.ts";
import { solve } from "../ot/solver/solver.ts";
import { writeGrid } from "../pictures/writeGrid.ts";
import type { RunState, Solved } from "./checkpoint.ts";
import { type RunConfig, rowsOf, trainingOf } from "./config.ts";
import { saveOrStop } from "./saveOrStop.ts";
import type { Session } from "./session.ts";
import { flipsOf } from "./settings.ts";

/** The stage in which a network's start is made of its images' principal components. */
export const PRINCIPAL = "principal components";

const PICTURES = 100; // number of pictures in reals.png and reconstructions.png
const HELD_OUT = 10_000; // greatest number of images for reconstructionMse
/** Images that are compared at once, so that few are in memory; a multiple of IMAGES_AT_A_TIME. */
const AT_ONCE = 1000;

/** Number of steps of the autoencoder's training. */
export const trainingSteps = ({ epochs, batch }: RunConfig, images: number): number =>
  epochs * Math.floor(images / batch);

/**
 * Called after a step: writes a checkpoint when one is due or the run is to stop, and then stops
 * it.
 */
async function keep(
  session: Session,
  step: number,
  state: (() => RunState | Promise<RunState>) | undefined,
): Promise<void> {
  await session.settle();
  const save = state && (() => session.save(step, state));
  await saveOrStop(session.context.signal, () => session.isDue(step), save);
}

/**
 * The parameters with which the training begins. Where a later state holds them, or where none
 * comes from the images, they are only drawn.
 */
export async function begin(session: Session): Promise<ParameterValues> {
  const { state, gpu } = session;
  const { config, data, progress } = session.context;
  const { model, seed } = config;
  if (state.stage !== "autoencoder" || state.training !== undefined || networkOf(model).start === undefined) {
    return initParameters(model, seed);
  }
  return session.timed(PRINCIPAL, () =>
    startParameters(gpu, model, data.train, {
      seed,
      from: state.principal,
      async onPass(principal) {
        await keep(session, 0, () => ({ stage: "autoencoder", principal, trainingLoss: Number.NaN }));
        session.phase({ stage: PRINCIPAL });
        progress.update(principal.pass, PASSES, PRINCIPAL);
      },
    }),
  );
}

/** Trains the autoencoder from the given state, or from the start. Returns the last loss. */
export async function learn(session: Session, model: Autoencoder, from: TrainingState | undefined): Promise<number> {
  const { gpu } = session;
  const { config, data, progress, signal } = session.context;
  const before = session.state;
  let last = before.stage === "autoencoder" ? before.trainingLoss : Number.NaN;
  const steps = trainingSteps(config, data.train.count);
  gpu.onPipeline = ({ kernel, made }) =>
    progress.update(from?.step ?? 0, steps, `autoencoder  kernel ${made} compiled: ${kernel}`);
  const training = trainAutoencoder(model, rowsOf(config, data.train), {
    ...trainingOf(config),
    signal,
    ...(from === undefined ? {} : { from }),
    async onStep(current) {
      const { step, epoch } = current;
      await keep(session, step, async () => {
        return { stage: "autoencoder", training: await current.save(), trainingLoss: last };
      });
      session.phase(step === steps ? { stage: "checkpoint" } : { stage: "autoencoder", epoch, step: step + 1 });
    },
    onProgress({ losses, ...at }) {
      gpu.onPipeline = undefined;
      last = losses["loss"] ?? Number.NaN;
      session.note({ stage: "autoencoder", ...at, loss: last, seconds: session.elapsed });
      progress.update(at.step, at.steps, `autoencoder  epoch ${at.epoch}  loss ${last.toFixed(2)}`);
    },
  });
  const state = await training.finally(() => {
    gpu.onPipeline = undefined;
  });
  await session.save(steps, () => ({ stage: "autoencoder", training: state, trainingLoss: last }));
  progress.end(`autoencoder: loss ${last.toFixed(2)} in ${session.elapsed.toFixed(1)} s`);
  return last;
}

/**
 * Writes reals.png and reconstructions.png; returns the mean squared error over held-out pixels.
 */
export async function reconstruct(
  { context: { data, folder, signal } }: Session,
  model: Autoencoder,
  calibration: Calibration,
): Promise<number> {
  const images = Math.min(HELD_OUT, data.heldOut.count);
  const shown = Math.min(PICTURES, images);
  let sum = 0;
  let values = 0;
  for (let first = 0; first < images; first += AT_ONCE) {
    const some = selectImages(data.heldOut, range(Math.min(AT_ONCE, images - first), first));
    const x = some.batch(range(some.count));
    const y = await reconstructImages(model, calibration, some, { signal });
    for (let i = 0; i < x.length; i++) {
      const off = (x[i] as number) - (y[i] as number);
      sum += off * off;
    }
    values += x.length;
    if (first > 0) continue;
    const size = x.length / some.count;
    const { height, width, channels } = some;
    const grid = { count: shown, height, width, channels };
    writeGrid(join(folder, "reals.png"), { ...grid, pixels: some.bytes(range(shown)) });
    writeGrid(join(folder, "reconstructions.png"), { ...grid, pixels: toBytes(y.subarray(0, shown * size)) });
  }
  return sum / values;
}

/** Solves the transport onto the codes, from the given state or from the start. */
export async function transportTo(session: Session, problem: Problem, from: SolverState | undefined): Promise<Solved> {
  const { state: before, gpu } = session;
  const { config, data, progress, signal, cluster } = session.context;
  if (before.stage !== "transport") throw new Error(`run: expected the stage transport, got ${before.stage}`);
  const { learned } = before;
  const trained = trainingSteps(config, data.train.count);
  // The number of the last iteration in the log.
  let logged = from === undefined ? 0 : from.steps + from.descent.iteration;
  const { evaluation, heights, steps, samplesInAll, stop, alpha, flips, inflation } = await solve(
    cluster?.open ?? gpu,
    problem,
    {
      chi2: config.chi2,
      seed: config.seed,
      ...flipsOf(config.flips),
      signal,
      ...(from === undefined ? {} : { from }),
      beforeStep: (iteration) => session.phase({ stage: "transport", step: iteration + 1 }),
      async onStep({ state, heights: _heights, ...at }) {
        if (at.iteration > logged) {
          logged = at.iteration;
          session.note({ stage: "transport", ...at, seconds: session.elapsed });
          const text = at.chi2 === undefined ? "transport" : `transport  chi² ${at.chi2.toFixed(4)}`;
          progress.update(at.iteration, at.of, cluster === undefined ? text : `${text}  ${cluster.pace}`);
        } else if (config.audit !== undefined) {
          // The signal cut a step short and the record has a part of it, so the last checkpoint
          // must serve.
          throwIfAborted(signal);
        }
        const step = trained + at.iteration;
        await keep(session, step, state && (() => ({ stage: "transport", learned, solver: state })));
      },
    },
  );
  const { chi2, sd } = evaluation;
  progress.end(
    `transport: chi² ${chi2.toFixed(4)} ± ${(2 * sd).toFixed(4)}, asked ${config.chi2}, in ${session.elapsed.toFixed(1)} s`,
  );
  const solved = { heights, steps, samplesInAll, stop, alpha, flips, inflation };
  await session.save(trained + steps, () => ({ stage: "samples", learned, solved }));
  return solved;
}

/** Writes samples.png; returns the share of its codes that are mixed from two targets. */
export async function draw({ context }: Session, generator: Generator): Promise<number> {
  const { config, folder, signal } = context;
  const { pixels, codes } = await generate(generator, { count: config.samples, seed: config.seed, signal });
  writeGrid(join(folder, "samples.png"), { ...config.model, count: config.samples, pixels: toBytes(pixels) });
  return codes.share;
}
