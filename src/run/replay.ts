// Runs parts of a recorded run again, with a check of every op, and records them for comparison.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenedGpu } from "../adapter/opened.ts";
import { pause } from "../adapter/pause.ts";
import { readRecord } from "../audit/record/readRecord.ts";
import type { Line } from "../audit/record/record.ts";
import { recordAudit } from "../audit/record/recordAudit.ts";
import type { Recorder } from "../audit/record/recorder.ts";
import type { Checker } from "../audit/references/checker.ts";
import type { Signal } from "../kernels/signal.ts";
import {
  type Autoencoder,
  type Calibration,
  createAutoencoder,
  initParameters,
  type ParameterValues,
} from "../models/autoencoder/autoencoder.ts";
import { encodeImages } from "../models/autoencoder/calibrate.ts";
import { generate } from "../models/autoencoder/generator.ts";
import { startParameters } from "../models/autoencoder/start.ts";
import { autoencoderTask } from "../models/autoencoder/trainAutoencoder.ts";
import { networkOf } from "../models/networks/networks.ts";
import { type ImageSource, Training, type TrainingState } from "../models/training/training.ts";
import type { TransportMap } from "../ot/map/map.ts";
import { points } from "../ot/points.ts";
import { createProblem } from "../ot/problem.ts";
import { solve } from "../ot/solver/solver.ts";
import { type RunConfig, rowsOf, trainingOf } from "./config.ts";
import { fittedRule } from "./rule.ts";
import { flipsOf } from "./settings.ts";
import { PRINCIPAL } from "./stages.ts";

/** The context of a replay. `config` determines everything that the run computed. */
export interface Replay {
  readonly gpu: OpenedGpu;
  readonly config: RunConfig;
  readonly checker: Checker;
  readonly say: (text: string) => void;
  readonly signal: Signal | undefined;
}

/** The commands of a replay, as in a record with digests. */
export type Replayed = readonly Line[];

/** Runs `work` under a record of its own with digests, checks every op, and returns the lines. */
async function recorded({ gpu, checker }: Replay, work: (recorder: Recorder) => Promise<void>): Promise<Replayed> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-verify-"));
  try {
    const recorder = await recordAudit(gpu, { folder, level: "digests", times: false });
    try {
      await work(recorder);
      await checker.settle();
      await recorder.finish();
    } finally {
      recorder.abandon();
    }
    return [...readRecord(folder)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Replays what the parameters of the training's beginning are made of, and checks its first pass
 * over the images; the others run unchecked, and are recorded. Nothing runs where the parameters
 * are only drawn.
 */
export async function replayStart(
  replay: Replay,
  images: ImageSource,
): Promise<{ readonly start: ParameterValues; readonly lines: Replayed }> {
  const { gpu, config, checker, say, signal } = replay;
  const { model, seed } = config;
  let start = initParameters(model, seed);
  if (networkOf(model).start === undefined) return { start, lines: [] };
  checker.where = "the first pass for the principal components";
  const lines = await recorded(replay, async (recorder) => {
    start = await startParameters(gpu, model, images, {
      seed,
      signal,
      async onPass({ pass }) {
        if (pass === 1) {
          await checker.settle();
          checker.paused = true;
          say("first pass for the principal components checked");
        }
        await recorder.drain();
        recorder.phase({ stage: PRINCIPAL });
      },
    });
    await gpu.done();
    checker.paused = false;
  });
  return { start, lines };
}

/**
 * Replays the training steps from `first` to `last`, counted from 1, and checks each. The steps
 * before run unchecked. `from` is a state before them, or the parameters of the beginning.
 */
export async function replayTraining(
  replay: Replay,
  images: ImageSource,
  [first, last]: readonly [number, number],
  from: { readonly start: ParameterValues } | { readonly state: TrainingState },
): Promise<Replayed> {
  const { gpu, config, checker, say, signal } = replay;
  const start = "start" in from ? from.start : initParameters(config.model, config.seed);
  const model = createAutoencoder(gpu, config.model, start);
  const state = "state" in from ? from.state : undefined;
  const training = new Training(autoencoderTask(model), rowsOf(config, images), trainingOf(config), state);
  try {
    checker.paused = true;
    while (training.step < first - 1) {
      await pause(signal);
      training.next();
    }
    await gpu.done();
    checker.paused = false;
    return await recorded(replay, async (recorder) => {
      while (training.step < last) {
        await pause(signal);
        const step = training.step + 1;
        checker.where = `step ${step} of the training`;
        recorder.phase({ stage: "autoencoder", epoch: training.epoch, step });
        training.next();
        await checker.settle();
        await recorder.drain();
        say(`training step ${step} checked`);
      }
    });
  } finally {
    training.dispose();
    model.dispose();
  }
}

/**
 * Replays the first step of the transport onto the codes of the images, and all that prepares it.
 */
export async function replayTransport(
  replay: Replay,
  images: ImageSource,
  model: Autoencoder,
  calibration: Calibration,
): Promise<Replayed> {
  const { gpu, config, checker, say, signal } = replay;
  checker.paused = true;
  const codes = await encodeImages(model, calibration, images, { signal });
  checker.paused = false;
  const enough = new Error("enough");
  checker.where = "the first step of the transport";
  const problem = createProblem(points("codes", codes, config.model.latent), { source: config.source });
  return recorded(replay, async (recorder) => {
    recorder.phase({ stage: "transport" });
    try {
      await solve(gpu, problem, {
        chi2: config.chi2,
        seed: config.seed,
        ...flipsOf(config.flips),
        signal,
        onStep() {
          throw enough;
        },
      });
    } catch (error) {
      if (error !== enough) throw error;
    }
    await checker.settle();
    say("first transport step checked");
  });
}

/** Replays the drawing of the run's samples from its saved model and transport. */
export async function replaySamples(
  replay: Replay,
  model: Autoencoder,
  calibration: Calibration,
  map: TransportMap,
): Promise<void> {
  const { config, checker, say, signal } = replay;
  checker.where = "the drawing of samples";
  const rule = await fittedRule(map, config, { signal });
  await generate({ model, calibration, map, rule }, { count: config.samples, seed: config.seed, signal });
  await checker.settle();
  say("drawing of samples checked");
}
